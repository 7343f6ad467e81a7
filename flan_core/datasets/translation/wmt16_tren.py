"""WMT-16 EN/TR: how does this news sentence read in Turkish, or in English?

Paper      Bojar et al. 2016, https://aclanthology.org/W16-2301
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1438 (splits, metric)
"""

from flan_core.datasets.translation import NEWS, of_pair, reader
from flan_core.metrics import bleu
from flan_core.task import Hub, Splits, Task

SAMPLES = (
    {"translation": {"tr": "Kitap masanın üstünde.", "en": "The book is on the table."}},
    {"translation": {"tr": "Erkek kardeşim Ankara'da yaşıyor.", "en": "My brother lives in Ankara."}},
    {"translation": {"tr": "Bugün hava çok güzel.", "en": "The weather is very nice today."}},
    {"translation": {"tr": "Tren saat sekizde kalkıyor.", "en": "The train leaves at eight o'clock."}},
    {"translation": {"tr": "Çocuklar parkta oynuyor.", "en": "The children are playing in the park."}},
    {"translation": {"tr": "En yakın hastane nerede?", "en": "Where is the nearest hospital?"}},
    {"translation": {"tr": "Dün yeni bir araba aldım.", "en": "I bought a new car yesterday."}},
    {"translation": {"tr": "Yarın okula gitmeyeceğim.", "en": "I will not go to school tomorrow."}},
)

TASKS = (
    Task(
        name="wmt16_tren",
        title="WMT-16 EN/TR",
        source=Hub(repository="wmt/wmt16", config="tr-en"),
        splits=Splits(train="train", dev="validation", test="test"),
        sizes={"train": 205_756, "validation": 1_001, "test": 3_000},
        kind="generation",
        columns={"translation": "{tr: str, en: str}"},
        read=reader("tr"),
        inputs=("english",),
        templates=of_pair(NEWS, "tr"),
        metrics=(bleu,),
        max_target_tokens=128,
        licence="unknown",
        samples=SAMPLES,
    ),
)

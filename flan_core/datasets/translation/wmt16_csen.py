"""WMT-16 EN/CS: how does this news sentence read in Czech, or in English?

Paper      Bojar et al. 2016, https://aclanthology.org/W16-2301
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1438 (splits, metric)
"""

from flan_core.datasets.translation import NEWS, of_pair, reader
from flan_core.metrics import bleu
from flan_core.task import Hub, Splits, Task

SAMPLES = (
    {"translation": {"cs": "Dnes je krásné počasí.", "en": "The weather is beautiful today."}},
    {"translation": {"cs": "Vlak odjíždí v osm hodin ráno.", "en": "The train leaves at eight o'clock in the morning."}},
    {"translation": {"cs": "Moje sestra bydlí v Praze.", "en": "My sister lives in Prague."}},
    {"translation": {"cs": "Kniha leží na stole.", "en": "The book is lying on the table."}},
    {"translation": {"cs": "Včera jsme byli v divadle.", "en": "Yesterday we were at the theatre."}},
    {"translation": {"cs": "Parlament schválil nový zákon.", "en": "Parliament has passed a new law."}},
    {"translation": {"cs": "Kde je nejbližší nemocnice?", "en": "Where is the nearest hospital?"}},
    {"translation": {"cs": "Zítra bude celý den pršet.", "en": "It will rain all day tomorrow."}},
)

TASKS = (
    Task(
        name="wmt16_csen",
        title="WMT-16 EN/CS",
        source=Hub(repository="wmt/wmt16", config="cs-en"),
        splits=Splits(train="train", dev="validation", test="test"),
        sizes={"train": 997_240, "validation": 2_656, "test": 2_999},
        kind="generation",
        columns={"translation": "{cs: str, en: str}"},
        read=reader("cs"),
        inputs=("english",),
        templates=of_pair(NEWS, "cs"),
        metrics=(bleu,),
        max_target_tokens=128,
        licence="unknown",
        samples=SAMPLES,
    ),
)

"""WMT-16 EN/FI: how does this news sentence read in Finnish, or in English?

Paper      Bojar et al. 2016, https://aclanthology.org/W16-2301
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1438 (splits, metric)
"""

from flan_core.datasets.translation import NEWS, of_pair, reader
from flan_core.metrics import bleu
from flan_core.task import Hub, Splits, Task

SAMPLES = (
    {"translation": {"fi": "Koira nukkuu sohvalla.", "en": "The dog is sleeping on the sofa."}},
    {"translation": {"fi": "Hän asuu Helsingissä.", "en": "She lives in Helsinki."}},
    {"translation": {"fi": "Huomenna on sunnuntai.", "en": "Tomorrow is Sunday."}},
    {"translation": {"fi": "Missä on rautatieasema?", "en": "Where is the railway station?"}},
    {"translation": {"fi": "Ostin eilen uuden kirjan.", "en": "I bought a new book yesterday."}},
    {"translation": {"fi": "Talvella on kylmä.", "en": "It is cold in winter."}},
    {"translation": {"fi": "Lapset leikkivät puistossa.", "en": "The children are playing in the park."}},
    {"translation": {"fi": "Juna lähtee kello kymmenen.", "en": "The train leaves at ten o'clock."}},
)

TASKS = (
    Task(
        name="wmt16_fien",
        title="WMT-16 EN/FI",
        source=Hub(repository="wmt/wmt16", config="fi-en"),
        splits=Splits(train="train", dev="validation", test="test"),
        sizes={"train": 2_073_394, "validation": 1_370, "test": 6_000},
        kind="generation",
        columns={"translation": "{fi: str, en: str}"},
        read=reader("fi"),
        inputs=("english",),
        templates=of_pair(NEWS, "fi"),
        metrics=(bleu,),
        max_target_tokens=128,
        licence="unknown",
        samples=SAMPLES,
    ),
)

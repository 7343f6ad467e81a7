"""WMT-14 EN/FR: how does this news sentence read in French, or in English?

Not among the nine pairs of the paper's figure, but the paper reports it in both directions.

Paper      Bojar et al. 2014, https://aclanthology.org/W14-3302
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1416 (splits, metric)
"""

from flan_core.datasets.translation import NEWS, of_pair, reader
from flan_core.metrics import bleu
from flan_core.task import Hub, Splits, Task

SAMPLES = (
    {"translation": {"fr": "Le musée est fermé le lundi.", "en": "The museum is closed on Mondays."}},
    {"translation": {"fr": "Le ministre a présenté son plan mardi à Paris.", "en": "The minister presented his plan in Paris on Tuesday."}},
    {"translation": {"fr": "Nous avons besoin de plus de temps.", "en": "We need more time."}},
    {"translation": {"fr": "Le prix du lait a augmenté de dix pour cent.", "en": "The price of milk has risen by ten per cent."}},
    {"translation": {"fr": "Elle travaille dans une petite école près de Lyon.", "en": "She works in a small school near Lyon."}},
    {"translation": {"fr": "La réunion aura lieu demain à neuf heures.", "en": "The meeting will take place tomorrow at nine o'clock."}},
    {"translation": {"fr": "Personne n'a été blessé dans l'accident.", "en": "Nobody was injured in the accident."}},
    {"translation": {"fr": "L'équipe a gagné le match par deux buts à un.", "en": "The team won the match by two goals to one."}},
)

TASKS = (
    Task(
        name="wmt14_enfr",
        title="WMT-14 EN/FR",
        source=Hub(repository="wmt/wmt14", config="fr-en"),
        splits=Splits(train="train", dev="validation", test="test"),
        sizes={"train": 40_836_715, "validation": 3_000, "test": 3_003},
        kind="generation",
        columns={"translation": "{fr: str, en: str}"},
        read=reader("fr"),
        inputs=("english",),
        templates=of_pair(NEWS, "fr"),
        metrics=(bleu,),
        max_target_tokens=128,
        licence="unknown",
        samples=SAMPLES,
    ),
)

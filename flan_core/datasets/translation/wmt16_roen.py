"""WMT-16 EN/RO: how does this news sentence read in Romanian, or in English?

Paper      Bojar et al. 2016, https://aclanthology.org/W16-2301
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1438 (splits, metric)
"""

from flan_core.datasets.translation import NEWS, of_pair, reader
from flan_core.metrics import bleu
from flan_core.task import Hub, Splits, Task

SAMPLES = (
    {"translation": {"ro": "Cartea este pe masă.", "en": "The book is on the table."}},
    {"translation": {"ro": "Trenul pleacă la ora șapte.", "en": "The train leaves at seven o'clock."}},
    {"translation": {"ro": "Copiii se joacă în parc.", "en": "The children are playing in the park."}},
    {"translation": {"ro": "Fratele meu locuiește în București.", "en": "My brother lives in Bucharest."}},
    {"translation": {"ro": "Parlamentul a adoptat o lege nouă.", "en": "Parliament has passed a new law."}},
    {"translation": {"ro": "Astăzi este foarte cald.", "en": "It is very hot today."}},
    {"translation": {"ro": "Unde este gara?", "en": "Where is the railway station?"}},
    {"translation": {"ro": "Am cumpărat pâine și lapte.", "en": "I bought bread and milk."}},
)

TASKS = (
    Task(
        name="wmt16_roen",
        title="WMT-16 EN/RO",
        source=Hub(repository="wmt/wmt16", config="ro-en"),
        splits=Splits(train="train", dev="validation", test="test"),
        sizes={"train": 610_320, "validation": 1_999, "test": 1_999},
        kind="generation",
        columns={"translation": "{ro: str, en: str}"},
        read=reader("ro"),
        inputs=("english",),
        templates=of_pair(NEWS, "ro"),
        metrics=(bleu,),
        max_target_tokens=128,
        licence="unknown",
        samples=SAMPLES,
    ),
)

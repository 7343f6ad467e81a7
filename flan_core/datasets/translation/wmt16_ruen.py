"""WMT-16 EN/RU: how does this news sentence read in Russian, or in English?

Paper      Bojar et al. 2016, https://aclanthology.org/W16-2301
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1438 (splits, metric)
"""

from flan_core.datasets.translation import NEWS, of_pair, reader
from flan_core.metrics import bleu
from flan_core.task import Hub, Splits, Task

SAMPLES = (
    {"translation": {"ru": "Моя сестра живёт в Москве.", "en": "My sister lives in Moscow."}},
    {"translation": {"ru": "Книга лежит на столе.", "en": "The book is lying on the table."}},
    {"translation": {"ru": "Поезд отправляется в девять часов.", "en": "The train departs at nine o'clock."}},
    {"translation": {"ru": "Сегодня очень холодно.", "en": "It is very cold today."}},
    {"translation": {"ru": "Дети играют в саду.", "en": "The children are playing in the garden."}},
    {"translation": {"ru": "Где находится больница?", "en": "Where is the hospital?"}},
    {"translation": {"ru": "Вчера я купил новую машину.", "en": "I bought a new car yesterday."}},
    {"translation": {"ru": "Парламент принял новый закон.", "en": "Parliament has passed a new law."}},
)

TASKS = (
    Task(
        name="wmt16_ruen",
        title="WMT-16 EN/RU",
        source=Hub(repository="wmt/wmt16", config="ru-en"),
        splits=Splits(train="train", dev="validation", test="test"),
        sizes={"train": 1_516_162, "validation": 2_818, "test": 2_998},
        kind="generation",
        columns={"translation": "{ru: str, en: str}"},
        read=reader("ru"),
        inputs=("english",),
        templates=of_pair(NEWS, "ru"),
        metrics=(bleu,),
        max_target_tokens=128,
        licence="unknown",
        samples=SAMPLES,
    ),
)

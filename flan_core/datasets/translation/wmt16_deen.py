"""WMT-16 EN/DE: how does this news sentence read in German, or in English?

Paper      Bojar et al. 2016, https://aclanthology.org/W16-2301
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1438 (splits, metric)
"""

from flan_core.datasets.translation import NEWS, of_pair, reader
from flan_core.metrics import bleu
from flan_core.task import Hub, Splits, Task

SAMPLES = (
    {"translation": {"de": "Die Stadt baut im nächsten Jahr zwei neue Schulen.", "en": "The city will build two new schools next year."}},
    {"translation": {"de": "Der Zug aus Hamburg hat zehn Minuten Verspätung.", "en": "The train from Hamburg is ten minutes late."}},
    {"translation": {"de": "Viele Menschen haben gegen das Gesetz demonstriert.", "en": "Many people demonstrated against the law."}},
    {"translation": {"de": "Wir müssen die Umwelt besser schützen.", "en": "We must protect the environment better."}},
    {"translation": {"de": "Das Konzert beginnt um acht Uhr.", "en": "The concert begins at eight o'clock."}},
    {"translation": {"de": "Die Polizei sucht nach Zeugen des Unfalls.", "en": "The police are looking for witnesses to the accident."}},
    {"translation": {"de": "Mein Bruder hat drei Jahre in Wien studiert.", "en": "My brother studied in Vienna for three years."}},
    {"translation": {"de": "Die Strompreise sind im Winter gestiegen.", "en": "Electricity prices rose in the winter."}},
)

TASKS = (
    Task(
        name="wmt16_deen",
        title="WMT-16 EN/DE",
        source=Hub(repository="wmt/wmt16", config="de-en"),
        splits=Splits(train="train", dev="validation", test="test"),
        sizes={"train": 4_548_885, "validation": 2_169, "test": 2_999},
        kind="generation",
        columns={"translation": "{de: str, en: str}"},
        read=reader("de"),
        inputs=("english",),
        templates=of_pair(NEWS, "de"),
        metrics=(bleu,),
        max_target_tokens=128,
        licence="unknown",
        samples=SAMPLES,
    ),
)

"""ParaCrawl EN/ES: how does this line of a website read in Spanish, or in English?

The original code has only this pair of ParaCrawl.

Paper      Bañón et al. 2020, https://aclanthology.org/2020.acl-main.417
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1394 (splits, metric)
"""

from flan_core.datasets.translation import STEP, WEB, of_pair, paracrawl, reader
from flan_core.metrics import bleu
from flan_core.task import Splits, Task

SAMPLES = (
    {"translation": {"en": "Welcome to our online shop.", "es": "Bienvenido a nuestra tienda en línea."}},
    {"translation": {"en": "Breakfast is included in the price.", "es": "El desayuno está incluido en el precio."}},
    {"translation": {"en": "Contact us for more information.", "es": "Póngase en contacto con nosotros para obtener más información."}},
    {"translation": {"en": "The beach is ten minutes away on foot.", "es": "La playa está a diez minutos a pie."}},
    {"translation": {"en": "Choose your language.", "es": "Elija su idioma."}},
    {"translation": {"en": "The apartment has two bedrooms and a kitchen.", "es": "El apartamento tiene dos dormitorios y una cocina."}},
    {"translation": {"en": "Add to basket", "es": "Añadir a la cesta"}},
    {"translation": {"en": "The museum opens at ten in the morning.", "es": "El museo abre a las diez de la mañana."}},
)

TASKS = (
    Task(
        name="para_crawl_enes",
        title="ParaCrawl EN/ES",
        source=paracrawl("es"),
        splits=Splits(train="train", dev="train", test="train", dev_rows=200, test_rows=1_000),
        sizes={"train": 21_987_267 // STEP},
        kind="generation",
        columns={"translation": "{en: str, es: str}"},
        read=reader("es"),
        inputs=("english",),
        templates=of_pair(WEB, "es"),
        metrics=(bleu,),
        max_target_tokens=128,
        licence="cc0-1.0",
        samples=SAMPLES,
    ),
)

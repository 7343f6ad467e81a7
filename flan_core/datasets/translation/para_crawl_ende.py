"""ParaCrawl EN/DE: how does this line of a website read in German, or in English?

The original code has only the Spanish pair of ParaCrawl; the paper's figure lists this one, too.

Paper      Bañón et al. 2020, https://aclanthology.org/2020.acl-main.417
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1394 (splits, metric, of the Spanish pair)
"""

from flan_core.datasets.translation import STEP, WEB, of_pair, paracrawl, reader
from flan_core.metrics import bleu
from flan_core.task import Splits, Task

SAMPLES = (
    {"translation": {"en": "Free delivery on orders over 50 euros.", "de": "Kostenlose Lieferung ab 50 Euro Bestellwert."}},
    {"translation": {"en": "Our shop is open from Monday to Friday.", "de": "Unser Geschäft ist von Montag bis Freitag geöffnet."}},
    {"translation": {"en": "Click here to download the manual.", "de": "Klicken Sie hier, um die Anleitung herunterzuladen."}},
    {"translation": {"en": "All rooms have a balcony with a view of the lake.", "de": "Alle Zimmer haben einen Balkon mit Blick auf den See."}},
    {"translation": {"en": "Please enter your e-mail address.", "de": "Bitte geben Sie Ihre E-Mail-Adresse ein."}},
    {"translation": {"en": "The hotel is five minutes from the station.", "de": "Das Hotel liegt fünf Minuten vom Bahnhof entfernt."}},
    {"translation": {"en": "We look forward to your visit.", "de": "Wir freuen uns auf Ihren Besuch."}},
    {"translation": {"en": "This product is currently out of stock.", "de": "Dieses Produkt ist derzeit nicht auf Lager."}},
)

TASKS = (
    Task(
        name="para_crawl_ende",
        title="ParaCrawl EN/DE",
        source=paracrawl("de"),
        splits=Splits(train="train", dev="train", test="train", dev_rows=200, test_rows=1_000),
        sizes={"train": 16_264_448 // STEP},
        kind="generation",
        columns={"translation": "{en: str, de: str}"},
        read=reader("de"),
        inputs=("english",),
        templates=of_pair(WEB, "de"),
        metrics=(bleu,),
        max_target_tokens=128,
        licence="cc0-1.0",
        samples=SAMPLES,
    ),
)

"""ParaCrawl EN/FR: how does this line of a website read in French, or in English?

The original code has only the Spanish pair of ParaCrawl; the paper's figure lists this one, too.

Paper      Bañón et al. 2020, https://aclanthology.org/2020.acl-main.417
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1394 (splits, metric, of the Spanish pair)
"""

from flan_core.datasets.translation import STEP, WEB, of_pair, paracrawl, reader
from flan_core.metrics import bleu
from flan_core.task import Splits, Task

SAMPLES = (
    {"translation": {"en": "Read the terms of use.", "fr": "Lisez les conditions d'utilisation."}},
    {"translation": {"en": "The restaurant is closed on Sunday evenings.", "fr": "Le restaurant est fermé le dimanche soir."}},
    {"translation": {"en": "Book your room online.", "fr": "Réservez votre chambre en ligne."}},
    {"translation": {"en": "This page is not available in French.", "fr": "Cette page n'est pas disponible en français."}},
    {"translation": {"en": "The garden is open to the public.", "fr": "Le jardin est ouvert au public."}},
    {"translation": {"en": "Your order will be dispatched within three days.", "fr": "Votre commande sera expédiée sous trois jours."}},
    {"translation": {"en": "Pets are not allowed.", "fr": "Les animaux ne sont pas acceptés."}},
    {"translation": {"en": "The house has a large terrace and a swimming pool.", "fr": "La maison dispose d'une grande terrasse et d'une piscine."}},
)

TASKS = (
    Task(
        name="para_crawl_enfr",
        title="ParaCrawl EN/FR",
        source=paracrawl("fr"),
        splits=Splits(train="train", dev="train", test="train", dev_rows=200, test_rows=1_000),
        sizes={"train": 31_374_161 // STEP},
        kind="generation",
        columns={"translation": "{en: str, fr: str}"},
        read=reader("fr"),
        inputs=("english",),
        templates=of_pair(WEB, "fr"),
        metrics=(bleu,),
        max_target_tokens=128,
        licence="cc0-1.0",
        samples=SAMPLES,
    ),
)

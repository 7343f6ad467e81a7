"""Fix punctuation: put the marks back into a sentence.

The English side of ParaCrawl's English and Danish corpus. The prompt is the sentence without its
marks, its letters unchanged; a mark between two digits stays, for a number is a word. A sentence that
has no marks leaves nothing to do and is left out.

    sentence  "No," she said: it's 2.5 miles.
    bare      No she said its 2.5 miles

Paper      Bañón et al. 2020, https://aclanthology.org/2020.acl-main.417
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1718 (corpus, splits, metric)
"""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

from flan_core.errors import BadInput
from flan_core.metrics import edit_distance
from flan_core.task import Drop, Example, Files, Row, Splits, Task, Template

_APOSTROPHES = re.compile(r"(?<=\w)['’](?=\w)")
_MARKS = re.compile(r"""(?<!\d)[.,;:!?…'"‘’“”„«»()\[\]{}/–—-]|[.,;:!?…'"‘’“”„«»()\[\]{}/–—-](?!\d)""")


def read(row: Row) -> Example | Drop:
    sentence = " ".join(row["translation"]["en"].split())
    bare = " ".join(_MARKS.sub(" ", _APOSTROPHES.sub("", sentence)).split())
    if not bare:
        return Drop("no words")
    if bare == sentence:
        return Drop("no punctuation")
    return Example(fields={"bare": bare}, answer=sentence)


def parse(path: Path) -> Iterator[Row]:
    """Yield the rows of ParaCrawl's file: a line a pair, English, tab, Danish; gzip."""
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            yield _pair(line, f"{path}, line {number}")


def _pair(line: str, where: str) -> Row:
    english, tab, danish = line.rstrip("\n").partition("\t")
    if not tab:
        raise BadInput(f"{where} has no tab between two sentences; fetch the file again")
    return {"translation": {"en": english, "da": danish}}


TEMPLATES = (
    Template("{bare}\n\nAdd the missing punctuation."),
    Template("Punctuate this: {bare}"),
    Template("The keyboard that this was typed on has no keys for punctuation. Write it out properly.\n\n{bare}"),
    Template("Without punctuation: {bare}\nWith punctuation:"),
    Template("Put commas, full stops and other marks where they belong, and change nothing else.\n\n{bare}"),
    Template("Editor: All the marks have gone missing from this line. {bare}\nEditor: How should it read?\nTypesetter:"),
    Template("A speech recogniser gave back these words:\n\n{bare}\n\nPrint them with punctuation."),
    Template("{bare}\n\nHow would this look in a carefully edited text? Keep every word."),
    Template("Restore the punctuation of the following text.\n\nText: {bare}\nResult:"),
    Template("I was in a hurry and left out all commas and the like. Please put them back.\n\n{bare}"),
)

SAMPLES = (
    {"translation": {"en": "The museum is open from Tuesday to Sunday, but the garden is closed in winter.", "da": "Museet har åbent fra tirsdag til søndag, men haven er lukket om vinteren."}},
    {"translation": {"en": "How do I change the battery?", "da": "Hvordan skifter jeg batteriet?"}},
    {"translation": {"en": "Don't forget your towel, your slippers and a good book!", "da": "Glem ikke dit håndklæde, dine hjemmesko og en god bog!"}},
    {"translation": {"en": "The flat has three rooms (two of them with a balcony) and a new kitchen.", "da": "Lejligheden har tre værelser (to af dem med altan) og et nyt køkken."}},
    {"translation": {"en": "\"We wanted to build something that lasts,\" says the architect.", "da": "\"Vi ville bygge noget, der holder,\" siger arkitekten."}},
    {"translation": {"en": "Breakfast costs 12.50 euros; children under six eat free of charge.", "da": "Morgenmaden koster 12,50 euro; børn under seks år spiser gratis."}},
    {"translation": {"en": "Turn left at the church, cross the bridge, and you will see the harbour.", "da": "Drej til venstre ved kirken, gå over broen, så ser du havnen."}},
    {"translation": {"en": "Our aim is simple: less waste, shorter routes and happier customers.", "da": "Vores mål er enkelt: mindre spild, kortere ruter og gladere kunder."}},
)

TASKS = (
    Task(
        name="fix_punct",
        title="Fix punctuation",
        source=Files(
            url="https://s3.amazonaws.com/web-language-models/paracrawl/release4/en-da.bicleaner07.txt.gz",
            where="ParaCrawl release 4, English and Danish, is free to download (CC0); leave the file compressed",
            files={"train": "en-da.bicleaner07.txt.gz"},
            parse=parse,
        ),
        splits=Splits(train="train", dev="train", test="train", dev_rows=200, test_rows=3000),
        sizes={"train": 2_414_895},
        kind="generation",
        columns={"translation": "{en: str, da: str}"},
        read=read,
        inputs=("bare",),
        templates=TEMPLATES,
        metrics=(edit_distance,),
        max_target_tokens=128,
        licence="cc0-1.0",
        samples=SAMPLES,
    ),
)

"""Translation: How does this read in another language?

A dataset is a pair of languages, English and one other. It is one task, asked both ways as in the
paper: five templates translate from English and three into English (``Template.direction``), so a
pair has the share of one dataset in a mixture while evaluation reports each way apart. Two more are
inverse.

    row       {"translation": {"de": "Guten Tag.", "en": "Good day."}}
    fields    english    Good day.       en-de     {english} -> {answer}
              foreign    Guten Tag.      de-en     {foreign} -> {english}
              language   German          inverse   {language} -> {foreign}, {foreign} -> {language}

The paper counts eight datasets here but lists nine pairs (ParaCrawl with German, Spanish, French;
WMT16 with Czech, German, Finnish, Romanian, Russian, Turkish), and reports WMT14 with French as
well. All ten are carried, a file each; what they share is here: how a row is read, ParaCrawl's
files, and the templates for news (WMT) and for the web (ParaCrawl).
"""

import gzip
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

from flan_core.errors import BadInput
from flan_core.task import Drop, Example, Files, Row, Template

TITLE = "Translation"
ASKS = "How does this read in another language?"
KIN: tuple[str, ...] = ()

FROM_ENGLISH = "en-?"
"""Direction of a template before the pair is known; see ``of_pair``."""
INTO_ENGLISH = "?-en"
"""The other direction."""

LANGUAGES = {
    "cs": "Czech",
    "de": "German",
    "es": "Spanish",
    "fi": "Finnish",
    "fr": "French",
    "ro": "Romanian",
    "ru": "Russian",
    "tr": "Turkish",
}
"""Name of each language that is paired with English, by its code in the sources."""

STEP = 20
"""One line of ParaCrawl in so many is read: about a million rows a pair."""


def reader(code: str) -> Callable[[Row], Example | Drop]:
    """Return the reader of rows ``{"translation": {code: ..., "en": ...}}``."""

    def read(row: Row) -> Example | Drop:
        """The answer is the text in the other language; into English, it is asked from."""
        english, foreign = row["translation"]["en"].strip(), row["translation"][code].strip()
        if not english or not foreign:
            return Drop("one side is empty")
        fields = {"english": english, "foreign": foreign, "language": LANGUAGES[code]}
        return Example(fields=fields, answer=foreign)

    return read


def of_pair(templates: tuple[Template, ...], code: str) -> tuple[Template, ...]:
    """Name the directions of templates after a pair, ``en-de`` and ``de-en``."""
    return tuple(
        replace(template, direction=template.direction.replace("?", code)) for template in templates
    )


def paracrawl(code: str) -> Files:
    """Return ParaCrawl's file of a pair, of which no copy on the hub loads.

    It is that of release 4: one line a pair, parted by a tab, tens of millions of lines. Every
    ``STEP``-th is read, so that the rows come from all over the file.
    """
    file = f"en-{code}.bicleaner07.txt.gz"
    return Files(
        url=f"https://s3.amazonaws.com/web-language-models/paracrawl/release4/{file}",
        where="download the file as it is; nothing must be agreed to",
        files={"train": file},
        parse=partial(_lines, code=code),
    )


def _lines(path: Path, *, code: str) -> Iterator[Row]:
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        for number, line in islice(enumerate(lines, 1), 0, None, STEP):
            yield _pair(line, code, f"{path}, line {number}")


def _pair(line: str, code: str, where: str) -> Row:
    english, tab, foreign = line.rstrip("\n").partition("\t")
    if not tab:
        raise BadInput(f"{where} has no tab between two sentences; fetch the file again")
    return {"translation": {"en": english, code: foreign}}


NEWS = (
    Template("{english}\n\nHow would you say this in {language}?", direction=FROM_ENGLISH),
    Template("Translate the following into {language}.\n\n{english}", direction=FROM_ENGLISH),
    Template("English: {english}\n{language}:", direction=FROM_ENGLISH),
    Template("A colleague of mine reads only {language}. What should I write to tell her this?\n\n{english}", direction=FROM_ENGLISH),
    Template("Interpreter, please repeat in {language} what the speaker has just said in English:\n\n{english}", direction=FROM_ENGLISH),
    Template("{foreign}\n\nWhat does this {language} text mean in English?", "{english}", direction=INTO_ENGLISH),
    Template("Translate from {language} into English.\n\n{foreign}", "{english}", direction=INTO_ENGLISH),
    Template("{language}: {foreign}\nEnglish:", "{english}", direction=INTO_ENGLISH),
    Template("Write a sentence in {language}.", "{foreign}", inverse=True),
    Template("{foreign}\n\nWhich language is this?", "{language}", inverse=True),
)
"""The templates of WMT14 and WMT16; ``of_pair`` names their directions."""

WEB = (
    Template("This line is from an English web page:\n\n{english}\n\nWhat should it say on the {language} page?", direction=FROM_ENGLISH),
    Template("Put this into {language}: {english}", direction=FROM_ENGLISH),
    Template("Source (English): {english}\nTranslation ({language}):", direction=FROM_ENGLISH),
    Template("Customer: What is the {language} for this?\n{english}\nTranslator:", direction=FROM_ENGLISH),
    Template("{english}\n\nGive the {language} version of the text above.", direction=FROM_ENGLISH),
    Template("Source ({language}): {foreign}\nTranslation (English):", "{english}", direction=INTO_ENGLISH),
    Template("I came across this on a {language} website. What does it say in English?\n\n{foreign}", "{english}", direction=INTO_ENGLISH),
    Template("Put this {language} text into English.\n\n{foreign}", "{english}", direction=INTO_ENGLISH),
    Template("Make up a line of text for a website in {language}.", "{foreign}", inverse=True),
    Template("Name the language in which this is written: {foreign}", "{language}", inverse=True),
)
"""The templates of ParaCrawl; ``of_pair`` names their directions."""

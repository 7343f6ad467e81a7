"""Gigaword: what is the headline of this opening sentence?

Rows with an unknown word ("UNK") or a masked digit ("#") are left out, as in the original; the marks of
the Penn Treebank (`` '' -lrb- -rrb-) become the signs they stand for.

The hub has no copy that loads: the files are the lower-cased, tokenised pairs of Rush et al. as the
UniLM authors pack them (folder ``org_data``), two files a split, line by line.

Paper      Rush et al. 2015, https://arxiv.org/abs/1509.00685
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:512 (splits, filter, metric)
"""

from collections.abc import Iterator
from pathlib import Path

from flan_core.errors import BadInput
from flan_core.metrics import rouge1, rouge2, rouge_lsum
from flan_core.task import Drop, Example, Files, Row, Splits, Task, Template

_SIGNS = {"``": '"', "''": '"', "-lrb-": "(", "-rrb-": ")", "\\/": "/"}


def parse(path: Path) -> Iterator[Row]:
    """Pair ``train.src.txt`` with ``train.tgt.txt`` beside it."""
    summaries = path.with_name(path.name.replace(".src.", ".tgt."))
    if not summaries.is_file():
        raise BadInput(f"{summaries} is missing; put it beside {path.name}, from the same archive")
    with path.open(encoding="utf-8") as source, summaries.open(encoding="utf-8") as target:
        for document, summary in zip(source, target, strict=True):
            yield {"document": _unknown(document), "summary": _unknown(summary)}


def _unknown(line: str) -> str:
    """Mark unknown words as the test files do."""
    return line.strip().replace("<unk>", "UNK")


def _text(tokens: str) -> str:
    for mark, sign in _SIGNS.items():
        tokens = tokens.replace(mark, sign)
    return tokens.strip()


def read(row: Row) -> Example | Drop:
    """The summary is the article's headline."""
    document, summary = _text(row["document"]), _text(row["summary"])
    if "UNK" in document + summary:
        return Drop("unknown word")
    if "#" in document + summary:
        return Drop("masked digit")
    if not document or not summary:
        return Drop("empty text or headline")
    return Example(fields={"text": document}, answer=summary)


TEMPLATES = (
    Template("{text}\n\nWrite a headline for this."),
    Template("Give the following sentence a headline, in lower case.\n\n{text}"),
    Template("Opening sentence: {text}\nHeadline:"),
    Template("How would a newspaper announce this in a few words?\n\n{text}"),
    Template("Shorten the text to its core, so that it fits above a news report.\n\n{text}"),
    Template("A news ticker has room for about ten words. Which would you choose for the following?\n\n{text}"),
    Template("Reporter: {text}\nEditor: Good. And the headline?\nReporter:"),
    Template("This is how an article begins:\n\n{text}\n\nWhat is its title?"),
    Template("Headline: {answer}\n\nWrite the first sentence of the article, in lower case.", "{text}", inverse=True),
    Template("A report appeared under the following headline. How might it begin?\n\n{answer}", "{text}", inverse=True),
)

SAMPLES = (
    {"document": "the government of norway said on tuesday that it would build two new ferries for the northern coast .", "summary": "norway to build two new ferries"},
    {"document": "oil prices fell for a third day on monday as traders expected warmer weather in europe .", "summary": "oil prices fall for third day"},
    {"document": "a strong earthquake shook the south of the island early on friday , but there were no reports of damage .", "summary": "strong quake shakes island , no damage reported"},
    {"document": "the striker who left the club last summer has signed a new contract with his old team , the coach said .", "summary": "striker returns to old club"},
    {"document": "farmers blocked the main road to the capital on wednesday to protest against lower prices for milk .", "summary": "farmers block road in milk price protest"},
    {"document": "the airline said that it had ordered twelve new planes and would sell its oldest ones next year .", "summary": "airline orders twelve new planes"},
    {"document": "voters in the alpine republic go to the polls on sunday to decide whether shops may open on holidays .", "summary": "alpine republic votes on holiday shopping"},
    {"document": "the author of several `` quiet but moving '' novels about the sea died at her home on thursday , her publisher said .", "summary": "author of novels about the sea dies"},
)

TASKS = (
    Task(
        name="gigaword",
        title="Gigaword",
        source=Files(
            url="https://github.com/microsoft/unilm",
            where="get the Gigaword archive that the UniLM page links to (its text derives from LDC's English Gigaword) and take the six files of its folder org_data; the .tgt.txt files go beside the .src.txt files",
            files={"train": "train.src.txt", "validation": "dev.src.txt", "test": "test.src.txt"},
            parse=parse,
        ),
        splits=Splits(train="train", dev="validation", test="test"),
        sizes={"train": 3_803_957, "validation": 189_651, "test": 1_951},
        kind="generation",
        columns={"document": "str", "summary": "str"},
        read=read,
        inputs=("text",),
        long=("text",),
        templates=TEMPLATES,
        metrics=(rouge1, rouge2, rouge_lsum),
        max_target_tokens=48,
        licence="mit (text from LDC Gigaword)",
        samples=SAMPLES,
    ),
)

"""DART: how do these table facts read as a text?

Each triple becomes ``subject, relation, object``; triples are joined by semicolons. Cells that only mark
a place in the table ([TABLECONTEXT], [TITLE]) are dropped, and underscores become spaces.

Paper      Nan et al. 2021, https://arxiv.org/abs/2007.02871; GEM, https://arxiv.org/abs/2102.01672
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1559 (splits, fields, metric)
"""

import re

from flan_core.metrics import rouge1, rouge2, rouge_lsum
from flan_core.task import Drop, Example, Hub, Row, Splits, Task, Template

_MARK = re.compile(r"\[[A-Z]+\]")


def _triple(cells: list[str]) -> str:
    kept = [" ".join(_MARK.sub("", cell).replace("_", " ").split()) for cell in cells]
    return ", ".join(filter(None, kept))


def read(row: Row) -> Example | Drop:
    """The target comes first among the references, each once."""
    references = [text.strip() for text in (row["target"], *(row["references"] or ()))]
    accepted = tuple(dict.fromkeys(filter(None, references)))
    triples = "; ".join(filter(None, map(_triple, row["tripleset"])))
    if not accepted or not triples:
        return Drop("no triples or no target")
    return Example(fields={"triples": triples}, answer=accepted[0], references=accepted)


TEMPLATES = (
    Template("{triples}\n\nExpress these data in a sentence."),
    Template("The following was taken from a table. What does it say?\n\n{triples}"),
    Template("Table data: {triples}\nDescription:"),
    Template("Write one or two sentences that contain all of this information.\n\n{triples}"),
    Template("Commentator's notes: {triples}\n\nCommentator:"),
    Template("Make a readable text out of these entries:\n\n{triples}"),
    Template("How would you explain the data below to someone who cannot see the table?\n\n{triples}"),
    Template("Each entry below names a thing, a property and its value. Report them in plain words.\n\n{triples}"),
    Template("Break this text down into triples for a table.\n\n{answer}", "{triples}", inverse=True),
    Template("{answer}\n\nWhich table entries is this based on?", "{triples}", inverse=True),
)


def _sample(number: int, triples: list[list[str]], *references: str) -> Row:
    """Train rows have an empty list of references, the others a full one."""
    return {
        "gem_id": f"dart-train-{number}",
        "gem_parent_id": f"dart-train-{number}",
        "dart_id": number,
        "tripleset": triples,
        "subtree_was_extended": False,
        "target_sources": ["WikiTableQuestions_lily" for _ in references],
        "target": references[0],
        "references": list(references) if len(references) > 1 else [],
    }


SAMPLES = (
    _sample(1, [["Hillcrest College", "JOINED", "1974"], ["Hillcrest College", "LOCATION", "Dover"]], "Hillcrest College, in Dover, joined in 1974."),
    _sample(2, [["[TABLECONTEXT]", "[TITLE]", "Longest rivers of Arvonia"], ["River Lune", "LENGTH_KM", "412"]], "Among the longest rivers of Arvonia is the River Lune, at 412 kilometres."),
    _sample(3, [["Maria Stone", "POSITION", "Goalkeeper"], ["Maria Stone", "NUMBER", "1"]], "Maria Stone is the goalkeeper and wears number 1.", "The goalkeeper, Maria Stone, has the number 1."),
    _sample(4, [["Blue Lantern", "YEAR", "1988"], ["Blue Lantern", "DIRECTOR", "Otto Brandt"]], "Otto Brandt directed Blue Lantern in 1988."),
    _sample(5, [["Route 9", "OPENED", "1962"], ["Route 9", "TERMINUS", "Fairview"]], "Route 9, which ends in Fairview, opened in 1962.", "Opened in 1962, Route 9 leads to Fairview."),
    _sample(6, [["Summer Games", "HOST_CITY", "Lakeport"]], "Lakeport hosted the Summer Games."),
    _sample(7, [["Episode 4", "TITLE", "The Missing Key"], ["Episode 4", "VIEWERS_MILLIONS", "3.2"]], 'The fourth episode, "The Missing Key", had 3.2 million viewers.'),
    _sample(8, [["Ben Adeyemi", "TEAM", "Tigers"], ["Ben Adeyemi", "POINTS", "27"]], "Ben Adeyemi scored 27 points for the Tigers."),
)

TASKS = (
    Task(
        name="dart",
        title="DART",
        source=Hub(repository="GEM/gem", revision="refs/convert/parquet", data_dir="dart"),
        splits=Splits(train="train", dev="train", test="validation"),
        sizes={"train": 62_659, "validation": 2_768},
        kind="generation",
        columns={
            "gem_id": "str",
            "gem_parent_id": "str",
            "dart_id": "int",
            "tripleset": "list[list[str]]",
            "subtree_was_extended": "bool",
            "target_sources": "list[str]",
            "target": "str",
            "references": "list[str]",
        },
        read=read,
        inputs=("triples",),
        templates=TEMPLATES,
        metrics=(rouge1, rouge2, rouge_lsum),
        max_target_tokens=128,
        licence="mit",
        samples=SAMPLES,
    ),
)

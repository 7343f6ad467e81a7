"""WebNLG, English: how do these facts read as a text?

A triple ``Aarhus_Airport | cityServed | Aarhus`` becomes ``Aarhus Airport, cityServed, Aarhus``; triples
are joined by semicolons. A row of an evaluation split has several references; each counts.

Paper      Gardent et al. 2017, https://aclanthology.org/P17-1017; GEM, https://arxiv.org/abs/2102.01672
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1629 (splits, fields, metric)
"""

from flan_core.metrics import rouge1, rouge2, rouge_lsum
from flan_core.task import Drop, Example, Hub, Row, Splits, Task, Template


def read(row: Row) -> Example | Drop:
    """The target comes first among the references, each once."""
    references = [text.strip() for text in (row["target"], *(row["references"] or ()))]
    accepted = tuple(dict.fromkeys(filter(None, references)))
    if not accepted or not row["input"]:
        return Drop("no triples or no target")
    triples = [triple.replace("_", " ").replace(" | ", ", ") for triple in row["input"]]
    return Example(fields={"triples": "; ".join(triples)}, answer=accepted[0], references=accepted)


TEMPLATES = (
    Template("{triples}\n\nSay this in plain English."),
    Template("Write a text that states these facts:\n\n{triples}"),
    Template("Triples: {triples}\nText:"),
    Template("A knowledge base holds the following entries. What do they tell us?\n\n{triples}"),
    Template("Here is some data in the form subject, relation, object.\n\n{triples}\n\nTurn it into one or more sentences."),
    Template("What can be said about the world if all that we know is this?\n\n{triples}"),
    Template("A: The computer shows only this: {triples}\nB: Let me put it into words for you:"),
    Template("Put each of these facts into words, leaving nothing out.\n\n{triples}"),
    Template("Which facts are stated here? Write them as triples of subject, relation and object.\n\n{answer}", "{triples}", inverse=True),
    Template("{answer}\n\nEnter what this text says into a knowledge base, triple by triple.", "{triples}", inverse=True),
)


def _sample(number: int, category: str, triples: list[str], *references: str) -> Row:
    """Train rows have an empty list of references, the others a full one."""
    return {
        "gem_id": f"web_nlg_en-train-{number}",
        "gem_parent_id": f"web_nlg_en-train-{number}",
        "input": triples,
        "target": references[0],
        "references": list(references) if len(references) > 1 else [],
        "category": category,
        "webnlg_id": f"train/{category}/{len(triples)}/Id{number}",
    }


SAMPLES = (
    _sample(1, "Airport", ["Northfield_Airport | cityServed | Northfield", "Northfield_Airport | elevationAboveTheSeaLevel | 52"], "Northfield Airport serves the city of Northfield and lies 52 metres above sea level."),
    _sample(2, "Food", ["Almond_soup | country | Spain"], "Almond soup comes from Spain."),
    _sample(3, "Building", ["Glass_Tower | architect | Mira_Sand", "Glass_Tower | floorCount | 31"], "The Glass Tower, designed by Mira Sand, has 31 floors.", "Mira Sand was the architect of the Glass Tower, which has 31 floors."),
    _sample(4, "Astronaut", ["Elena_Petrov | birthPlace | Varna", "Elena_Petrov | occupation | Test_pilot"], "Elena Petrov, who was born in Varna, was a test pilot."),
    _sample(5, "University", ["Lakeside_University | established | 1921", "Lakeside_University | numberOfStudents | 8400"], "Lakeside University was founded in 1921 and has 8,400 students.", "With 8,400 students, Lakeside University has existed since 1921."),
    _sample(6, "SportsTeam", ["FC_Harbour | ground | Dockside_Park"], "FC Harbour play at Dockside Park."),
    _sample(7, "WrittenWork", ["The_Salt_Road | author | Ines_Marlow", "The_Salt_Road | language | English_language"], "The Salt Road was written in English by Ines Marlow."),
    _sample(8, "City", ["Oakville | leaderName | Dan_Reyes", "Oakville | country | United_States"], "Dan Reyes is the leader of Oakville, in the United States."),
)

TASKS = (
    Task(
        name="web_nlg",
        title="WebNLG",
        source=Hub(repository="GEM/gem", revision="refs/convert/parquet", data_dir="web_nlg_en"),
        splits=Splits(train="train", dev="train", test="validation"),
        sizes={"train": 35_426, "validation": 1_667},
        kind="generation",
        columns={
            "gem_id": "str",
            "gem_parent_id": "str",
            "input": "list[str]",
            "target": "str",
            "references": "list[str]",
            "category": "str",
            "webnlg_id": "str",
        },
        read=read,
        inputs=("triples",),
        templates=TEMPLATES,
        metrics=(rouge1, rouge2, rouge_lsum),
        max_target_tokens=128,
        licence="cc-by-nc-4.0",
        samples=SAMPLES,
    ),
)

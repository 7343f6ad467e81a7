"""TREC: what type of thing does a question ask for?

Labels are taken by name, because sources number them differently: SetFit has the order DESC, ENTY,
ABBR, HUM, NUM, LOC (as TFDS), CogComp has ABBR, ENTY, DESC, HUM, LOC, NUM.

Paper      Li and Roth 2002, https://aclanthology.org/C02-1150
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:2024 (splits, options, metric)
"""

from flan_core.metrics import accuracy
from flan_core.task import BadRow, Example, Hub, Row, Splits, Task, Template, pick

TYPES = {"DESC": "description", "ENTY": "entity", "ABBR": "abbreviation", "HUM": "human", "NUM": "numeric", "LOC": "location"}
OPTIONS = tuple(TYPES.values())
COGCOMP = ("ABBR", "ENTY", "DESC", "HUM", "LOC", "NUM")
"""Names of the integers in ``CogComp/trec``, column ``coarse_label``."""


def read(row: Row) -> Example:
    """``label_coarse_original`` is a name; where it is missing, ``coarse_label`` is CogComp's number."""
    name = row["label_coarse_original"] if "label_coarse_original" in row else pick(COGCOMP, row["coarse_label"])
    if name not in TYPES:
        raise BadRow(f"label {name!r} is not one of {', '.join(TYPES)}")
    return Example(fields={"question": row["text"].strip()}, options=OPTIONS, answer=TYPES[name])


TEMPLATES = (
    Template("{question}\n\nWhat kind of thing does this question ask for?\n{options_}"),
    Template("A librarian notes down what sort of answer each visitor wants. What does the note say for this request?\n\n{question}\n\n{options_}"),
    Template("{options_}\n\nWhich of the labels above fits the answer to the following question?\n\n{question}"),
    Template("Sort questions by the type of their answers.\n\nQuestion: {question}\n{options_}\nType of answer:"),
    Template('Someone asks, "{question}" What type of answer do they expect?\n\n{options_}'),
    Template("Do not answer this question; only say to which group its answer belongs.\n\n{question}\n\n{options_}"),
    Template("If you had to answer the question below, which of these would you have to give?\n{options_}\n\n{question}"),
    Template("A: {question}\nB: I don't know the answer, but I know of what type it is.\nA: Of what type?\n{options_}\nB:"),
    Template("Classify the question by what it asks for.\n\n{question}\n\n{options_}"),
    Template("Write a question whose answer is of this type: {answer}", "{question}", inverse=True),
)

SAMPLES = (
    {"text": "How does a sundial work?", "label": 0, "label_text": "manner of an action", "label_original": "DESC:manner", "label_coarse": 0, "label_coarse_text": "description and abstract concepts", "label_coarse_original": "DESC"},
    {"text": "Which animal can run the fastest?", "label": 2, "label_text": "animals", "label_original": "ENTY:animal", "label_coarse": 1, "label_coarse_text": "entities", "label_coarse_original": "ENTY"},
    {"text": "What does the abbreviation UNESCO stand for?", "label": 3, "label_text": "expression abbreviated", "label_original": "ABBR:exp", "label_coarse": 2, "label_coarse_text": "abbreviation", "label_coarse_original": "ABBR"},
    {"text": "Who painted the ceiling of the Sistine Chapel?", "label": 4, "label_text": "an individual", "label_original": "HUM:ind", "label_coarse": 3, "label_coarse_text": "human beings", "label_coarse_original": "HUM"},
    {"text": "How many strings does a violin have?", "label": 13, "label_text": "number of something", "label_original": "NUM:count", "label_coarse": 4, "label_coarse_text": "numeric values", "label_coarse_original": "NUM"},
    {"text": "What city lies at the mouth of the Hudson River?", "label": 21, "label_text": "cities", "label_original": "LOC:city", "label_coarse": 5, "label_coarse_text": "locations", "label_coarse_original": "LOC"},
    {"text": "What is the capital of Uruguay?", "label": 21, "label_text": "cities", "label_original": "LOC:city", "label_coarse": 5, "label_coarse_text": "locations", "label_coarse_original": "LOC"},
    {"text": "Why do leaves change colour in autumn?", "label": 9, "label_text": "reasons", "label_original": "DESC:reason", "label_coarse": 0, "label_coarse_text": "description and abstract concepts", "label_coarse_original": "DESC"},
    {"text": "In what year did the first modern Olympic Games take place?", "label": 8, "label_text": "dates", "label_original": "NUM:date", "label_coarse": 4, "label_coarse_text": "numeric values", "label_coarse_original": "NUM"},
)

TASKS = (
    Task(
        name="trec",
        title="TREC",
        source=Hub(repository="SetFit/TREC-QC"),
        splits=Splits(train="train", dev="train", test="test"),
        sizes={"train": 5_452, "test": 500},
        kind="classification",
        columns={"text": "str", "label": "int", "label_text": "str", "label_original": "str", "label_coarse": "int", "label_coarse_text": "str", "label_coarse_original": "str"},
        read=read,
        inputs=("question",),
        templates=TEMPLATES,
        metrics=(accuracy,),
        max_target_tokens=8,
        licence="unknown",
        samples=SAMPLES,
    ),
)

"""SST-2: is this sentence from a film review for or against the film?

Paper      Socher et al. 2013, https://aclanthology.org/D13-1170
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1846 (reading, splits, metric)
"""

from flan_core.metrics import accuracy
from flan_core.task import Drop, Example, Hub, Row, Splits, Task, Template, pick

OPTIONS = ("negative", "positive")


def read(row: Row) -> Example | Drop:
    """The text stays in lower case and split into tokens, as released; many rows are phrases."""
    if row["label"] == -1:
        return Drop("unlabelled")
    return Example(
        fields={"sentence": row["sentence"].strip()},
        options=OPTIONS,
        answer=pick(OPTIONS, row["label"]),
    )


TEMPLATES = (
    Template("{sentence}\n\nWhat does the critic think of the film?\n\n{options_}"),
    Template("From a film review: {sentence}\n\nIs the tone positive or negative?\n\n{options_}"),
    Template("{options_}\n\nIs the remark below a compliment to the film (positive) or a complaint about it (negative)?\n\n{sentence}"),
    Template("A: Did the paper like the film?\nB: It only said this: {sentence}\nA: So what was the verdict?\n\n{options_}\n\nB:"),
    Template('Would the makers of a film be pleased to read this about it? If so, answer "positive"; if not, "negative".\n\n{sentence}\n\n{options_}'),
    Template("Remark: {sentence}\n\n{options_}\n\nSentiment of the remark:"),
    Template("Label the sentiment of this snippet, which was cut from a review of a film.\n\n{sentence}\n\n{options_}"),
    Template("Some words from a review are quoted below. Which attitude towards the film do they express?\n\n{options_}\n\n{sentence}"),
    Template("Write one {answer} sentence about a film, as a critic might.", "{sentence}", inverse=True),
    Template(
        "A film magazine wants a one-line verdict, and the verdict is to be {answer}. What do you send in?",
        "{sentence}",
        inverse=True,
    ),
)

SAMPLES = (
    {"sentence": "a warm , quietly funny portrait of a family that cannot stop talking . ", "label": 1, "idx": 0},
    {"sentence": "the plot creaks like an old staircase and leads nowhere ", "label": 0, "idx": 1},
    {"sentence": "one of the few sequels that improve on the original ", "label": 1, "idx": 2},
    {"sentence": "two hours of shouting in search of a story . ", "label": 0, "idx": 3},
    {"sentence": "the young lead carries every scene with ease ", "label": 1, "idx": 4},
    {"sentence": "even the explosions look bored ", "label": 0, "idx": 5},
    {"sentence": "gorgeous to look at and , for once , just as rewarding to think about . ", "label": 1, "idx": 6},
    {"sentence": "a lazy script that mistakes noise for wit . ", "label": 0, "idx": 7},
)

TASKS = (
    Task(
        name="sst2",
        title="SST-2",
        source=Hub(repository="nyu-mll/glue", config="sst2"),
        splits=Splits(train="train", dev="train", test="validation"),
        sizes={"train": 67_349, "validation": 872},
        kind="classification",
        columns={"sentence": "str", "label": "int", "idx": "int"},
        read=read,
        inputs=("sentence",),
        templates=TEMPLATES,
        metrics=(accuracy,),
        max_target_tokens=8,
        licence="other",
        samples=SAMPLES,
    ),
)

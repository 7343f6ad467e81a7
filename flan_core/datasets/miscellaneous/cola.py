"""CoLA: would a native speaker accept this as an English sentence?

Accuracy comes first, as in the original's code; its authors had meant to add Matthews' correlation,
the dataset's own metric, which comes second.

Paper      Warstadt et al. 2019, https://arxiv.org/abs/1805.12471
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1817 (splits, options, metric)
"""

from flan_core.metrics import accuracy, matthews
from flan_core.task import Example, Hub, Row, Splits, Task, Template, pick

OPTIONS = ("unacceptable", "acceptable")


def read(row: Row) -> Example:
    """Label 1 is acceptable."""
    return Example(
        fields={"sentence": row["sentence"].strip()},
        options=OPTIONS,
        answer=pick(OPTIONS, row["label"]),
    )


TEMPLATES = (
    Template("{sentence}\n\nIs this sentence acceptable English?\n{options_}"),
    Template("A linguist collects what native speakers would and would not say. Under which heading does this sentence go?\n\n{sentence}\n\n{options_}"),
    Template("Judge the grammar.\n\nSentence: {sentence}\n{options_}\nVerdict:"),
    Template("{options_}\n\nWhich label fits the following sentence, as far as its grammar goes?\n\n{sentence}"),
    Template("Teacher: What do you say to this sentence? {sentence}\n{options_}\nPupil:"),
    Template("Mark the sentence the way an editor with a good ear for English would.\n\n{sentence}\n\n{options_}"),
    Template('To a native speaker of English, the sentence "{sentence}" is\n{options_}'),
    Template("Pay no attention to whether this is true or likely; look only at how it is built.\n\n{sentence}\n\n{options_}"),
    Template("Someone who is learning English wrote this: {sentence}\n\nHow would you rate it as an English sentence?\n{options_}"),
    Template("Make up an example for a study of English grammar. Native speakers should find it {answer}.", "{sentence}", inverse=True),
)

SAMPLES = (
    {"sentence": "The gardener has already watered the roses.", "label": 1, "idx": 0},
    {"sentence": "The gardener has already water the roses.", "label": 0, "idx": 1},
    {"sentence": "Which letter did you forget to answer?", "label": 1, "idx": 2},
    {"sentence": "Which letter did you wonder who answered it?", "label": 0, "idx": 3},
    {"sentence": "It seems that nobody has locked the gate.", "label": 1, "idx": 4},
    {"sentence": "Tom persuaded that his sister would leave.", "label": 0, "idx": 5},
    {"sentence": "The more slowly you walk, the more you see.", "label": 1, "idx": 6},
    {"sentence": "She put on the shelf.", "label": 0, "idx": 7},
)

TASKS = (
    Task(
        name="cola",
        title="CoLA",
        source=Hub(repository="nyu-mll/glue", config="cola"),
        splits=Splits(train="train", dev="train", test="validation"),
        sizes={"train": 8_551, "validation": 1_043},
        kind="classification",
        columns={"sentence": "str", "label": "int", "idx": "int"},
        read=read,
        inputs=("sentence",),
        templates=TEMPLATES,
        metrics=(accuracy, matthews),
        max_target_tokens=8,
        licence="other",
        samples=SAMPLES,
    ),
)

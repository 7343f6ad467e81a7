"""CB (CommitmentBank): is the writer or speaker committed to the truth of a clause in the text?

Paper      de Marneffe et al. 2019, https://doi.org/10.18148/sub/2019.v23i2.601
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1783 (reading, splits, metrics)
"""

from flan_core.metrics import accuracy, f1_macro
from flan_core.task import Drop, Example, Hub, Row, Splits, Task, Template, pick

NAMES = ("entailment", "contradiction", "neutral")
"""Names of the labels in the source's order, which is not that of ANLI, MNLI and SNLI."""

ANSWERS = {"entailment": "Yes", "neutral": "It is impossible to say", "contradiction": "No"}
OPTIONS = tuple(ANSWERS.values())


def read(row: Row) -> Example | Drop:
    """The hypothesis is a clause as a rule: no capital at its start, no full stop at its end."""
    if row["label"] == -1:
        return Drop("unlabelled")
    return Example(
        fields={"premise": row["premise"], "hypothesis": row["hypothesis"].rstrip(" .")},
        options=OPTIONS,
        answer=ANSWERS[pick(NAMES, row["label"])],
    )


TEMPLATES = (
    Template("{premise}\n\nJudging by this, is it the case that {hypothesis}?\n\n{options_}"),
    Template("Somebody said or wrote the following:\n{premise}\n\nDo they take it to be true that {hypothesis}?\n\n{options_}"),
    Template("Discourse: {premise}\nClause: {hypothesis}\n\nIs the clause a fact in the eyes of the author?\n\n{options_}"),
    Template("Imagine that you overhear this:\n{premise}\n\nIf the speaker is right, is it true that {hypothesis}?\n\n{options_}"),
    Template("{options_}\n\nAccording to the text at the end, is it a fact that {hypothesis}?\n\n{premise}"),
    Template("People may believe a thing, deny it, or merely mention it. Does the author of this text believe that {hypothesis}?\n\n{premise}\n\n{options_}"),
    Template("Text: {premise}\nQuestion: Is it so that {hypothesis}?\n\n{options_}\n\nAnswer:"),
    Template("X: Have a look at these lines. {premise}\nY: Is it true, then, that {hypothesis}?\n\n{options_}\n\nX:"),
    Template("Only one thing interests us in the passage that follows: is it meant to be true that {hypothesis}?\n\n{premise}\n\n{options_}"),
    Template(
        'Write a few lines of speech or prose, then, below them, a short clause that they touch upon. If we ask whether the author holds the clause to be true, the answer is to be "{answer}".',
        "{premise}\n\n{hypothesis}",
        inverse=True,
    ),
)

SAMPLES = (
    {"premise": "Ruth folded the letter. She knew that her brother had sold the farm, and nothing he wrote could change that.", "hypothesis": "her brother had sold the farm", "idx": 0, "label": 0},
    {"premise": "It was nearly dark. If the ferry had left on time, they would be home by now.", "hypothesis": "the ferry had left on time", "idx": 1, "label": 1},
    {"premise": "A: Are you going to the match on Sunday? B: I don't know. Do you think it will rain?", "hypothesis": "it will rain", "idx": 2, "label": 2},
    {"premise": "Old Mr Penrose shook his head at us. He had never imagined that the well could run dry, yet there it was, nothing but mud.", "hypothesis": "the well could run dry", "idx": 3, "label": 0},
    {"premise": "B: We tried the new café by the station. A: And? B: Well, the coffee is fine, but I don't believe they bake the bread themselves.", "hypothesis": "they bake the bread themselves", "idx": 4, "label": 1},
    {"premise": "The committee meets again in May. It may then decide that the old theatre is worth saving.", "hypothesis": "the old theatre is worth saving", "idx": 5, "label": 2},
    {"premise": "I was glad, all the same, that Tom had found his keys. Without them we would have slept in the car.", "hypothesis": "Tom had found his keys", "idx": 6, "label": 0},
    {"premise": "She looked at the painting once more. Nobody could claim that the portrait was flattering.", "hypothesis": "the portrait was flattering", "idx": 7, "label": 1},
)

TASKS = (
    Task(
        name="cb",
        title="CB",
        source=Hub(repository="aps/super_glue", config="cb"),
        splits=Splits(train="train", dev="train", test="validation", dev_rows=50),
        sizes={"train": 250, "validation": 56},
        kind="classification",
        columns={"premise": "str", "hypothesis": "str", "idx": "int", "label": "int"},
        read=read,
        inputs=("premise", "hypothesis"),
        long=("premise",),
        templates=TEMPLATES,
        metrics=(accuracy, f1_macro),
        max_target_tokens=16,
        licence="unknown (SuperGLUE research terms)",
        samples=SAMPLES,
    ),
)

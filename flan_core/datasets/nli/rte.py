"""RTE: does the hypothesis follow from the premise?

Paper      Wang et al. 2019, SuperGLUE, https://arxiv.org/abs/1905.00537
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:136 (reading, splits, metric)
"""

from flan_core.metrics import accuracy
from flan_core.task import Drop, Example, Hub, Row, Splits, Task, Template, pick

OPTIONS = ("yes", "no")


def read(row: Row) -> Example | Drop:
    """Label 0 is entailment, 1 is not."""
    if row["label"] == -1:
        return Drop("unlabelled")
    return Example(
        fields={"premise": row["premise"], "hypothesis": row["hypothesis"]},
        options=OPTIONS,
        answer=pick(OPTIONS, row["label"]),
    )


TEMPLATES = (
    Template("{premise}\n\nDoes this passage support the statement below?\n{hypothesis}\n\n{options_}"),
    Template("Text: {premise}\nClaim: {hypothesis}\n\nDoes the claim follow from the text?\n\n{options_}"),
    Template("You check facts for a newspaper, and your only source says this:\n{premise}\n\nA reporter has written:\n{hypothesis}\n\nDoes the source bear the reporter out?\n\n{options_}"),
    Template("Claim: {hypothesis}\n\nHere is all the evidence there is:\n{premise}\n\nIs the evidence enough to establish the claim?\n\n{options_}"),
    Template("A: Listen to this. {premise}\nB: Then I take it that the following is true. {hypothesis}\n\nIs B right to think so?\n\n{options_}"),
    Template("Decide whether the second text must be true if the first one is.\n\n1. {premise}\n2. {hypothesis}\n\n{options_}"),
    Template("{options_}\n\nMust somebody who accepts the premise accept the hypothesis, too?\n\nPremise: {premise}\nHypothesis: {hypothesis}"),
    Template("{hypothesis}\n\nThat is what a student has concluded from the following passage. Is the student's reasoning sound?\n\n{premise}\n\n{options_}"),
    Template("Report: {premise}\nSummary: {hypothesis}\n\nSay whether everything in the summary is backed by the report.\n\n{options_}"),
    Template(
        'Write a short news text and, below it, one statement. Asked whether the statement follows from the text, a reader should answer "{answer}".',
        "{premise}\n\n{hypothesis}",
        inverse=True,
    ),
)

SAMPLES = (
    {"premise": "Dana walked her dog along the river before breakfast.", "hypothesis": "Dana has a dog.", "label": 0, "idx": 0},
    {"premise": "The bakery on Mill Street closed in March after forty years.", "hypothesis": "The bakery on Mill Street is still open.", "label": 1, "idx": 1},
    {"premise": "Engineers from Oslo finished the new bridge two months early.", "hypothesis": "The bridge was finished ahead of schedule.", "label": 0, "idx": 2},
    {"premise": "The museum has lent three paintings to a gallery in Porto.", "hypothesis": "The museum bought three paintings.", "label": 1, "idx": 3},
    {"premise": "Heavy snow kept every train in the valley from leaving on Monday.", "hypothesis": "No train left the valley on Monday.", "label": 0, "idx": 4},
    {"premise": "Mara, who trained as a nurse, now writes crime novels.", "hypothesis": "Mara works as a nurse today.", "label": 1, "idx": 5},
    {"premise": "The council voted nine to two for the new library.", "hypothesis": "Most of the council supported the new library.", "label": 0, "idx": 6},
    {"premise": "Prices of olive oil rose by a fifth this summer.", "hypothesis": "Olive oil became cheaper this summer.", "label": 1, "idx": 7},
)

TASKS = (
    Task(
        name="rte",
        title="RTE",
        source=Hub(repository="aps/super_glue", config="rte"),
        splits=Splits(train="train", dev="train", test="validation"),
        sizes={"train": 2_490, "validation": 277},
        kind="classification",
        columns={"premise": "str", "hypothesis": "str", "idx": "int", "label": "int"},
        read=read,
        inputs=("premise", "hypothesis"),
        long=("premise",),
        templates=TEMPLATES,
        metrics=(accuracy,),
        max_target_tokens=8,
        licence="unknown (SuperGLUE research terms)",
        samples=SAMPLES,
    ),
)

"""WNLI: is the sentence still true when its pronoun is read as this noun?

Paper      Levesque et al. 2012, https://cs.nyu.edu/~davise/papers/WinogradSchemas/WS.html
           Wang et al. 2018, GLUE, https://arxiv.org/abs/1804.07461 (as inference)
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1951 (reading, splits, metric)
"""

from flan_core.metrics import accuracy
from flan_core.task import Drop, Example, Hub, Row, Splits, Task, Template, pick

OPTIONS = ("no", "yes")


def read(row: Row) -> Example | Drop:
    """Label 1 is entailment, 0 is not: the other way round than in RTE and QNLI."""
    if row["label"] == -1:
        return Drop("unlabelled")
    return Example(
        fields={"sentence1": row["sentence1"], "sentence2": row["sentence2"]},
        options=OPTIONS,
        answer=pick(OPTIONS, row["label"]),
    )


TEMPLATES = (
    Template("{sentence1}\n\nIs this what happened?\n{sentence2}\n\n{options_}"),
    Template("Story: {sentence1}\nRetold: {sentence2}\n\nHas the pronoun been understood correctly in the retelling?\n\n{options_}"),
    Template("If the first of these sentences is true, is the second?\n\n- {sentence1}\n- {sentence2}\n\n{options_}"),
    Template("{options_}\n\nDoes the first line imply the second?\n\n1. {sentence1}\n2. {sentence2}"),
    Template("Think about who or what each pronoun stands for.\n\n{sentence1}\n\nDoes that mean the following?\n{sentence2}\n\n{options_}"),
    Template("One person says this: {sentence1}\nAnother takes it to mean this: {sentence2}\n\nIs the second person right?\n\n{options_}"),
    Template("{sentence2}\n\nIs that a fair reading of the text below?\n\n{sentence1}\n\n{options_}"),
    Template("Text: {sentence1}\nConclusion: {sentence2}\n\n{options_}\n\nConclusion valid:"),
    Template("A: {sentence1}\nB: I see. In other words: {sentence2}\n\nHas B understood A?\n\n{options_}"),
    Template("A translator must know what the pronoun refers to. Here is a text, and below it a part of the text with the pronoun spelled out. Is it spelled out correctly?\n\nText: {sentence1}\nPart: {sentence2}\n\n{options_}"),
)

SAMPLES = (
    {"sentence1": "The vase did not fit on the shelf because it was too narrow.", "sentence2": "The shelf was too narrow.", "label": 1, "idx": 0},
    {"sentence1": "The vase did not fit on the shelf because it was too wide.", "sentence2": "The shelf was too wide.", "label": 0, "idx": 1},
    {"sentence1": "Elena thanked Marta for the loan, which she had badly needed.", "sentence2": "Elena had badly needed the loan.", "label": 1, "idx": 2},
    {"sentence1": "The cat chased the moth until it flew out of the window.", "sentence2": "The cat flew out of the window.", "label": 0, "idx": 3},
    {"sentence1": "Our guide could not lift the rock, since it weighed half a ton.", "sentence2": "The rock weighed half a ton.", "label": 1, "idx": 4},
    {"sentence1": "Henry beat Oskar at chess although he had never played before.", "sentence2": "Oskar had never played before.", "label": 0, "idx": 5},
    {"sentence1": "I poured the soup from the pan into the bowl until it was full.", "sentence2": "The bowl was full.", "label": 1, "idx": 6},
    {"sentence1": "I poured the soup from the pan into the bowl until it was empty.", "sentence2": "The bowl was empty.", "label": 0, "idx": 7},
)

TASKS = (
    Task(
        name="wnli",
        title="WNLI",
        source=Hub(repository="nyu-mll/glue", config="wnli"),
        splits=Splits(train="train", dev="train", test="validation", dev_rows=30),
        sizes={"train": 635, "validation": 71},
        kind="classification",
        columns={"sentence1": "str", "sentence2": "str", "label": "int", "idx": "int"},
        read=read,
        inputs=("sentence1", "sentence2"),
        templates=TEMPLATES,
        metrics=(accuracy,),
        max_target_tokens=8,
        licence="other",
        samples=SAMPLES,
    ),
)

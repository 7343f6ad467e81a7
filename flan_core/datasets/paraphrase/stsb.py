"""STS-B: how close in meaning are two sentences, from 0 (unrelated) to 5 (the same)?

Paper      Cer et al. 2017, https://arxiv.org/abs/1708.00055
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:2054 (reading, splits, metrics)
"""

from flan_core.metrics import pearson, spearman
from flan_core.task import Drop, Example, Hub, Row, Splits, Task, Template, pick

OPTIONS = ("0", "1", "2", "3", "4", "5")


def read(row: Row) -> Example | Drop:
    """The label is a mean of several people's scores, rounded here; -1 is no label."""
    if row["label"] < 0:
        return Drop("unlabelled")
    return Example(
        fields={"sentence1": row["sentence1"].strip(), "sentence2": row["sentence2"].strip()},
        options=OPTIONS,
        answer=pick(OPTIONS, round(row["label"])),
    )


TEMPLATES = (
    Template("{sentence1}\n{sentence2}\n\nHow close in meaning are these sentences, from 0 (nothing in common) to 5 (the same)?\n\n{options_}"),
    Template("Rate how similar in meaning the two sentences are. 0 means not at all, 5 means completely.\n\nFirst sentence: {sentence1}\nSecond sentence: {sentence2}\n\n{options_}"),
    Template("{options_}\n\nTo what extent do A and B mean the same? 5 is for fully, 0 for not at all.\n\nA: {sentence1}\nB: {sentence2}"),
    Template("A: {sentence1}\nB: {sentence2}\n\n{options_}\n\nSimilarity of A and B, 0 to 5:"),
    Template("Five points go to a perfect paraphrase, none to a sentence about something else. How many points does the attempt deserve?\n\nSentence: {sentence1}\nAttempt: {sentence2}\n\n{options_}"),
    Template("Editor: I have replaced the first line with the second.\n{sentence1}\n{sentence2}\nAuthor: And how much of the meaning is left, on a scale from 0 to 5?\n\n{options_}\n\nEditor:"),
    Template("Compare what is said, not how it is said, and give a score from 0 to 5.\n\n1. {sentence1}\n2. {sentence2}\n\n{options_}"),
    Template("Text: {sentence1}\nOther text: {sentence2}\n\nIf 0 is for texts on different subjects and 5 for texts with one and the same meaning, where do these two stand?\n\n{options_}"),
    Template(
        "{sentence1}\n\nWrite another sentence whose closeness to this one, on a scale from 0 (unrelated) to 5 (the same meaning), is {answer}.",
        "{sentence2}",
        inverse=True,
    ),
    Template(
        "Write two sentences, one to a line. A reader who is to say how similar they are in meaning, from 0 for not at all to 5 for fully, should say {answer}.",
        "{sentence1}\n{sentence2}",
        inverse=True,
    ),
)

SAMPLES = (
    {"sentence1": "A man is slicing an onion.", "sentence2": "A man is cutting up an onion.", "label": 4.8, "idx": 0},
    {"sentence1": "A child is riding a pony.", "sentence2": "A plane is taking off.", "label": 0.0, "idx": 1},
    {"sentence1": "A woman is playing the flute.", "sentence2": "A woman is playing the drums.", "label": 1.8, "idx": 2},
    {"sentence1": "Three dogs run along the beach.", "sentence2": "Dogs are running on a beach at dusk.", "label": 3.6, "idx": 3},
    {"sentence1": "The president will visit Chile in May.", "sentence2": "The president will travel to Chile and Peru in May.", "label": 3.2, "idx": 4},
    {"sentence1": "A girl is brushing her hair.", "sentence2": "A boy is brushing a horse.", "label": 1.2, "idx": 5},
    {"sentence1": "Flood kills six in northern India", "sentence2": "Six people die in floods in north India", "label": 5.0, "idx": 6},
    {"sentence1": "You should let the dough rest overnight.", "sentence2": "It is illegal to park here overnight.", "label": 0.2, "idx": 7},
    {"sentence1": "A cat is sleeping on a chair.", "sentence2": "A cat is lying on a sofa.", "label": 2.4, "idx": 8},
    {"sentence1": "Oil prices rise as stocks run low", "sentence2": "Oil rises on signs of low stocks", "label": 4.4, "idx": 9},
)

TASKS = (
    Task(
        name="stsb",
        title="STS-B",
        source=Hub(repository="nyu-mll/glue", config="stsb"),
        splits=Splits(train="train", dev="train", test="validation", dev_rows=100),
        sizes={"train": 5_749, "validation": 1_500},
        kind="classification",
        columns={"sentence1": "str", "sentence2": "str", "label": "float", "idx": "int"},
        read=read,
        inputs=("sentence1", "sentence2"),
        templates=TEMPLATES,
        metrics=(pearson, spearman),
        max_target_tokens=8,
        licence="other",
        samples=SAMPLES,
    ),
)

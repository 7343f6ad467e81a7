"""PAWS: do two sentences that share nearly all their words also share their meaning?

Paper      Zhang et al. 2019, https://arxiv.org/abs/1904.01130
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1100 (reading, splits, metric)
"""

from flan_core.metrics import accuracy
from flan_core.task import Drop, Example, Hub, Row, Splits, Task, Template, pick

OPTIONS = ("no", "yes")


def read(row: Row) -> Example | Drop:
    """Label 1 is a paraphrase; the text stays split into tokens, as released."""
    if row["label"] == -1:
        return Drop("unlabelled")
    return Example(
        fields={"sentence1": row["sentence1"], "sentence2": row["sentence2"]},
        options=OPTIONS,
        answer=pick(OPTIONS, row["label"]),
    )


TEMPLATES = (
    Template("{sentence1}\n{sentence2}\n\nHave we read the same statement twice?\n\n{options_}"),
    Template("The words are almost the same, but is the meaning?\n\n1. {sentence1}\n2. {sentence2}\n\n{options_}"),
    Template("Original: {sentence1}\nReworded: {sentence2}\n\nHas the meaning survived the rewording?\n\n{options_}"),
    Template("{options_}\n\nCompare the sentences below. Do they state the same facts?\n\n(a) {sentence1}\n(b) {sentence2}"),
    Template("An encyclopaedia has this sentence: {sentence1}\nAn editor wants to put another in its place: {sentence2}\n\nWould the article still make the same claim?\n\n{options_}"),
    Template("Pay attention to who does what to whom and to what comes first.\n\nA. {sentence1}\nB. {sentence2}\n\nIs B a paraphrase of A?\n\n{options_}"),
    Template("If the first of these is true, is the second bound to be true, and the other way round?\n\nFirst: {sentence1}\nSecond: {sentence2}\n\n{options_}"),
    Template("Pupil: May I write this? {sentence1}\nTeacher: The book puts it like this. {sentence2}\nPupil: Does that come to the same?\n\n{options_}\n\nTeacher:"),
    Template("Sentence 1: {sentence1}\nSentence 2: {sentence2}\n\n{options_}\n\nSame meaning:"),
    Template("Watch out for words that have changed places, then say whether the two versions are equivalent.\n\nVersion 1: {sentence1}\n\nVersion 2: {sentence2}\n\n{options_}"),
)

SAMPLES = (
    {"id": 1, "sentence1": "The canal runs north from Hale and then east to the lake .", "sentence2": "From Hale , the canal runs north and then east to the lake .", "label": 1},
    {"id": 2, "sentence1": "The canal runs north from Orby and then west to the coast .", "sentence2": "The canal runs west from Orby and then north to the coast .", "label": 0},
    {"id": 3, "sentence1": "In 1931 , the sculptor Ines Vale married the painter Otto Brandt .", "sentence2": "In 1931 , the painter Ines Vale married the sculptor Otto Brandt .", "label": 0},
    {"id": 4, "sentence1": "The album was recorded in Lisbon and mixed in Turin .", "sentence2": "The album was mixed in Turin after it had been recorded in Lisbon .", "label": 1},
    {"id": 5, "sentence1": "Station Road crosses the old railway line near the mill .", "sentence2": "The old railway line is crossed by Station Road near the mill .", "label": 1},
    {"id": 6, "sentence1": "The second edition was longer but cheaper than the first edition .", "sentence2": "The first edition was longer but cheaper than the second edition .", "label": 0},
    {"id": 7, "sentence1": "She represented Norway at home and Sweden abroad .", "sentence2": "She represented Sweden at home and Norway abroad .", "label": 0},
    {"id": 8, "sentence1": "Before the war , the building was used as a school , and later as a hospital .", "sentence2": "The building was used as a school before the war and as a hospital later .", "label": 1},
)

TASKS = (
    Task(
        name="paws",
        title="PAWS",
        source=Hub(repository="google-research-datasets/paws", config="labeled_final"),
        splits=Splits(train="train", dev="validation", test="test"),
        sizes={"train": 49_401, "validation": 8_000, "test": 8_000},
        kind="classification",
        columns={"id": "int", "sentence1": "str", "sentence2": "str", "label": "int"},
        read=read,
        inputs=("sentence1", "sentence2"),
        templates=TEMPLATES,
        metrics=(accuracy,),
        max_target_tokens=8,
        licence="other",
        samples=SAMPLES,
    ),
)

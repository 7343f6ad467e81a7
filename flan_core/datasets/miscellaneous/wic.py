"""WiC, words in context: does a word have the same meaning in two sentences?

Paper      Pilehvar and Camacho-Collados 2019, https://arxiv.org/abs/1808.09121
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:231 (splits, options, metric)
"""

from flan_core.metrics import accuracy
from flan_core.task import Example, Hub, Row, Splits, Task, Template, pick

OPTIONS = ("different meanings", "the same meaning")


def read(row: Row) -> Example:
    """Label 1 means the same meaning."""
    return Example(
        fields={
            "word": row["word"].strip(),
            "first": row["sentence1"].strip(),
            "second": row["sentence2"].strip(),
        },
        options=OPTIONS,
        answer=pick(OPTIONS, row["label"]),
    )


TEMPLATES = (
    Template('Sentence 1: {first}\nSentence 2: {second}\n\nDoes "{word}" have the same meaning in both sentences or different meanings?\n{options_}'),
    Template('Look at the word "{word}" in these two lines.\n\n{first}\n{second}\n\nWhat does the word have here?\n{options_}'),
    Template('A dictionary may list several senses of "{word}". How do the senses in the following examples compare?\n\n{first}\n{second}\n\n{options_}'),
    Template('{first}\n{second}\n\nThe uses of "{word}" above have\n{options_}'),
    Template('Editor A: I have found "{word}" in this line: {first}\nEditor B: And I have found it in this one: {second}\nEditor A: So, what do we note about the two?\n{options_}\nEditor B:'),
    Template('{options_}\n\nWhich of these is true of the word "{word}" as used in (a) and in (b)?\n\n(a) {first}\n(b) {second}'),
    Template("Word: {word}\nFirst use: {first}\nSecond use: {second}\n{options_}\nThe two uses have:"),
    Template('A learner of English wonders whether "{word}" means here what it means there.\n\nHere: {first}\nThere: {second}\n\nWhat would you say the two have?\n{options_}'),
    Template('Compare two sentences, both of which contain a form of "{word}".\n\n{first}\n{second}\n\nWhich do these forms express?\n{options_}'),
    Template('Two quotations are to be filed under "{word}" in a dictionary. Do they belong together, with the same meaning, or apart, with different meanings?\n{options_}\n\nFirst quotation: {first}\nSecond quotation: {second}'),
)

SAMPLES = (
    {"word": "bank", "sentence1": "We had a picnic on the bank of the canal.", "sentence2": "She keeps her savings in a bank in Zurich.", "start1": 23, "start2": 27, "end1": 27, "end2": 31, "idx": 0, "label": 0},
    {"word": "spring", "sentence1": "The spring in the mattress was broken.", "sentence2": "He oiled the spring of the garden gate.", "start1": 4, "start2": 13, "end1": 10, "end2": 19, "idx": 1, "label": 1},
    {"word": "carry", "sentence1": "The porter carried both suitcases up the stairs.", "sentence2": "Can you carry this tray into the dining room?", "start1": 11, "start2": 8, "end1": 18, "end2": 13, "idx": 2, "label": 1},
    {"word": "light", "sentence1": "The box was light enough for a child to lift.", "sentence2": "Her coat was a light shade of green.", "start1": 12, "start2": 15, "end1": 17, "end2": 20, "idx": 3, "label": 0},
    {"word": "run", "sentence1": "My aunt runs a small hotel in the hills.", "sentence2": "The dog ran across the yard.", "start1": 8, "start2": 8, "end1": 12, "end2": 11, "idx": 4, "label": 0},
    {"word": "branch", "sentence1": "A robin sat on the lowest branch.", "sentence2": "The storm tore a branch from the oak.", "start1": 26, "start2": 17, "end1": 32, "end2": 23, "idx": 5, "label": 1},
    {"word": "sharp", "sentence1": "Use a sharp knife for the tomatoes.", "sentence2": "The scissors are no longer sharp.", "start1": 6, "start2": 27, "end1": 11, "end2": 32, "idx": 6, "label": 1},
    {"word": "match", "sentence1": "He lit the candle with a match.", "sentence2": "The match ended in a draw.", "start1": 25, "start2": 4, "end1": 30, "end2": 9, "idx": 7, "label": 0},
)

TASKS = (
    Task(
        name="wic",
        title="WiC",
        source=Hub(repository="aps/super_glue", config="wic"),
        splits=Splits(train="train", dev="train", test="validation"),
        sizes={"train": 5_428, "validation": 638},
        kind="classification",
        columns={
            "word": "str",
            "sentence1": "str",
            "sentence2": "str",
            "start1": "int",
            "start2": "int",
            "end1": "int",
            "end2": "int",
            "idx": "int",
            "label": "int",
        },
        read=read,
        inputs=("word", "first", "second"),
        templates=TEMPLATES,
        metrics=(accuracy,),
        max_target_tokens=8,
        licence="unknown (SuperGLUE research terms)",
        samples=SAMPLES,
    ),
)

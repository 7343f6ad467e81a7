"""QQP: do two questions of a forum ask the same?

Paper      Iyer et al. 2017, First Quora Dataset Release: Question Pairs
           Wang et al. 2018, GLUE, https://arxiv.org/abs/1804.07461
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1194 (reading, splits, metrics)
"""

from flan_core.metrics import accuracy, f1_binary
from flan_core.task import Drop, Example, Hub, Row, Splits, Task, Template, pick

OPTIONS = ("no", "yes")


def read(row: Row) -> Example | Drop:
    """Label 1 is a duplicate; quotation marks are doubled in the source."""
    if row["label"] == -1:
        return Drop("unlabelled")
    fields = {name: row[name].replace('""', '"').strip() for name in ("question1", "question2")}
    return Example(fields=fields, options=OPTIONS, answer=pick(OPTIONS, row["label"]))


TEMPLATES = (
    Template("{question1}\n{question2}\n\nDo both people want to know the same thing?\n\n{options_}"),
    Template("A forum merges questions that are duplicates. Should it merge these two?\n\n- {question1}\n- {question2}\n\n{options_}"),
    Template("Question 1: {question1}\nQuestion 2: {question2}\n\nWould a good answer to one be a good answer to the other?\n\n{options_}"),
    Template("New question: {question2}\nEarlier question: {question1}\n\nHas the new question been asked before?\n\n{options_}"),
    Template("{options_}\n\nLook past the wording: do these questions ask for the same information?\n\n(1) {question1}\n(2) {question2}"),
    Template("User: {question1}\nHelper: Do you mean this? {question2}\n\nHas the helper understood the user's question?\n\n{options_}"),
    Template("First: {question1}\nSecond: {question2}\n\n{options_}\n\nDuplicates:"),
    Template("Two questions can look different and still come to the same thing. Is that so here?\n\n{question1}\n\n{question2}\n\n{options_}"),
    Template("Someone has asked this: {question1}\nSomeone else has asked this: {question2}\n\nCan we send both of them the same reply?\n\n{options_}"),
    Template("Check whether Q2 is just Q1 in other words.\n\nQ1: {question1}\nQ2: {question2}\n\n{options_}"),
)

SAMPLES = (
    {"question1": "How do I get rid of the smell of smoke in a car?", "question2": "What is the best way to remove smoke odour from my car?", "label": 1, "idx": 0},
    {"question1": "How long does it take to learn the cello?", "question2": "How long does it take to make a cello?", "label": 0, "idx": 1},
    {"question1": "Why do cats purr when they are ill?", "question2": "Why does a sick cat purr?", "label": 1, "idx": 2},
    {"question1": "What is the meaning of the phrase \"\"to the letter\"\"?", "question2": "What is the difference between a letter and a phrase?", "label": 0, "idx": 3},
    {"question1": "Is it safe to eat an apple with the skin on?", "question2": "Can you eat apples unpeeled without any risk?", "label": 1, "idx": 4},
    {"question1": "Which are the best books on the history of Peru?", "question2": "Which are the best travel books on Peru?", "label": 0, "idx": 5},
    {"question1": "How can I sleep better at night?", "question2": "What can I do to improve my sleep?", "label": 1, "idx": 6},
    {"question1": "Should I learn Go or Rust first?", "question2": "Is Rust used at large companies?", "label": 0, "idx": 7},
)

TASKS = (
    Task(
        name="qqp",
        title="QQP",
        source=Hub(repository="nyu-mll/glue", config="qqp"),
        splits=Splits(train="train", dev="train", test="validation"),
        sizes={"train": 363_846, "validation": 40_430},
        kind="classification",
        columns={"question1": "str", "question2": "str", "label": "int", "idx": "int"},
        read=read,
        inputs=("question1", "question2"),
        templates=TEMPLATES,
        metrics=(accuracy, f1_binary),
        max_target_tokens=8,
        licence="other",
        samples=SAMPLES,
    ),
)

"""PIQA: which of two ways reaches a practical goal?

Paper      Bisk et al. 2020, https://arxiv.org/abs/1911.11641
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:2085 (reading, splits, metric)
"""

from flan_core.metrics import accuracy
from flan_core.task import Drop, Example, Hub, Row, Splits, Task, Template, pick


def read(row: Row) -> Example | Drop:
    """A goal is a question, a bare phrase, or a sentence that the solution continues."""
    if row["label"] == -1:
        return Drop("unlabelled")
    options = (row["sol1"].strip(), row["sol2"].strip())
    return Example(
        fields={"goal": row["goal"].strip()},
        options=options,
        answer=pick(options, row["label"]),
    )


TEMPLATES = (
    Template("{goal}\n\nWhich way will work?\n\n{options_}"),
    Template("Goal: {goal}\n\n{options_}\n\nSolution:"),
    Template("Here is a practical problem: {goal}\nHow would you go about it?\n\n{options_}"),
    Template("{options_}\n\nSomebody comes to you with the following. What advice do you give?\n\n{goal}"),
    Template("A: I could do with some help. {goal}\nB: Let me tell you how it is done.\n\n{options_}\n\nB:"),
    Template("Think of how things behave in the real world: what is heavy, hot, sharp, or slippery? Then answer sensibly.\n\n{goal}\n\n{options_}"),
    Template("Two friends disagree about the right method. Settle the matter for them.\n\nWhat they are talking about: {goal}\n\n{options_}"),
    Template("Complete this entry in a book of household hints.\n\n{goal}\n\n{options_}"),
    Template("Here is some practical advice: {answer}\n\nWhat was the aim, or the question, that it was given for?", "{goal}", inverse=True),
    Template("Name a small practical task of everyday life. Below it, explain what to do.", "{goal}\n{answer}", inverse=True),
)

SAMPLES = (
    {"goal": "Keep a cut apple from turning brown.", "sol1": "Rub the cut side with lemon juice.", "sol2": "Rub the cut side with soil.", "label": 0},
    {"goal": "How do I open a jar whose lid is stuck?", "sol1": "Run cold water over the lid, then twist it with oily hands.", "sol2": "Run hot water over the lid, then twist it with a dry cloth.", "label": 1},
    {"goal": "Remove wax from a tablecloth.", "sol1": "Harden the wax with ice, then scrape it off with a blunt knife.", "sol2": "Harden the wax with an iron, then scrape it off with a feather.", "label": 0},
    {"goal": "Water plants while you are away.", "sol1": "Push an empty bottle into the soil, with the neck up.", "sol2": "Push a full bottle into the soil, with the neck down.", "label": 1},
    {"goal": "What can you do about a drawer that is hard to pull out?", "sol1": "Rub its runners with a candle.", "sol2": "Rub its runners with glue.", "label": 0},
    {"goal": "How can you carry six eggs without a box?", "sol1": "Stack them on top of each other in your hand.", "sol2": "Wrap each of them in a towel and lay them in a basket.", "label": 1},
    {"goal": "Find a small screw on a dark carpet.", "sol1": "Sweep a magnet slowly over the carpet.", "sol2": "Sweep a mirror slowly over the ceiling.", "label": 0},
    {"goal": "Cool a drink quickly.", "sol1": "Wrap the bottle in a dry woollen scarf and put it in the sun.", "sol2": "Wrap the bottle in a wet cloth and put it in the freezer.", "label": 1},
)

TASKS = (
    Task(
        name="piqa",
        title="PIQA",
        source=Hub(repository="baber/piqa"),
        splits=Splits(train="train", dev="train", test="validation", dev_rows=100),
        sizes={"train": 16_113, "validation": 1_838},
        kind="classification",
        columns={"goal": "str", "sol1": "str", "sol2": "str", "label": "int"},
        read=read,
        inputs=("goal",),
        templates=TEMPLATES,
        metrics=(accuracy,),
        max_target_tokens=256,
        licence="unknown",
        samples=SAMPLES,
    ),
)

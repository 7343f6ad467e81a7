"""COPA: which of two events is the likelier cause, or effect, of a third?

Paper      Roemmele et al. 2011, Choice of Plausible Alternatives, https://people.ict.usc.edu/~gordon/copa.html
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1229 (reading, splits, metric)
"""

from flan_core.metrics import accuracy
from flan_core.task import Drop, Example, Hub, Row, Splits, Task, Template, pick


def read(row: Row) -> Example | Drop:
    """The column ``question`` is ``cause`` or ``effect``: how the right choice relates to the premise."""
    if row["label"] == -1:
        return Drop("unlabelled")
    options = (row["choice1"].strip(), row["choice2"].strip())
    return Example(
        fields={"premise": row["premise"].strip(), "relation": row["question"]},
        options=options,
        answer=pick(options, row["label"]),
    )


TEMPLATES = (
    Template("{premise}\n\nWhat is the likelier {relation} of this?\n\n{options_}"),
    Template("Something has happened: {premise}\nGive its most plausible {relation}.\n\n{options_}"),
    Template("Event: {premise}\n\n{options_}\n\nMost probable {relation}:"),
    Template("{options_}\n\nWhich event makes sense as the {relation} of what you read here?\n{premise}"),
    Template("A: {premise}\nB: And what would you say was the {relation}?\n\n{options_}\n\nA:"),
    Template("We know one event and are looking for its {relation}. The event we know is this: {premise}\nWhat should we choose?\n\n{options_}"),
    Template("Use your common sense: what is the {relation} of what happened?\n\nWhat happened: {premise}\n\n{options_}"),
    Template("Make a pair of events in which the second is the {relation} of the first.\n\nFirst: {premise}\n\n{options_}\n\nSecond:"),
    Template(
        "{answer}\n\nThis was the {relation} of something. What might that have been?",
        "{premise}",
        inverse=True,
    ),
    Template(
        "Describe a small event of everyday life and, on the next line, its {relation}.",
        "{premise}\n{answer}",
        inverse=True,
    ),
)

SAMPLES = (
    {"premise": "The baker opened a window.", "choice1": "The kitchen was full of smoke.", "choice2": "The bread was on the shelf.", "question": "cause", "idx": 0, "label": 0},
    {"premise": "The boy forgot to water the fern.", "choice1": "The fern grew a new leaf.", "choice2": "The fern dried out.", "question": "effect", "idx": 1, "label": 1},
    {"premise": "I put on a second jumper.", "choice1": "I had lost my gloves.", "choice2": "The heating had broken down.", "question": "cause", "idx": 2, "label": 1},
    {"premise": "The lorry drove over broken glass.", "choice1": "One of its tyres burst.", "choice2": "Its headlights came on.", "question": "effect", "idx": 3, "label": 0},
    {"premise": "The audience rose and clapped.", "choice1": "The pianist had played beautifully.", "choice2": "The pianist had arrived late.", "question": "cause", "idx": 4, "label": 0},
    {"premise": "The girl left her ice cream in the sun.", "choice1": "It froze.", "choice2": "It melted.", "question": "effect", "idx": 5, "label": 1},
    {"premise": "The villagers moved to higher ground.", "choice1": "A new school had been built.", "choice2": "The river was about to flood.", "question": "cause", "idx": 6, "label": 1},
    {"premise": "The man set his alarm for the wrong hour.", "choice1": "He overslept.", "choice2": "He cooked breakfast.", "question": "effect", "idx": 7, "label": 0},
)

TASKS = (
    Task(
        name="copa",
        title="COPA",
        source=Hub(repository="aps/super_glue", config="copa"),
        splits=Splits(train="train", dev="train", test="validation", dev_rows=50),
        sizes={"train": 400, "validation": 100},
        kind="classification",
        columns={"premise": "str", "choice1": "str", "choice2": "str", "question": "str", "idx": "int", "label": "int"},
        read=read,
        inputs=("premise", "relation"),
        templates=TEMPLATES,
        metrics=(accuracy,),
        max_target_tokens=48,
        licence="unknown (SuperGLUE research terms)",
        samples=SAMPLES,
    ),
)

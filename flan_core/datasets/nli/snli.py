"""SNLI: is a statement true of a photograph, to judge by its caption?

Paper      Bowman et al. 2015, https://arxiv.org/abs/1508.05326
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1981 (reading, splits, metric)
"""

from flan_core.metrics import accuracy
from flan_core.task import Drop, Example, Hub, Row, Splits, Task, Template, pick

OPTIONS = ("yes", "it is not possible to tell", "no")


def read(row: Row) -> Example | Drop:
    """Label 0 is entailment, 1 neutral, 2 contradiction; -1 where the annotators did not agree."""
    if row["label"] == -1:
        return Drop("unlabelled")
    return Example(
        fields={"premise": row["premise"].strip(), "hypothesis": row["hypothesis"].strip()},
        options=OPTIONS,
        answer=pick(OPTIONS, row["label"]),
    )


TEMPLATES = (
    Template("Caption: {premise}\n\nIs the following true of the photograph?\n{hypothesis}\n\n{options_}"),
    Template("A photograph shows this: {premise}\n\nDoes it also show this? {hypothesis}\n\n{options_}"),
    Template("Picture the scene. {premise}\n\nNow for a statement about it. {hypothesis}\n\nIs the statement true?\n\n{options_}"),
    Template("Scene: {premise}\nStatement: {hypothesis}\n\n{options_}\n\nTrue of the scene:"),
    Template("{hypothesis}\n\nIs that so in a picture which is described as follows?\n\n{premise}\n\n{options_}"),
    Template("{options_}\n\nYou cannot see the photograph; you only have its caption. Is the guess right?\n\nCaption: {premise}\nGuess: {hypothesis}"),
    Template("A: What is in the picture?\nB: {premise}\nA: I see. Then would this be right, too? {hypothesis}\n\n{options_}\n\nB:"),
    Template("Two people describe the same scene. If the first is right, is the second?\n\nFirst: {premise}\nSecond: {hypothesis}\n\n{options_}"),
    Template("Is the sentence at the end true, as far as one can know from a description of the scene?\n\nDescription: {premise}\n\nSentence: {hypothesis}\n\n{options_}"),
    Template(
        'Write the caption of a photograph and, on the next line, a statement about what it shows. To the question "Is the statement true?" the reply should be "{answer}".',
        "{premise}\n{hypothesis}",
        inverse=True,
    ),
)

SAMPLES = (
    {"premise": "Two girls in yellow raincoats jump into a puddle.", "hypothesis": "Two girls are getting their feet wet.", "label": 0},
    {"premise": "An old man is playing the accordion outside a café.", "hypothesis": "The man hopes to earn money for a new hat.", "label": 1},
    {"premise": "A cyclist rides down a steep forest path.", "hypothesis": "The cyclist is asleep in a tent.", "label": 2},
    {"premise": "A woman in a white coat looks through a microscope.", "hypothesis": "A woman is using a microscope.", "label": 0},
    {"premise": "Several children are building a sandcastle near the water.", "hypothesis": "The children are cousins.", "label": 1},
    {"premise": "A brown horse stands alone in a snowy field.", "hypothesis": "The horse is surrounded by other horses.", "label": 2},
    {"premise": "A cook tosses a pancake while three people watch.", "hypothesis": "People are watching a cook.", "label": 0},
    {"premise": "A man with a red backpack waits on an empty platform.", "hypothesis": "The man is late for work.", "label": 1},
    {"premise": "A little boy is blowing out the candles on a cake.", "hypothesis": "The boy is swimming in the sea.", "label": 2},
)

TASKS = (
    Task(
        name="snli",
        title="SNLI",
        source=Hub(repository="stanfordnlp/snli", config="plain_text"),
        splits=Splits(train="train", dev="validation", test="test"),
        sizes={"train": 550_152, "validation": 10_000, "test": 10_000},
        kind="classification",
        columns={"premise": "str", "hypothesis": "str", "label": "int"},
        read=read,
        inputs=("premise", "hypothesis"),
        long=("premise",),
        templates=TEMPLATES,
        metrics=(accuracy,),
        max_target_tokens=16,
        licence="cc-by-sa-4.0",
        samples=SAMPLES,
    ),
)

"""MNLI: does the second text follow from the first, contradict it, or neither?

Texts of many genres, speech among them. Both tasks train on the same rows; ``mnli_matched`` is
evaluated on genres seen in training and ``mnli_mismatched`` on others.

Paper      Williams et al. 2018, https://arxiv.org/abs/1704.05426
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1875 (reading, splits, metric)
"""

from flan_core.metrics import accuracy
from flan_core.task import Drop, Example, Hub, Row, Splits, Task, Template, pick

OPTIONS = ("yes", "it is not possible to tell", "no")


def read(row: Row) -> Example | Drop:
    """Label 0 is entailment, 1 is neutral, 2 is contradiction."""
    if row["label"] == -1:
        return Drop("unlabelled")
    return Example(
        fields={"premise": row["premise"].strip(), "hypothesis": row["hypothesis"].strip()},
        options=OPTIONS,
        answer=pick(OPTIONS, row["label"]),
    )


TEMPLATES = (
    Template("{premise}\n\nGiven the above, is the following so?\n{hypothesis}\n\n{options_}"),
    Template("Excerpt: {premise}\nInterpretation: {hypothesis}\n\nIs the interpretation correct?\n\n{options_}"),
    Template("Assume that this is true:\n{premise}\n\nIs this then true, too?\n{hypothesis}\n\n{options_}"),
    Template("{hypothesis}\n\nIs that right, to judge by the words below?\n\n{premise}\n\n{options_}"),
    Template("{options_}\n\nGranted that A is true, is B?\n\nA: {premise}\nB: {hypothesis}"),
    Template("Speaker: {premise}\nListener: Am I right if I put it this way? {hypothesis}\n\n{options_}\n\nSpeaker:"),
    Template("You are given a premise and a hypothesis. Judged by the first, is the second true?\n\nPremise: {premise}\nHypothesis: {hypothesis}\n\n{options_}"),
    Template("Our only information is this: {premise}\n\nSomeone asks us whether the following is the case: {hypothesis}\n\nWhat do we reply?\n\n{options_}"),
    Template("Read both lines. If the first is right, is the second right?\n\n> {premise}\n> {hypothesis}\n\n{options_}"),
    Template("Context: {premise}\n\nAssertion: {hypothesis}\n\n{options_}\n\nTrue in this context:"),
)

SAMPLES_MATCHED = (
    {"premise": "The harbour, once full of trawlers, now shelters little more than a dozen pleasure boats.", "hypothesis": "There used to be more fishing boats in the harbour.", "label": 0, "idx": 0},
    {"premise": "yeah well we used to go up to the lake every summer but you know the kids are grown now", "hypothesis": "The speaker has never been to a lake.", "label": 2, "idx": 1},
    {"premise": "The agency will publish its final rule in the autumn.", "hypothesis": "The final rule will be stricter than the draft.", "label": 1, "idx": 2},
    {"premise": "She set the tray down so hard that both cups jumped.", "hypothesis": "There were cups on the tray.", "label": 0, "idx": 3},
    {"premise": "uh-huh i don't own a television and i don't miss it", "hypothesis": "The speaker watches television at home every night.", "label": 2, "idx": 4},
    {"premise": "Entrance to the gardens is free on the first Sunday of each month.", "hypothesis": "The gardens are most crowded on Sundays.", "label": 1, "idx": 5},
    {"premise": "In fact, both candidates voted for the tax that they now denounce.", "hypothesis": "The two candidates once supported the tax.", "label": 0, "idx": 6},
    {"premise": "The chapel has no windows on its northern side.", "hypothesis": "The northern wall of the chapel has three tall windows.", "label": 2, "idx": 7},
)

SAMPLES_MISMATCHED = (
    {"premise": "A violin's front is usually made of spruce, its back of maple.", "hypothesis": "More than one kind of wood goes into a violin.", "label": 0, "idx": 0},
    {"premise": "Your gift of fifty dollars will keep our reading room open for a day.", "hypothesis": "The reading room costs nothing to run.", "label": 2, "idx": 1},
    {"premise": "The flight recorder was found in shallow water on the second morning.", "hypothesis": "A fisherman found the flight recorder.", "label": 1, "idx": 2},
    {"premise": "Babies as young as six months turn towards a voice they know.", "hypothesis": "Some babies react to familiar voices.", "label": 0, "idx": 3},
    {"premise": "oh we lived in Dayton till i was ten and then we moved down to Tampa", "hypothesis": "The speaker has lived in the same town since birth.", "label": 2, "idx": 4},
    {"premise": "Fold the cloth twice, then sew along the open edge.", "hypothesis": "The cloth is made of linen.", "label": 1, "idx": 5},
    {"premise": "The word is first recorded in a sailor's diary of 1704.", "hypothesis": "No older record of the word is known.", "label": 0, "idx": 6},
    {"premise": "Every factory in the study had cut its use of water.", "hypothesis": "One of the factories used more water than before.", "label": 2, "idx": 7},
)


def _task(name: str, size: int, samples: tuple[Row, ...]) -> Task:
    return Task(
        name=f"mnli_{name}",
        title=f"MNLI, {name}",
        source=Hub(repository="nyu-mll/glue", config="mnli"),
        splits=Splits(train="train", dev="train", test=f"validation_{name}"),
        sizes={"train": 392_702, f"validation_{name}": size},
        kind="classification",
        columns={"premise": "str", "hypothesis": "str", "label": "int", "idx": "int"},
        read=read,
        inputs=("premise", "hypothesis"),
        long=("premise",),
        templates=TEMPLATES,
        metrics=(accuracy,),
        max_target_tokens=16,
        licence="other",
        samples=samples,
    )


TASKS = (_task("matched", 9_815, SAMPLES_MATCHED), _task("mismatched", 9_832, SAMPLES_MISMATCHED))

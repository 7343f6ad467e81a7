"""Winogrande: which of two names or nouns fills the blank?

Asked in the partial evaluation form: the prompt ends at the blank, and each option is a candidate
with the rest of the sentence, so that a model weighs how the text goes on.

    sentence  We chose the blue tent over the green one because the _ tent was lighter.
    start     We chose the blue tent over the green one because the ...
    options   blue tent was lighter.
              green tent was lighter.

Paper      Sakaguchi et al. 2020, https://arxiv.org/abs/1907.10641
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1264 (partial evaluation, splits, metric)
"""

import re

from flan_core.metrics import accuracy
from flan_core.task import BadRow, Example, Hub, Row, Splits, Task, Template, pick

_SPACE_BEFORE_MARK = re.compile(r"^\s+(?=[.,;:!?'’])")


def read(row: Row) -> Example:
    """The space that stands between the blank and a mark (``_ 's``, ``_ .``) is closed."""
    if row["sentence"].count("_") != 1:
        raise BadRow(f"the sentence has {row['sentence'].count('_')} blanks, not one")
    if row["answer"] not in ("1", "2"):
        raise BadRow(f"answer {row['answer']!r} is neither '1' nor '2'")
    left, _, right = row["sentence"].partition("_")
    left, right = " ".join(left.split()), _SPACE_BEFORE_MARK.sub("", right.rstrip())
    opens = not left or left[-1] in ".!?"
    options = tuple(_candidate(row[name], opens) + right for name in ("option1", "option2"))
    return Example(
        fields={"start": f"{left} ...".lstrip()},
        options=options,
        answer=pick(options, int(row["answer"]) - 1),
    )


def _candidate(text: str, opens: bool) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:] if opens else text


TEMPLATES = (
    Template("{start}\n\nHow does the text go on?\n{options_}"),
    Template("Complete the text in the way that makes sense.\n\n{start}\n\n{options_}"),
    Template("This is how a short text begins: {start}\n\nWhich ending fits?\n{options_}"),
    Template("{options_}\n\nWhich of these is the sensible way to finish what follows?\n\n{start}"),
    Template("Two endings have been proposed for the text below. Choose the better one.\n\n{start}\n\n{options_}"),
    Template('"{start}" The speaker was interrupted there. What was going to come next?\n\n{options_}'),
    Template("Use common sense to work out who or what is meant, and continue the text.\n\n{options_}\n\nText: {start}"),
    Template("Beginning: {start}\n{options_}\nEnding:"),
    Template("A: The rest of this page has been torn off. Listen: {start}\nB: I can guess how it ends.\nA: How?\n{options_}\nB:"),
    Template("Only one of two continuations agrees with what we know about the world. Find it.\n\nText so far: {start}\n\n{options_}"),
)

SAMPLES = (
    {"sentence": "The poster did not fit on the door because the _ was too wide.", "option1": "poster", "option2": "door", "answer": "1"},
    {"sentence": "The poster did not fit on the door because the _ was too narrow.", "option1": "poster", "option2": "door", "answer": "2"},
    {"sentence": "Nadia asked Ellen for help with the tax form because _ had once worked as an accountant.", "option1": "Nadia", "option2": "Ellen", "answer": "2"},
    {"sentence": "Victor lent Samir his umbrella, since _ had to walk home in the rain.", "option1": "Victor", "option2": "Samir", "answer": "2"},
    {"sentence": "Lena watered the fern but not the cactus, because the _ needs water more often.", "option1": "fern", "option2": "cactus", "answer": "1"},
    {"sentence": "Oscar is a better swimmer than Felix, so _ reached the far side of the lake first.", "option1": "Oscar", "option2": "Felix", "answer": "1"},
    {"sentence": "Maria apologised to Joan at once. _ had been waiting in the cold for an hour.", "option1": "Maria", "option2": "Joan", "answer": "2"},
    {"sentence": "We took the train instead of the bus because the _ would not stop in every village.", "option1": "train", "option2": "bus", "answer": "1"},
)

TASKS = (
    Task(
        name="winogrande",
        title="Winogrande",
        source=Hub(repository="allenai/winogrande", config="winogrande_xl"),
        splits=Splits(train="train", dev="train", test="validation"),
        sizes={"train": 40_398, "validation": 1_267},
        kind="classification",
        columns={"sentence": "str", "option1": "str", "option2": "str", "answer": "str"},
        read=read,
        inputs=("start",),
        templates=TEMPLATES,
        metrics=(accuracy,),
        max_target_tokens=48,
        licence="unknown",
        samples=SAMPLES,
    ),
)

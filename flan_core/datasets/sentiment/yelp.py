"""Yelp polarity: is this customer's review good or bad?

Paper      Zhang et al. 2015, https://arxiv.org/abs/1509.01626
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1303 (reading, splits, metric)
"""

import re

from flan_core.metrics import accuracy
from flan_core.task import Drop, Example, Hub, Row, Splits, Task, Template, pick

OPTIONS = ("negative", "positive")

_QUOTE = re.compile(r'\\?""|\\"')


def read(row: Row) -> Example | Drop:
    r"""Label 1 is positive (the source names it "2"); the source escapes ``"`` and line breaks."""
    if row["label"] == -1:
        return Drop("unlabelled")
    text = _QUOTE.sub('"', row["text"]).replace("\\n", "\n")
    return Example(
        fields={"review": text.strip()},
        options=OPTIONS,
        answer=pick(OPTIONS, row["label"]),
    )


TEMPLATES = (
    Template("{review}\n\nWhat impression did the customer take away?\n\n{options_}"),
    Template("Here is a customer's review of a business.\n\n{review}\n\nIs the verdict positive or negative?\n\n{options_}"),
    Template("{options_}\n\nClassify the review below by its sentiment.\n\n{review}"),
    Template("The owner of a business finds this review online. What kind of review is it?\n\n{review}\n\n{options_}"),
    Template("Review:\n{review}\n\n{options_}\n\nThe customer's experience was"),
    Template("Reviews with one or two stars count as negative, those with more as positive. The stars of this one are hidden. What does it count as?\n\n{review}\n\n{options_}"),
    Template("A: What do people say about the place?\nB: The latest review reads as follows. {review}\nA: And how would you sum that up?\n\n{options_}\n\nB:"),
    Template("Write a {answer} review of a restaurant, a shop or any other business.", "{review}", inverse=True),
    Template("Your visit is over, and what you think of the place is {answer}. Let other customers know.", "{review}", inverse=True),
    Template("Make up a customer review.\nSentiment: {answer}\nText:", "{review}", inverse=True),
)

SAMPLES = (
    {"text": "We had the corner table and the best dumplings I have eaten in years. The waiter even drew a map to the night market for us. We'll be back!", "label": 1},
    {"text": "Waited fifty minutes for a cold sandwich. When I asked about it, the manager said \\\"\"that's lunchtime for you\\\"\" and walked off.", "label": 0},
    {"text": "Dr Amani took her time, explained everything, and never once looked at the clock.\\n\\nThe front desk is just as kind.", "label": 1},
    {"text": "They lost my coat, then my ticket, and then their temper. Find another dry cleaner.", "label": 0},
    {"text": "A tiny bookshop with a huge heart. I came for one novel and left with six and a bookmark on the house.", "label": 1},
    {"text": "The room smelled of paint, the shower was a trickle, and the \\\"\"sea view\\\"\" was a car park. Never again.", "label": 0},
    {"text": "Fair prices, quick work, and they showed me the old brake pads. My car has been quiet ever since.", "label": 1},
    {"text": "I wanted to like this gym. Half of the machines are broken, though, and nobody answers the phone.\\nI have cancelled my membership.", "label": 0},
)

TASKS = (
    Task(
        name="yelp",
        title="Yelp",
        source=Hub(repository="fancyzhx/yelp_polarity", config="plain_text"),
        splits=Splits(train="train", dev="train", test="test"),
        sizes={"train": 560_000, "test": 38_000},
        kind="classification",
        columns={"text": "str", "label": "int"},
        read=read,
        inputs=("review",),
        long=("review",),
        templates=TEMPLATES,
        metrics=(accuracy,),
        max_target_tokens=8,
        licence="other (Yelp terms)",
        samples=SAMPLES,
    ),
)

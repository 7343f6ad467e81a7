"""IMDB: is this film review for or against the film?

Paper      Maas et al. 2011, https://aclanthology.org/P11-1015
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1066 (reading, splits, metric)
"""

import re

from flan_core.metrics import accuracy
from flan_core.task import Drop, Example, Hub, Row, Splits, Task, Template, pick

OPTIONS = ("negative", "positive")

_BREAK = re.compile(r" *<br */?> *")


def read(row: Row) -> Example | Drop:
    """Label 1 is positive, and HTML line breaks become real ones; files are sorted by label."""
    if row["label"] == -1:
        return Drop("unlabelled")
    return Example(
        fields={"review": _BREAK.sub("\n", row["text"]).strip()},
        options=OPTIONS,
        answer=pick(OPTIONS, row["label"]),
    )


TEMPLATES = (
    Template("{review}\n\nWhat did the writer of this review think of the film?\n\n{options_}"),
    Template("Film review:\n{review}\n\nTaken as a whole, does it come down on the positive or the negative side?\n\n{options_}"),
    Template("Read what a viewer has to say and decide whether it is praise (positive) or criticism (negative).\n\n{review}\n\n{options_}"),
    Template("{options_}\n\nWhich of the two words describes the opinion of this viewer?\n\n{review}"),
    Template("Friend: Should I see it?\nMe: Let me read you what somebody wrote.\n\n{review}\n\nFriend: Thanks! And what sort of review would you call that?\n\n{options_}\n\nMe:"),
    Template("A website shows positive reviews in green and negative ones in red. Where does the next review belong?\n\n{review}\n\n{options_}"),
    Template("Review: {review}\n\n{options_}\n\nOverall verdict:"),
    Template("Write a review of a film or a series. It should be {answer}.", "{review}", inverse=True),
    Template("You come home from the cinema, and your impression is {answer}. Tell the readers of a film site about it at some length.", "{review}", inverse=True),
    Template("Subject: a film of your choice\nVerdict: {answer}\nReview:", "{review}", inverse=True),
)

SAMPLES = (
    {"text": "I went in expecting very little and came out smiling. The Orchard Thief is slow, yes, but every minute of it is lovingly made.<br /><br />See it on a big screen if you can.", "label": 1},
    {"text": "How do you make a film about pirates dull? Ask the people behind Salt and Bone. Not one joke lands, and the sea looks like a bathtub.", "label": 0},
    {"text": "My grandmother and I both loved this one, which must be a first. The songs are catchy, the villain is splendid, and nobody gets hurt.", "label": 1},
    {"text": "I gave up after an hour. The hero explains the plot to his dog, and even the dog looks as if it wants to leave.<br /><br />2 out of 10.", "label": 0},
    {"text": "A small film with a big heart. Hanna Lund is wonderful as the lonely bus driver, and the last scene has stayed with me for weeks.", "label": 1},
    {"text": "The trailer shows the only three good scenes. The rest is people shouting in corridors. I want my evening back.", "label": 0},
    {"text": "I have seen Night Ferry five times now, and I still notice new things. The dialogue is sharp and the music is perfect. Highly recommended.", "label": 1},
    {"text": "This sequel has nothing of what made the first part so charming. The cast looks tired, the effects look cheap, and the ending makes no sense.", "label": 0},
)

TASKS = (
    Task(
        name="imdb",
        title="IMDB",
        source=Hub(repository="stanfordnlp/imdb", config="plain_text"),
        splits=Splits(train="train", dev="train", test="test"),
        sizes={"train": 25_000, "test": 25_000},
        kind="classification",
        columns={"text": "str", "label": "int"},
        read=read,
        inputs=("review",),
        long=("review",),
        templates=TEMPLATES,
        metrics=(accuracy,),
        max_target_tokens=8,
        licence="other",
        samples=SAMPLES,
    ),
)

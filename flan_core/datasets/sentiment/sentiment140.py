"""Sentiment140: is this tweet in a good or a bad mood?

Paper      Go et al. 2009, Twitter Sentiment Classification using Distant Supervision
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:983 (reading, splits, metric; its filter of
           neutral tweets is never applied: they count as negative there)
"""

from html import unescape

from flan_core.metrics import accuracy
from flan_core.task import Drop, Example, Hub, Row, Splits, Task, Template

OPTIONS = ("negative", "positive")
ANSWERS = {0: "negative", 4: "positive"}


def read(row: Row) -> Example | Drop:
    """Polarity is 0 or 4, in the test rows also 2 for neutral; training rows are sorted by it."""
    if row["sentiment"] not in ANSWERS:
        return Drop("neither negative nor positive")
    return Example(
        fields={"tweet": unescape(row["text"]).strip()},
        options=OPTIONS,
        answer=ANSWERS[row["sentiment"]],
    )


TEMPLATES = (
    Template("{tweet}\n\nIn what mood was this tweet written?\n\n{options_}"),
    Template("Tweet: {tweet}\n\nIs the person who posted it in good spirits (positive) or not (negative)?\n\n{options_}"),
    Template("{options_}\n\nGive the sentiment of the message below.\n\n{tweet}"),
    Template("You read this on Twitter:\n{tweet}\n\nWhich feeling comes across?\n\n{options_}"),
    Template("@you: {tweet}\n\nBefore you write back: does that sound positive or negative?\n\n{options_}"),
    Template("We count happy and unhappy tweets. To which side does this one go, positive or negative?\n\n{tweet}\n\n{options_}"),
    Template("Message: {tweet}\n\n{options_}\n\nMood:"),
    Template("Write a {answer} tweet.", "{tweet}", inverse=True),
    Template("In a few words, as people do on Twitter, share a thought or a piece of news whose tone is {answer}.", "{tweet}", inverse=True),
    Template("Mood of the day: {answer}\nTweet of the day:", "{tweet}", inverse=True),
)

SAMPLES = (
    {"text": "finally finished my thesis, time for ice cream!!", "date": "Mon Apr 06 22:19:45 PDT 2009", "user": "inkandtea", "sentiment": 4, "query": "NO_QUERY"},
    {"text": "My bike got stolen. Again. Walking to work in the rain.", "date": "Tue Apr 07 07:02:11 PDT 2009", "user": "pedalpete", "sentiment": 0, "query": "NO_QUERY"},
    {"text": "@mollyk thanks for the lovely postcard &lt;3", "date": "Fri Apr 17 20:30:12 PDT 2009", "user": "southwindow", "sentiment": 4, "query": "NO_QUERY"},
    {"text": "third headache this week, I just want to sleep", "date": "Sun May 03 01:44:58 PDT 2009", "user": "grey_lark", "sentiment": 0, "query": "NO_QUERY"},
    {"text": "Sunshine, coffee &amp; a day off. Life is good.", "date": "Sat May 16 09:12:37 PDT 2009", "user": "harborcat", "sentiment": 4, "query": "NO_QUERY"},
    {"text": "missed the last train home, so sad right now", "date": "Sat May 30 23:51:04 PDT 2009", "user": "lateagain", "sentiment": 0, "query": "NO_QUERY"},
    {"text": "I love the new library downtown! Best reading room ever.", "date": "Mon Jun 01 17:25:40 PDT 2009", "user": "page_turner", "sentiment": 4, "query": "library"},
    {"text": "That phone is a waste of money. The battery is dead by noon.", "date": "Sun Jun 07 12:08:29 PDT 2009", "user": "wirelesswoes", "sentiment": 0, "query": "phone"},
)

TASKS = (
    Task(
        name="sentiment140",
        title="Sentiment140",
        source=Hub(repository="stanfordnlp/sentiment140", revision="refs/pr/6"),
        splits=Splits(train="train", dev="train", test="test"),
        sizes={"train": 1_600_000, "test": 498},
        kind="classification",
        columns={"text": "str", "date": "str", "user": "str", "sentiment": "int", "query": "str"},
        read=read,
        inputs=("tweet",),
        templates=TEMPLATES,
        metrics=(accuracy,),
        max_target_tokens=8,
        licence="unknown",
        samples=SAMPLES,
    ),
)

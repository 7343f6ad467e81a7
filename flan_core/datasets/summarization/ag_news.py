"""AG News: which section of the paper does this item belong to?

Labels go by name: the source counts 1 World, 2 Sports, 3 Business, 4 Sci/Tech. Remains of HTML and
backslashes in the text are cleaned up.

Paper      Zhang et al. 2015, https://arxiv.org/abs/1509.01626
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:902 (splits, options, metric)
"""

import re
from html import unescape

from flan_core.metrics import accuracy
from flan_core.task import BadRow, Drop, Example, Hub, Row, Splits, Task, Template

OPTIONS = ("World", "Sports", "Business", "Science/Tech")
NAMES = {1: "World", 2: "Sports", 3: "Business", 4: "Science/Tech"}

_ENTITY = re.compile(r" ?&?#(\d+);")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")


def _text(raw: str) -> str:
    text = _ENTITY.sub(lambda found: chr(int(found[1])), raw.replace("\\", " "))
    return " ".join(_TAG.sub(" ", unescape(unescape(text))).split())


def read(row: Row) -> Example | Drop:
    """A row without a title or a text is left out."""
    if row["label"] not in NAMES:
        raise BadRow(f"label {row['label']!r} is not in 1..4")
    title, text = _text(row["title"]), _text(row["description"])
    if not title or not text:
        return Drop("empty title or text")
    return Example(fields={"title": title, "text": text}, options=OPTIONS, answer=NAMES[row["label"]])


TEMPLATES = (
    Template("{title}\n\n{text}\n\nWhich section of a newspaper does this belong to?\n{options_}"),
    Template("Sort this news item by topic.\n\nTitle: {title}\nText: {text}\n\n{options_}"),
    Template('An article called "{title}" begins like this:\n\n{text}\n\nWhat kind of news is it?\n{options_}'),
    Template("{options_}\n\nUnder which of these headings would you print the following?\n\n{title}\n{text}"),
    Template("Headline: {title}\nStory: {text}\nTopic:\n\n{options_}"),
    Template("{text}\n\nThe piece above ran under this title: {title}\nChoose its category.\n\n{options_}"),
    Template("A: I have just read this. {title}: {text}\nB: Which part of the paper was it in?\n{options_}\nA:"),
    Template('Our site has four sections:\n{options_}\n\nWhere does the report "{title}" go?\n\n{text}'),
    Template("Write the opening of a news report for the {answer} section.", "{text}", inverse=True),
    Template("Invent a headline and a short report. The topic is {answer}.", "{title}\n\n{text}", inverse=True),
)

SAMPLES = (
    {"label": 1, "title": "Talks on Border Resume in Geneva", "description": "GENEVA - Diplomats from both countries met on Tuesday for the first time since spring to discuss their common border."},
    {"label": 2, "title": "Late Goal Sends Rovers Through", "description": "A header in the last minute took the Rovers to the semi-finals of the cup, to the joy of 30,000 fans."},
    {"label": 3, "title": "Grocer #39;s Profit Beats Forecasts", "description": "Shares in the supermarket chain rose six per cent after it reported higher sales and opened 40 new stores."},
    {"label": 4, "title": "Probe Sends First Pictures of Comet", "description": "After a journey of nine years, the space probe has sent home sharp pictures of the comet #39;s icy surface."},
    {"label": 1, "title": "Voters Queue in Island Election", "description": "Polling stations stayed open until midnight as the island republic chose a new president on Sunday."},
    {"label": 4, "title": "Browser Update Closes Security Hole", "description": "The makers of the popular Web browser have released an update that fixes a flaw in the way it handles images."},
    {"label": 2, "title": "Sprinter Withdraws With Injury", "description": "The champion will miss the relay on Friday after pulling a muscle in training,\\her coach said."},
    {"label": 3, "title": "Carmaker to Cut 2,000 Jobs", "description": "The company said that weak demand for large cars had forced it to close one of its plants."},
)

TASKS = (
    Task(
        name="ag_news",
        title="AG News",
        source=Hub(repository="sh0416/ag_news"),
        splits=Splits(train="train", dev="train", test="test"),
        sizes={"train": 120_000, "test": 7_600},
        kind="classification",
        columns={"label": "int", "title": "str", "description": "str"},
        read=read,
        inputs=("title", "text"),
        long=("text",),
        templates=TEMPLATES,
        metrics=(accuracy,),
        max_target_tokens=8,
        licence="unknown",
        samples=SAMPLES,
    ),
)

"""CNN/Daily Mail: which points would the editor list beside this news article?

The article loses its dateline or byline ("LONDON, England (CNN) -- ", "By . Ann Lee . PUBLISHED: . …"),
and the web page's "E-mail to a friend" goes. Free-standing full stops (" . ") join the word before them,
or vanish before a small letter, where the source had a line break. The original meant to strip datelines
too, but kept what stood before the separator.

Paper      Hermann et al. 2015, https://arxiv.org/abs/1506.03340; See et al. 2017, https://arxiv.org/abs/1704.04368
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:488 (splits, metric)
"""

import re

from flan_core.metrics import rouge1, rouge2, rouge_lsum
from flan_core.task import Drop, Example, Hub, Row, Splits, Task, Template

_OPENINGS = (
    # LONDON, England (CNN) -- …    (Mental Floss) -- …    (CNN)Texas Sen. …
    re.compile(r"""^[^()"?!]{0,60}\([^()]{2,40}\)\s*--\s*|^[^()"?!]{0,60}\(CNN\)\s*"""),
    # PARIS, France -- …
    re.compile(r"^[A-Z]{2}[A-Z.' -]*(?:[,.] [A-Z][\w.' -]{1,30})? +-- +"),
    # By . Ann Lee . and Bob Ray . PUBLISHED: . 13:30 EST, 3 January 2013 . | . UPDATED: . … 2013 .
    re.compile(
        r"^By \. [^.]{1,80} \. (?:and [^.]{1,60} \. )*"
        r"(?:PUBLISHED: \. [^.|]{1,40} \. )?(?:\| \. )?(?:UPDATED: \. [^.|]{1,40} \. )?"
        r"(?:Last updated at [^.]{1,60} \. )?"
    ),
)
_BREAK = re.compile(r" \.(?= +[a-z])")
_STOP = re.compile(r" \.(?=\s|$)")
_LINK = re.compile(r"\s*E-mail to a friend \.")


def _article(text: str) -> str:
    for opening in _OPENINGS:
        text = opening.sub("", text)
    return _STOP.sub(".", _BREAK.sub("", _LINK.sub("", text))).strip()


def _highlights(text: str) -> str:
    """Put each point on its own line, whether the source did so or not."""
    points = _BREAK.sub("", text).replace(" . ", " .\n").split("\n")
    return "\n".join(_STOP.sub(".", point).strip() for point in points if point.strip())


def read(row: Row) -> Example | Drop:
    """The highlights are the summary, one point a line."""
    article, highlights = _article(row["article"]), _highlights(row["highlights"])
    if not article or not highlights:
        return Drop("empty article or highlights")
    return Example(fields={"article": article}, answer=highlights)


TEMPLATES = (
    Template("{article}\n\nList the main points of this article, one on each line."),
    Template("What are the highlights of the following news story?\n\n{article}"),
    Template("News article:\n{article}\n\nIn brief:"),
    Template("Someone has half a minute to learn what this article says. Give the key facts.\n\n{article}"),
    Template("Read the report below and write the bullet points that an editor would print beside it.\n\n{article}"),
    Template("{article}\n\nWhat happened? Answer in a few short sentences."),
    Template("Reader: I have no time for the whole piece. What does it say?\n\n{article}\n\nEditor:"),
    Template("Condense this story into its most important statements:\n\n{article}"),
    Template("These are the main points of a news article:\n\n{answer}\n\nWrite the article.", "{article}", inverse=True),
    Template("Expand the following notes into a full news report.\n\n{answer}", "{article}", inverse=True),
)

SAMPLES = (
    {"article": "LISBON, Portugal (CNN) -- A ferry with 212 passengers ran aground near the mouth of the Tagus on Sunday morning. No one was hurt, the coast guard said. Thick fog had cut visibility to less than 50 metres. Tugboats freed the ship at high tide, about six hours later. The ferry company has offered all passengers a refund.", "highlights": "Ferry with 212 passengers ran aground near Lisbon in thick fog .\nNo one was hurt; tugboats freed the ship after six hours .", "id": "sample0001"},
    {"article": "By . Helen Marsh . PUBLISHED: . 09:12 EST, 4 March 2013 . | . UPDATED: . 11:40 EST, 4 March 2013 . A retired teacher has grown what may be the heaviest pumpkin in Yorkshire. Alan Firth, 71, needed a forklift to move the giant, which weighs as much as a small car. He says the secret is rainwater and patience. It will be shown at the village fair on Saturday.", "highlights": "Alan Firth, 71, has grown a pumpkin as heavy as a small car .\nThe retired teacher credits rainwater and patience .", "id": "sample0002"},
    {"article": "(CNN) -- Astronomers have found a planet that circles two stars. The planet is about the size of Neptune and takes 143 days for one orbit. It was spotted by a team of students who had been checking old telescope data by hand. Their professor said she did not believe it at first.", "highlights": "Students find a planet that circles two stars .\nThe planet is about as big as Neptune and was hidden in old data .", "id": "sample0003"},
    {"article": "NAIROBI, Kenya -- Runner Grace Wanjiru won her third straight marathon on Saturday, in a time of 2 hours, 24 minutes and 8 seconds. The 29-year-old pulled away from the field with five kilometres to go. She now plans to rest before the world championships in August.", "highlights": "Grace Wanjiru wins her third marathon in a row .\nShe will rest before the world championships in August .", "id": "sample0004"},
    {"article": "Boston (CNN)The city's oldest public library reopened on Monday after two years of repairs. The reading room has a new glass roof, and 40,000 books that were kept in the cellar are back on the shelves. The work cost $18 million, a fifth less than planned.", "highlights": "Boston's oldest public library is open again after two years .\nThe repairs cost $18 million, a fifth less than planned .", "id": "sample0005"},
    {"article": "By . Peter Lowe . A family dog that vanished in Wales has turned up 200 miles away. Biscuit, a four-year-old beagle, was found asleep in a baker's van in Norwich. The driver had no idea that he had a passenger. Biscuit is now back with the Price family and has put on a little weight.", "highlights": "Beagle lost in Wales is found in a van in Norwich, 200 miles away .\nBiscuit is back home with the Price family .", "id": "sample0006"},
    {"article": "Schools in the north of the country will stay closed until Thursday because of the heat. Temperatures reached 41 degrees on Monday, the highest ever measured in June. Hospitals have called in extra staff, and the railway has asked people not to travel without need.", "highlights": "Schools in the north stay closed until Thursday because of record heat .\nHospitals call in extra staff, and people are asked to avoid the trains .", "id": "sample0007"},
    {"article": "(Reuters) -- A Dutch company says that it can turn old fishing nets into carpet. It collects about 600 tonnes of nets from harbours in Europe each year. The nylon is melted, cleaned and spun into new yarn. The first hotel with such carpets opens in Rotterdam next month.", "highlights": "Dutch company turns old fishing nets into carpet .\nA hotel in Rotterdam will be the first to use it .", "id": "sample0008"},
)

TASKS = (
    Task(
        name="cnn_dailymail",
        title="CNN/Daily Mail",
        source=Hub(repository="abisee/cnn_dailymail", config="3.0.0"),
        splits=Splits(train="train", dev="validation", test="test"),
        sizes={"train": 287_113, "validation": 13_368, "test": 11_490},
        kind="generation",
        columns={"article": "str", "highlights": "str", "id": "str"},
        read=read,
        inputs=("article",),
        long=("article",),
        templates=TEMPLATES,
        metrics=(rouge1, rouge2, rouge_lsum),
        max_target_tokens=128,
        licence="apache-2.0",
        samples=SAMPLES,
    ),
)

"""Newsroom: which summary did the publisher give this article?

The data come only after signing a form, as ``train.jsonl``, ``dev.jsonl`` and ``test.jsonl``.

Paper      Grusky et al. 2018, https://arxiv.org/abs/1804.11283
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:572 (splits, metric)
"""

import json
from collections.abc import Iterator
from pathlib import Path

from flan_core.metrics import rouge1, rouge2, rouge_lsum
from flan_core.task import Drop, Example, Files, Row, Splits, Task, Template

COLUMNS = {
    "text": "str",
    "summary": "str",
    "title": "str",
    "url": "str",
    "date": "str",
    "density_bin": "str",
    "coverage_bin": "str",
    "compression_bin": "str",
    "density": "float",
    "coverage": "float",
    "compression": "float",
}


def parse(path: Path) -> Iterator[Row]:
    """One JSON object a line; keys that are no column (``archive``) are left behind."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            article = json.loads(line)
            yield {name: article[name] for name in COLUMNS}


def read(row: Row) -> Example | Drop:
    """Rows without a text or a summary are left out."""
    text, summary = (row["text"] or "").strip(), (row["summary"] or "").strip()
    if not text or not summary:
        return Drop("empty text or summary")
    return Example(fields={"text": text}, answer=summary)


TEMPLATES = (
    Template("{text}\n\nSummarise the article above."),
    Template("Which one or two sentences would you print under the title of this article?\n\n{text}"),
    Template("Article:\n\n{text}\n\nSummary:"),
    Template("Someone shares the following story online. Write the short description that appears with the link.\n\n{text}"),
    Template("{text}\n\nWhat is the gist of this piece?"),
    Template("Boil this text down to what matters most.\n\n{text}"),
    Template("Friend: I saw you reading this.\n\n{text}\n\nFriend: What is it about?\nYou:"),
    Template("Tell a busy reader in as few words as possible what the text below reports.\n\n{text}"),
    Template("Write a news article that could be summed up like this:\n\n{answer}", "{text}", inverse=True),
    Template("Summary: {answer}\n\nFull article:", "{text}", inverse=True),
)


def _sample(number: int, title: str, text: str, summary: str) -> Row:
    return {
        "text": text,
        "summary": summary,
        "title": title,
        "url": f"http://news.example/{number}",
        "date": f"201504{number:02d}120000",
        "density_bin": "low",
        "coverage_bin": "medium",
        "compression_bin": "low",
        "density": 1.5,
        "coverage": 0.8,
        "compression": 4.0,
    }


SAMPLES = (
    _sample(1, "Old Mill Finds New Life", "The mill at Harrow Creek stood empty for thirty years. This spring, three families moved in. They have turned the ground floor into a workshop for furniture and the upper floors into flats. The wheel still turns, and it now drives a small generator that lights the yard.", "Three families have moved into the mill at Harrow Creek and turned it into a workshop with flats."),
    _sample(2, "A Rink Without Ice", "Skaters in Tucson no longer need ice. The city has opened a rink made of plastic panels, which works in any weather and needs no cooling. Regulars say that it is slower than ice. Children do not seem to mind.", "Tucson has opened a skating rink of plastic panels that needs no ice."),
    _sample(3, "Strings From the Street", "Every Thursday, a dozen musicians meet under the railway bridge in Ghent. None of them has a home. A retired cellist started the group two years ago with instruments from a flea market. In May they will play in the city's concert hall for the first time.", "Homeless musicians in Ghent, led by a retired cellist, will play in the city's concert hall."),
    _sample(4, "Slow Start for Wheat", "A dry April has set back the wheat harvest in the plains. Farmers expect to cut two weeks later than usual. Prices have already risen by four per cent, and bakers warn that bread may follow.", "A dry April delays the wheat harvest and pushes up prices."),
    _sample(5, "Pool Opens at Dawn", "The public pool in Leith will open at five in the morning from next week. Nurses from the nearby hospital had asked for it, since their night shift ends at half past four. Lifeguards will be paid extra for the early hours.", "Leith's public pool will open at five so that nurses can swim after the night shift."),
    _sample(6, "Bees Move Downtown", "There are now forty beehives on the roofs of Kansas City's offices. The companies pay a beekeeper to look after them and give the honey to clients. Last year it came to half a ton.", "Forty beehives on office roofs in Kansas City gave half a ton of honey last year."),
    _sample(7, "A Bridge for Toads", "Each March, thousands of toads cross the road at Weir Lake, and many do not make it. Volunteers used to carry them over in buckets. The county has now built a tunnel, and on its first night a camera counted 640 toads.", "A new tunnel lets toads cross the road at Weir Lake; 640 used it on the first night."),
    _sample(8, "Chess Club Wins by a Hair", "The chess club of Porto beat its rivals from Braga on Sunday, by three and a half points to two and a half. The last game took six hours. It was decided by the youngest player in the hall, who is eleven.", "An eleven-year-old decided the match as Porto's chess club beat Braga."),
)

TASKS = (
    Task(
        name="newsroom",
        title="Newsroom",
        source=Files(
            url="https://lil.nlp.cornell.edu/newsroom/",
            where="fill in the form at https://summari.es/download/, agree to its terms (research use), and unpack the archive",
            files={"train": "train.jsonl", "validation": "dev.jsonl", "test": "test.jsonl"},
            parse=parse,
        ),
        splits=Splits(train="train", dev="validation", test="test"),
        sizes={"train": 995_041, "validation": 108_837, "test": 108_862},
        kind="generation",
        columns=COLUMNS,
        read=read,
        inputs=("text",),
        long=("text",),
        templates=TEMPLATES,
        metrics=(rouge1, rouge2, rouge_lsum),
        max_target_tokens=128,
        licence="other (form to sign)",
        samples=SAMPLES,
    ),
)

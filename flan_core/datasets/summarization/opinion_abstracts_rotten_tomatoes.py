"""Opinion abstracts, films: what do the critics agree on?

The first ten reviews are numbered; a film's name, ``the_long_harbour``, is put in title case.

Paper      Wang and Ling 2016, https://aclanthology.org/N16-1007
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:592 (splits, fields, metric)
"""

import json
from collections.abc import Iterator
from pathlib import Path

from flan_core.metrics import rouge1, rouge2, rouge_lsum
from flan_core.task import Drop, Example, Files, Row, Splits, Task, Template

MOST = 10
SMALL_WORDS = ("a", "an", "and", "at", "by", "for", "in", "of", "on", "or", "the", "to")


def parse(path: Path) -> Iterator[Row]:
    """The file is one list; its reviews are an object from a key to a text."""
    for film in json.loads(path.read_text(encoding="utf-8")):
        yield {
            "_movie_name": film["_movie_name"],
            "_movie_id": str(film["_movie_id"]),
            "_critics": {"key": list(film["_critics"]), "value": list(film["_critics"].values())},
            "_critic_consensus": film["_critic_consensus"],
        }


def _title(name: str) -> str:
    """Put a film's name in title case, ``the_long_road_to_hull`` as ``The Long Road to Hull``."""
    words = name.replace("_", " ").split()
    cased = [word if i and word in SMALL_WORDS else word[0].upper() + word[1:] for i, word in enumerate(words)]
    return " ".join(cased)


def read(row: Row) -> Example | Drop:
    """The consensus is the answer."""
    reviews = [" ".join(review.split()) for review in row["_critics"]["value"]]
    numbered = [f"{i}. {review}" for i, review in enumerate(filter(None, reviews[:MOST]), 1)]
    consensus = row["_critic_consensus"].strip()
    if not numbered or not consensus:
        return Drop("no reviews or no consensus")
    fields = {"movie": _title(row["_movie_name"]), "reviews": "\n".join(numbered)}
    return Example(fields=fields, answer=consensus)


TEMPLATES = (
    Template('Here are some reviews of the film "{movie}":\n\n{reviews}\n\nWhat do the critics think on the whole?'),
    Template("{reviews}\n\nThese reviews are about the film {movie}. Sum them up in one verdict."),
    Template("Film: {movie}\n\nReviews:\n{reviews}\n\nConsensus:"),
    Template('I am wondering whether to see "{movie}". What is the general opinion, given these reviews?\n\n{reviews}'),
    Template('Write a sentence or two that would sum up the reception of "{movie}".\n\n{reviews}'),
    Template('A: How was "{movie}" received? I have found these reviews.\n\n{reviews}\n\nB:'),
    Template('{reviews}\n\nWhat would all of these critics of "{movie}" more or less agree on?'),
    Template('Weigh the voices below against each other and give the overall judgement on the film "{movie}".\n\n{reviews}'),
    Template('The critics\' verdict on "{movie}" is as follows: {answer}\n\nMake up a list of reviews that would lead to it.', "{reviews}", inverse=True),
    Template('Make up what the critics agree on about a film called "{movie}".', "{answer}", inverse=True),
)

SAMPLES = (
    {"_movie_name": "the_long_harbour", "_movie_id": "900000001", "_critics": {"key": ["1", "2", "3"], "value": ["A slow film, but every image counts.", "Two hours of fog and silence that I would gladly see again.", "Beautiful, if you have the patience."]}, "_critic_consensus": "Slow but beautiful, The Long Harbour rewards patient viewers."},
    {"_movie_name": "robot_picnic", "_movie_id": "900000002", "_critics": {"key": ["1", "2"], "value": ["The jokes come fast and most of them land.", "My children laughed from start to finish, and so did I."]}, "_critic_consensus": "Robot Picnic is a quick and funny film for the whole family."},
    {"_movie_name": "night_shift_at_dawn", "_movie_id": "900000003", "_critics": {"key": ["1", "2", "3"], "value": ["A thriller without thrills.", "One can see the ending coming after ten minutes.", "The lead actress deserves a better script."]}, "_critic_consensus": "A strong lead cannot save a thriller this predictable."},
    {"_movie_name": "seven_letters", "_movie_id": "900000004", "_critics": {"key": ["1", "2"], "value": ["A love story told only through letters, and it works.", "Warm, clever and never too sweet."]}, "_critic_consensus": "Told through letters alone, this romance is warm and clever."},
    {"_movie_name": "the_last_engine", "_movie_id": "900000005", "_critics": {"key": ["1", "2", "3"], "value": ["The train scenes are splendid.", "Splendid to look at, but the people in it remain strangers.", "All steam and no heart."]}, "_critic_consensus": "The Last Engine looks splendid but lacks heart."},
    {"_movie_name": "ghost_of_a_chance", "_movie_id": "900000006", "_critics": {"key": ["1", "2"], "value": ["Not scary and not funny either.", "It cannot decide whether it is a comedy or a horror film."]}, "_critic_consensus": "Neither scary nor funny, Ghost of a Chance never finds its tone."},
    {"_movie_name": "small_town_strings", "_movie_id": "900000007", "_critics": {"key": ["1", "2", "3"], "value": ["The music alone is worth the ticket.", "A documentary that sings.", "I left the cinema humming."]}, "_critic_consensus": "This documentary about village musicians is a joy to listen to."},
    {"_movie_name": "march_of_the_moss", "_movie_id": "900000008", "_critics": {"key": ["1", "2"], "value": ["Who knew that moss could be this exciting?", "Patient camera work and a dry wit make this a treat."]}, "_critic_consensus": "With wit and patience, this nature film makes moss exciting."},
)

TASKS = (
    Task(
        name="opinion_abstracts_rotten_tomatoes",
        title="Opinion abstracts, films",
        source=Files(
            url="https://web.eecs.umich.edu/~wangluxy/datasets/opinion_abstracts.zip",
            where="download the archive and take rottentomatoes.json from its folder opinion_abstracts",
            files={"train": "rottentomatoes.json"},
            parse=parse,
        ),
        splits=Splits(train="train", dev="train", test="train", dev_rows=100, test_rows=500),
        sizes={"train": 3_731},
        kind="generation",
        columns={
            "_movie_name": "str",
            "_movie_id": "str",
            "_critics": "{key: list[str], value: list[str]}",
            "_critic_consensus": "str",
        },
        read=read,
        inputs=("movie", "reviews"),
        long=("reviews",),
        templates=TEMPLATES,
        metrics=(rouge1, rouge2, rouge_lsum),
        max_target_tokens=64,
        licence="unknown (none stated)",
        samples=SAMPLES,
    ),
)

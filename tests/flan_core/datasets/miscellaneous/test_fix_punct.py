"""Fix punctuation: the prompt is the sentence without its marks, the target the sentence."""

import gzip
from pathlib import Path

import pytest

from flan_core.datasets.miscellaneous.fix_punct import parse, read
from flan_core.errors import BadInput
from flan_core.task import Drop, Example


def row(english: str) -> dict[str, dict[str, str]]:
    return {"translation": {"en": english, "da": ""}}


@pytest.mark.parametrize(
    ("sentence", "bare"),
    [
        ('"No," she  said: it\'s 2.5 miles.', "No she said its 2.5 miles"),
        ("The well-known shop (No. 9) opens at 10:30!", "The well known shop No 9 opens at 10:30"),
        ("In 1990, 25% left; R&D stayed…", "In 1990 25% left R&D stayed"),
        ("Pay 12,50 or 3-5 euros/day - why not?", "Pay 12,50 or 3-5 euros day why not"),
    ],
)
def test_marks_go_but_not_those_inside_a_number(sentence: str, bare: str):
    assert read(row(sentence)) == Example(fields={"bare": bare}, answer=" ".join(sentence.split()))


def test_a_sentence_with_nothing_to_put_back_is_left_out():
    assert read(row("More ways to pay")) == Drop("no punctuation")
    assert read(row("- ... -")) == Drop("no words")


def test_a_line_of_the_corpus_is_a_pair(tmp_path: Path):
    path = tmp_path / "pairs.txt.gz"
    path.write_bytes(gzip.compress("Hi!\tHej!\nOne\u2028two\tEn to\n".encode()))
    assert list(parse(path)) == [
        {"translation": {"en": "Hi!", "da": "Hej!"}},
        {"translation": {"en": "One\u2028two", "da": "En to"}},
    ]


def test_a_line_without_a_tab_is_refused_by_its_number(tmp_path: Path):
    path = tmp_path / "pairs.txt.gz"
    path.write_bytes(gzip.compress(b"Hi!\tHej!\nHi!\n"))
    with pytest.raises(BadInput, match="line 2 has no tab between two sentences"):
        list(parse(path))

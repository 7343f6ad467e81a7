"""ARC keeps rows with four choices; the key is a label, a letter or a digit."""

import pytest

from flan_core.datasets.closed_book_qa.arc import read
from flan_core.task import BadRow, Drop, Example


def row(labels: str, key: str) -> dict[str, object]:
    choices = {"label": list(labels), "text": [f"choice {label}" for label in labels]}
    return {"question": "Which? ", "choices": choices, "answerKey": key}


def test_the_key_is_found_among_the_labels():
    assert read(row("ABCD", "C")).answer == "choice C"
    assert read(row("1234", "2")) == Example(
        fields={"question": "Which?"},
        options=("choice 1", "choice 2", "choice 3", "choice 4"),
        answer="choice 2",
    )


def test_rows_with_three_or_five_choices_are_left_out():
    assert read(row("ABC", "A")) == read(row("ABCDE", "E")) == Drop("not four choices")


def test_a_key_that_no_choice_has_is_bad():
    with pytest.raises(BadRow, match="answerKey 'E' is not one of"):
        read(row("ABCD", "E"))

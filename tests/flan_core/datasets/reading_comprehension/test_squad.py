"""SQuAD: all answers are accepted; in version 2 there may be none."""

import pytest

from flan_core.datasets.reading_comprehension.squad import read_v1, read_v2
from flan_core.task import BadRow, Example


def row(*answers: str) -> dict[str, object]:
    return {
        "title": "Loch_Ness",
        "context": " It is deep. ",
        "question": "How is it? ",
        "answers": {"text": list(answers), "answer_start": [0] * len(answers)},
    }


def test_the_first_answer_is_the_target_and_each_is_accepted_once():
    assert read_v1(row("deep", "It is deep", "deep")) == Example(
        fields={"title": "Loch Ness", "context": "It is deep.", "question": "How is it?"},
        answer="deep",
        references=("deep", "It is deep"),
    )


def test_no_answer_is_unanswerable_in_version_2_and_bad_in_version_1():
    assert read_v2(row()).references == ("unanswerable",)
    with pytest.raises(BadRow, match="no answer, which only version 2 allows"):
        read_v1(row())

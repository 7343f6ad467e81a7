"""CoQA: the questions of a story are one numbered list, its answers another."""

import pytest

from flan_core.datasets.miscellaneous.coqa import read
from flan_core.task import BadRow, Example

STORY = "Ann has a cat.\n"


def row(*others: list[str]) -> dict[str, object]:
    return {
        "story": STORY,
        "questions": {"input_text": ["Who?", "What?"], "turn_id": [1, 2]},
        "answers": {"input_text": ["Ann", "a  cat"]},
        "additional_answers": {str(n): {"input_text": texts} for n, texts in enumerate(others)},
    }


def test_another_annotators_list_is_a_reference_and_padding_is_not():
    assert read(row([""], ["Ann", "cat"], ["Ann", "a cat"])) == Example(
        fields={"story": "Ann has a cat.", "questions": "1. Who?\n2. What?"},
        answer="1. Ann\n2. a cat",
        references=("1. Ann\n2. a cat", "1. Ann\n2. cat"),
    )


def test_the_stanfordnlp_copy_has_plain_lists():
    plain = {"story": STORY, "questions": ["Who?"], "answers": {"input_text": ["Ann"]}}
    assert read(plain).references == ("1. Ann",)


def test_a_question_without_an_answer_is_bad():
    with pytest.raises(BadRow, match="2 questions, but 1 answers"):
        read({**row(), "answers": {"input_text": ["Ann"]}})

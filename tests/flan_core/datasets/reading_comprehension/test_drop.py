"""DROP: an answer is a number, a date or spans, and those of all annotators are accepted."""

import pytest

from flan_core.datasets.reading_comprehension.drop import read
from flan_core.task import BadRow, Example

NO_DATE = {"day": "", "month": "", "year": ""}
TEXT = {"passage": "Ann and Bo scored.", "question": "Who scored? "}
NONE = {"number": "", "date": NO_DATE, "spans": []}


def row(answer: dict[str, object], *validated: dict[str, object]) -> dict[str, object]:
    lists = {part: [each[part] for each in validated] for part in NONE}
    return {**TEXT, "answer": answer, "validated_answers": lists}


def test_several_spans_are_one_answer_with_semicolons():
    both, swapped = ({**NONE, "spans": spans} for spans in (["Ann", "Bo"], ["Bo", "Ann"]))
    assert read(row(both, both, swapped)) == Example(
        fields={"passage": "Ann and Bo scored.", "question": "Who scored?"},
        answer="Ann; Bo",
        references=("Ann; Bo", "Bo; Ann"),
    )


def test_a_number_is_itself_and_a_date_has_the_parts_that_are_known():
    date = {**NONE, "date": {"day": "7", "month": "May", "year": "1921"}}
    month = {**NONE, "date": {"day": "", "month": "May", "year": "1921"}}
    assert read(row({**NONE, "number": "0"}, NONE)).references == ("0",)
    assert read(row(date, month)).references == ("7 May 1921", "May 1921")


def test_the_ucinlp_copy_has_a_flat_list_of_accepted_answers():
    assert read({**TEXT, "answers_spans": {"spans": ["2", "3", "3"]}}).references == ("2", "3")


def test_a_row_without_an_answer_is_bad():
    with pytest.raises(BadRow, match="no answer"):
        read(row(NONE, NONE))

"""QuAC: a dialogue yields an example for each question, with the questions before it."""

import pytest

from flan_core.datasets.miscellaneous.quac import read
from flan_core.task import BadRow, Example

ROW = {
    "wikipedia_page_title": "Ann",
    "section_title": "Life",
    "context": "Ann was born in Rome. CANNOTANSWER",
    "questions": ["Where was she born?", "When?"],
    "answers": {"texts": [["in Rome", "Rome", "in Rome"], ["CANNOTANSWER", "born"]]},
    "orig_answers": {"texts": ["in Rome", "CANNOTANSWER"]},
}


def test_each_question_has_what_was_said_before_it_and_no_marker_is_left():
    fields = {"title": "Ann", "section": "Life", "context": "Ann was born in Rome."}
    where, when = "Student: Where was she born?", "Teacher: in Rome\nStudent: When?"
    assert read(ROW) == (
        Example(
            fields={**fields, "question": "Where was she born?", "dialogue": where},
            answer="in Rome",
            references=("in Rome", "Rome"),
        ),
        Example(
            fields={**fields, "question": "When?", "dialogue": f"{where}\n{when}"},
            answer="unanswerable",
            references=("unanswerable", "born"),
        ),
    )


def test_only_the_last_three_questions_come_along():
    row = {**ROW, "questions": list("abcde"), "orig_answers": {"texts": list("vwxyz")}}
    last = read({**row, "answers": {"texts": [[each] for each in "vwxyz"]}})[-1]
    assert last.fields["dialogue"] == (
        "Student: b\nTeacher: w\nStudent: c\nTeacher: x\nStudent: d\nTeacher: y\nStudent: e"
    )


def test_a_dialogue_whose_lists_do_not_match_is_bad():
    with pytest.raises(BadRow, match="1 questions, 2 answers, 2 lists of answers"):
        read({**ROW, "questions": ["Where?"]})

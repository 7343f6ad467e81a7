"""Natural Questions: one question mark, every answer accepted."""

from flan_core.datasets.closed_book_qa.natural_questions import read
from flan_core.task import Example


def test_a_question_ends_in_one_question_mark():
    for question in ("who sang it", "who sang it?", "who sang it ? "):
        assert read({"question": question, "answer": ["Ann", "A.", "Ann"]}) == Example(
            fields={"question": "who sang it?"}, answer="Ann", references=("Ann", "A.")
        )

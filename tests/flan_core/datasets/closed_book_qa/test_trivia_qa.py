"""TriviaQA: the answer of the quiz, then its aliases."""

from flan_core.datasets.closed_book_qa.trivia_qa import read
from flan_core.task import Example


def test_the_value_comes_before_its_aliases():
    row = {"question": "Who sang?", "answer": {"value": "Ann", "aliases": ["Anna", "Ann"]}}
    assert read(row) == Example(
        fields={"question": "Who sang?"}, answer="Ann", references=("Ann", "Anna")
    )

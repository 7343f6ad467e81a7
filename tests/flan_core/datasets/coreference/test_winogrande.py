"""Winogrande in the partial evaluation form: up to the blank, then each candidate and the rest."""

import pytest

from flan_core.datasets.coreference.winogrande import read
from flan_core.task import BadRow, Example


def row(sentence: str, answer: str = "2") -> dict[str, str]:
    return {"sentence": sentence, "option1": "cup", "option2": "jug", "answer": answer}


def test_the_prompt_ends_at_the_blank_and_each_option_has_the_rest():
    assert read(row("The cup hit the jug and the _ broke.")) == Example(
        fields={"start": "The cup hit the jug and the ..."},
        options=("cup broke.", "jug broke."),
        answer="jug broke.",
    )


def test_the_space_between_the_blank_and_a_mark_is_closed():
    assert read(row("It fell on  the _ .")).options == ("cup.", "jug.")
    assert read(row("Look at the _ 's lid.")).options == ("cup's lid.", "jug's lid.")


def test_a_candidate_that_opens_a_sentence_has_a_capital():
    assert read(row("One broke. _ was weak.", "1")).answer == "Cup was weak."
    assert read(row("_ or not.")).fields == {"start": "..."}


def test_rows_without_one_blank_or_without_an_answer_are_bad():
    with pytest.raises(BadRow, match="the sentence has 2 blanks, not one"):
        read(row("The _ hit the _."))
    with pytest.raises(BadRow, match="answer '' is neither '1' nor '2'"):
        read(row("The _ broke.", ""))

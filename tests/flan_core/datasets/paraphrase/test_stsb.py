"""STS-B's mean scores become one of six options."""

import pytest

from flan_core.datasets.paraphrase.stsb import read
from flan_core.task import BadRow, Drop, Example

ROW = {"sentence1": "A dog barks.", "sentence2": "A dog is barking.", "idx": 0}


@pytest.mark.parametrize(("label", "answer"), [(0.0, "0"), (0.6, "1"), (3.25, "3"), (4.8, "5")])
def test_a_score_is_rounded(label: float, answer: str):
    example = read({**ROW, "label": label})
    assert isinstance(example, Example)
    assert (example.answer, example.options) == (answer, ("0", "1", "2", "3", "4", "5"))


def test_no_score_is_dropped_and_one_over_five_is_bad():
    assert read({**ROW, "label": -1.0}) == Drop("unlabelled")
    with pytest.raises(BadRow, match=r"label 6 is not in 0\.\.5"):
        read({**ROW, "label": 6.0})

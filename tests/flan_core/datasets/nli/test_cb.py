"""CB's labels stand in another order than those of its neighbours."""

import pytest

from flan_core.datasets.nli.cb import read
from flan_core.task import BadRow, Drop, Example

ROW = {"premise": "Ada said that it rained.", "hypothesis": "it rained.", "idx": 0}


@pytest.mark.parametrize(
    ("label", "answer"), [(0, "Yes"), (1, "No"), (2, "It is impossible to say")]
)
def test_labels_are_read_by_name_and_the_clause_loses_its_full_stop(label: int, answer: str):
    assert read({**ROW, "label": label}) == Example(
        fields={"premise": "Ada said that it rained.", "hypothesis": "it rained"},
        options=("Yes", "It is impossible to say", "No"),
        answer=answer,
    )


def test_a_row_without_a_label_is_dropped_and_one_with_a_strange_label_is_bad():
    assert read({**ROW, "label": -1}) == Drop("unlabelled")
    with pytest.raises(BadRow, match=r"label 3 is not in 0\.\.2"):
        read({**ROW, "label": 3})

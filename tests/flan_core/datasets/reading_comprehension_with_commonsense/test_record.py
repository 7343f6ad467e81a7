"""ReCoRD: the article without its summary, the statement up to the gap, names with the rest."""

import pytest

from flan_core.datasets.reading_comprehension_with_commonsense.record import read
from flan_core.task import BadRow, Example

ROW = {
    "passage": "Bo met Li in Rome.\n@highlight\n\nThey met\n@highlight\n\nIn Rome",
    "query": "A friend of @placeholder's came.",
    "entities": ["Rome", "Bo", "Li"],
    "answers": ["Li", "Bo"],
}


def test_the_summary_is_cut_off_and_every_accepted_name_is_a_reference():
    assert read(ROW) == Example(
        fields={"passage": "Bo met Li in Rome.", "start": "A friend of ..."},
        options=("Rome's came.", "Bo's came.", "Li's came."),
        answer="Li's came.",
        references=("Li's came.", "Bo's came."),
    )


def test_a_statement_that_opens_with_the_gap_leaves_dots():
    assert read({**ROW, "query": "@placeholder left."}).fields["start"] == "..."


def test_rows_without_a_gap_or_with_a_strange_answer_are_bad():
    with pytest.raises(BadRow, match="the query has no @placeholder"):
        read({**ROW, "query": "Nobody left."})
    for answers in (["Paris"], []):
        with pytest.raises(BadRow, match="the answers are not among the entities"):
            read({**ROW, "answers": answers})

"""Yelp's reviews hold escaped quotation marks and line breaks."""

from flan_core.datasets.sentiment.yelp import read
from flan_core.task import Example


def test_escaped_quotation_marks_and_line_breaks_are_undone():
    row = {"text": r'A \""treat\"", they said.\nIt ""was"".', "label": 1}
    assert read(row) == Example(
        fields={"review": 'A "treat", they said.\nIt "was".'},
        options=("negative", "positive"),
        answer="positive",
    )

"""IMDB's reviews hold HTML line breaks."""

from flan_core.datasets.sentiment.imdb import read
from flan_core.task import Example


def test_html_line_breaks_become_real_ones():
    row = {"text": "Dull. <br /><br />And<br/>loud. ", "label": 0}
    assert read(row) == Example(
        fields={"review": "Dull.\n\nAnd\nloud."},
        options=("negative", "positive"),
        answer="negative",
    )

"""QQP's source doubles quotation marks."""

from flan_core.datasets.paraphrase.qqp import read
from flan_core.task import Example


def test_doubled_quotation_marks_become_single_ones():
    row = {"question1": 'What is ""jazz""? ', "question2": "What is swing?", "label": 0, "idx": 0}
    assert read(row) == Example(
        fields={"question1": 'What is "jazz"?', "question2": "What is swing?"},
        options=("no", "yes"),
        answer="no",
    )

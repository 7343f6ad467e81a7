"""Only tweets of polarity 0 and 4 are examples."""

import pytest

from flan_core.datasets.sentiment.sentiment140 import read
from flan_core.task import Drop, Example

ROW = {"text": "tea &amp; cake ", "date": "", "user": "", "query": ""}


@pytest.mark.parametrize(("polarity", "answer"), [(0, "negative"), (4, "positive")])
def test_a_tweet_is_negative_or_positive_and_its_entities_are_signs(polarity: int, answer: str):
    assert read({**ROW, "sentiment": polarity}) == Example(
        fields={"tweet": "tea & cake"}, options=("negative", "positive"), answer=answer
    )


@pytest.mark.parametrize("polarity", [1, 2, 3])
def test_any_other_polarity_is_dropped(polarity: int):
    assert read({**ROW, "sentiment": polarity}) == Drop("neither negative nor positive")

"""TREC's labels are names, whatever their numbers."""

import pytest

from flan_core.datasets.miscellaneous.trec import read
from flan_core.task import BadRow


def test_the_two_copies_agree_though_they_number_labels_differently():
    setfit = {"text": "Who?", "label_coarse": 3, "label_coarse_original": "HUM"}
    assert read(setfit) == read({"text": "Who?", "coarse_label": 3})
    assert read(setfit).answer == "human"
    for number, answer in ((0, "abbreviation"), (2, "description"), (5, "numeric")):
        assert read({"text": "Who?", "coarse_label": number}).answer == answer


def test_an_unknown_label_is_bad():
    with pytest.raises(BadRow, match="label 'ANI' is not one of DESC, ENTY"):
        read({"text": "Who?", "label_coarse_original": "ANI"})

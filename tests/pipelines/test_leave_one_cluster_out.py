"""Leave one cluster out: clusters that leave the same set behind share a model."""

import pytest

from flan_core.datasets import clusters, left_out
from flan_core.errors import BadInput
from pipelines.job import Order, job_of, runs_of
from pipelines.leave_one_cluster_out import EVALUATED, leave_one_cluster_out


def test_kin_share_a_model_so_the_papers_ten_clusters_take_nine():
    table = leave_one_cluster_out().table

    assert len(EVALUATED) == 10
    assert list(table) == [
        "nli+paraphrase",
        "reading_comprehension",
        "closed_book_qa",
        "commonsense",
        "coreference",
        "translation",
        "struct_to_text",
        "sentiment",
        "reading_comprehension_with_commonsense",
    ]
    assert table["nli+paraphrase"] == {
        "mix": {"held_out": ["nli", "paraphrase"]},
        "evaluate": {"cluster": "nli+paraphrase"},
    }


def test_no_model_is_asked_about_a_cluster_that_it_or_its_kin_was_trained_on():
    for run in runs_of(job_of(Order(name="leave-one-cluster-out")).parameters):
        seen = set(clusters()) - left_out(run.mix.held_out)

        assert all(seen.isdisjoint(left_out([cluster])) for cluster in run.evaluated)


def test_some_clusters_may_be_chosen():
    assert list(leave_one_cluster_out(["sentiment", "nli"]).table) == ["sentiment", "nli"]
    with pytest.raises(BadInput, match="unknown cluster 'nil'; did you mean nli"):
        leave_one_cluster_out(["nil"])

"""What a launched step tells Prometheus, and where its pods are scraped."""

import pytest

from flan_core import scores as held_out_scores
from flan_core import telemetry
from flan_core.config import Evaluate
from flan_core.launch import LaunchEvaluate, LaunchTrain, evaluate, steps
from tests.flan_core import made


def test_the_tuned_models_means_are_pushed_apart_from_other_clusters(tmp_path, monkeypatch):
    task = made.task(made.result(60.0, 62.0), made.result(50.0, 50.0))

    def answer(work, launch):
        (tmp_path / "scores").mkdir()
        held_out_scores.write(tmp_path / "scores", made.scores(task))

    monkeypatch.setattr(steps, "run", answer)
    monkeypatch.setattr(telemetry, "GROUP", {})
    telemetry.EVAL_SCORE.clear()
    names = ("prompts", "checkpoint", "scores", "confusion")

    evaluate(
        LaunchEvaluate(evaluate=Evaluate(cluster="nli")),
        **{name: tmp_path / name for name in names},
    )

    (family,) = telemetry.EVAL_SCORE.collect()
    assert telemetry.GROUP == {"part": "nli"}
    assert [(sample.labels, sample.value) for sample in family.samples] == [
        ({"cluster": "nli", "metric": "tuned/0"}, 61.0)
    ]


@pytest.mark.parametrize(
    ("settings", "port", "linger_s"),
    [
        ({}, 0, 0),
        ({"launch": {"scheduler": "local_cwd"}}, 0, 0),
        ({"launch": {"scheduler": "kubernetes_job"}}, 9_400, 30),
        ({"launch": {"scheduler": "trainjob"}, "train": {"metrics_port": 0}}, 0, 30),
    ],
)
def test_training_on_a_cluster_serves_its_metrics_unless_told_otherwise(settings, port, linger_s):
    train = LaunchTrain.of(settings).train
    assert (train.metrics_port, train.metrics_linger_s) == (port, linger_s)

"""The launched steps: their settings are two settings, and a hole in the scores is a result."""

import json
from pathlib import Path

import pytest

from flan_core import scores
from flan_core.config import Evaluate, Launch, Train
from flan_core.errors import BadInput
from flan_core.launch import LaunchEvaluate, LaunchTrain, evaluate, manifest, steps
from flan_core.store import Store
from tests.flan_core import made


def test_each_part_of_the_settings_is_checked_under_its_own_name():
    settings = {"train": {"seed": 7.0}, "launch": {"processes": 2.0}}
    assert LaunchTrain.of(settings) == LaunchTrain(train=Train(seed=7), launch=Launch(processes=2))
    assert LaunchEvaluate.of({}) == LaunchEvaluate(evaluate=Evaluate(), launch=Launch())
    for wrong, words in (
        ({"trian": {}}, "unknown setting of launchtrain 'trian'; did you mean train"),
        ({"train": {"sede": 1}}, "unknown setting of train 'sede'; did you mean seed"),
        ({"launch": {"nodes": 0}}, "launch.nodes: .* greater than or equal to 1; it is 0"),
    ):
        with pytest.raises(BadInput, match=words):
            LaunchTrain.of(wrong)


def folders(tmp_path):
    names = ("prompts", "checkpoint", "scores", "confusion")
    return {name: tmp_path / name for name in names}


def test_a_cluster_that_cannot_be_evaluated_leaves_a_hole_and_not_a_failed_run(
    tmp_path, monkeypatch, capsys
):
    def leave_hole(work, launch):
        scores.write(tmp_path / "scores", scores.hole("nli", "NLI", "no rows", {}))
        raise BadInput("evaluate failed: no rows")

    monkeypatch.setattr(steps, "run", leave_hole)
    evaluate(LaunchEvaluate(), **folders(tmp_path))
    assert "the report shows the hole" in capsys.readouterr().err
    assert json.loads((tmp_path / "confusion").read_text()) == {}


def test_confusion_matrices_of_several_clusters_are_one_artifact(tmp_path, monkeypatch):
    def measure(work, launch):
        one = made.task(made.result(60, 62), made.result(50, 52))
        scores.write(Path(work.outputs["scores"]), made.scores(one))

    monkeypatch.setattr(steps, "run", measure)
    config = LaunchEvaluate(evaluate=Evaluate(cluster="nli+sentiment"))
    evaluate(config, **folders(tmp_path))
    (matrix,) = json.loads((tmp_path / "confusion").read_text()).values()
    assert [row["row"] for row in matrix["rows"]] == [
        [30, 10, 0, 0],
        [5, 35, 0, 0],
        [0, 0, 30, 10],
        [0, 0, 5, 35],
    ]


def test_scores_that_lie_in_the_store_are_read_there(tmp_path, monkeypatch):
    """A job in pods of its own sends them to the store; a folder stands for that here."""
    there = tmp_path / "store"
    monkeypatch.setattr(steps, "uri_of", lambda folder: str(there))

    def measure(work, launch):
        one = made.task(made.result(60, 62), made.result(50, 52))
        scores.write(tmp_path, made.scores(one))
        Store.of(str(there)).put("scores.json", tmp_path / "scores.json")

    monkeypatch.setattr(steps, "run", measure)
    evaluate(LaunchEvaluate(evaluate=Evaluate(cluster="nli")), **folders(tmp_path / "here"))
    assert "confusionMatrix" in json.loads((tmp_path / "here" / "confusion").read_text())


def test_an_evaluation_that_leaves_nothing_fails(tmp_path, monkeypatch):
    def fail(work, launch):
        raise BadInput("evaluate failed: no such model")

    monkeypatch.setattr(steps, "run", fail)
    with pytest.raises(BadInput, match="no such model"):
        evaluate(LaunchEvaluate(), **folders(tmp_path))


def test_a_dry_run_of_an_unknown_step_names_the_steps():
    with pytest.raises(BadInput, match="unknown step 'evalute'; did you mean evaluate"):
        manifest(LaunchEvaluate(), "evalute", {})


def test_files_of_this_machine_cannot_go_to_a_cluster(tmp_path):
    config = LaunchTrain(launch=Launch(scheduler="kubernetes_job", image="train:1"))
    files = {"packs": str(tmp_path), "checkpoint": "s3://flan/checkpoint"}
    with pytest.raises(BadInput, match=r"is on this machine only.* give s3://bucket/prefix"):
        manifest(config, "train", files)

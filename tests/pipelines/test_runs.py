"""Runs are listed, shown and compared from the files that they left."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flan_core.errors import BadInput
from flan_core.intervals import change
from flan_core.page import fill
from flan_core.report.document import document_of as as_document
from pipelines.cli.runs import app
from pipelines.runs import Run, diff, document_of, run_of, runs_in, scores_of
from tests.flan_core import made


def write_run(folder: Path, tuned: float, *, seed: int = 0) -> None:
    folder.mkdir(parents=True)
    settings = {"held_out": ["nli"], "seed": seed}
    about = {"schema": "run/1", "recipe": "smoke", "commit": "abc", "settings": settings}
    task = made.task(made.result(tuned, tuned), made.result(50.0, 50.0))
    document = as_document([made.scores(task)], recipe="smoke", settings=settings, invented=True)
    (folder / "page.html").write_text(
        '<script type="application/json" id="document">{{ it | tojson }}</script>'
    )
    (folder / "report.html").write_text(fill(folder, "page.html", it=document))
    (folder / "page.html").unlink()
    (folder / "metrics.json").write_text(json.dumps({"nli_tuned": tuned, "nli_untuned": 50.0}))
    (folder / "run.json").write_text(json.dumps({**about, "seconds": 75.0}))


@pytest.fixture
def runs(tmp_path: Path) -> str:
    write_run(tmp_path / "first", 60.0)
    write_run(tmp_path / "second", 70.0, seed=1)
    (tmp_path / "third").mkdir()
    (tmp_path / "third/run.json").write_text('{"schema": "run/1", "recipe": "smoke"}')
    (tmp_path / "registry").mkdir()
    return str(tmp_path)


def test_runs_are_the_folders_with_a_run_json(runs: str):
    assert [run.name for run in runs_in(runs)] == ["first", "second", "third"]
    assert run_of(runs, "third") == Run(name="third", recipe="smoke", commit="", seconds=None)
    assert run_of(runs, "first") == Run(
        name="first",
        recipe="smoke",
        commit="abc",
        seconds=75.0,
        settings={"held_out": ["nli"], "seed": 0},
        numbers={"nli_tuned": 60.0, "nli_untuned": 50.0},
    )


def test_a_run_shows_its_scores_with_intervals(runs: str):
    assert list(scores_of(document_of(runs, "first"))) == [
        ("Natural language inference", "tuned/0", 60.0, (58.0, 62.0)),
        ("Natural language inference", "untuned/0", 50.0, (48.0, 52.0)),
        ("RTE", "tuned/0", 60.0, (58.0, 62.0)),
        ("RTE", "untuned/0", 50.0, (48.0, 52.0)),
    ]


def test_two_runs_differ_in_settings_and_scores(runs: str):
    found = diff(runs, "first", "second")

    assert found.settings == (("settings.seed", "0", "1"),)
    assert found.changes[0].change == change(60.0, (58.0, 62.0), 70.0, (68.0, 72.0))


def test_an_unknown_run_and_one_that_did_not_end_are_errors(runs: str):
    with pytest.raises(BadInput, match=r"unknown run 'frist'; did you mean first\?"):
        run_of(runs, "frist")
    with pytest.raises(BadInput, match=r"run third in .* has no report; it did not end"):
        document_of(runs, "third")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["list"], ["first", "1 min 15 s", "60.0", "did not end"]),
        (["show", "first"], ["numbers mean nothing", "RTE", "58.0 to 62.0"]),
        (["diff", "first", "second"], ["settings.seed", "+10.0", "+7.2 to +12.8"]),
    ],
)
def test_the_commands_print_tables(runs: str, arguments: list[str], words: list[str]):
    result = CliRunner().invoke(app, [*arguments, "--in", runs], env={"COLUMNS": "160"})

    assert result.exit_code == 0
    assert [word for word in words if word not in result.stdout] == []


def test_an_experiment_asks_about_the_clusters_of_its_variants():
    table = {name: {"evaluate": {"cluster": name}} for name in ("nli+paraphrase", "sentiment")}
    settings = {"variants": [*table], "table": table}
    numbers = {"nli_tuned": 60.0, "paraphrase_tuned": 50.0, "sentiment_tuned": 70.0}
    apart = Run(name="a", recipe="", commit="", seconds=1, settings=settings, numbers=numbers)

    assert apart.held_out == ("nli", "paraphrase", "sentiment")
    assert (apart.scores("tuned"), apart.scores("untuned")) == ([60.0, 50.0, 70.0], [])


def test_an_ablation_has_a_score_for_each_variant():
    asked = {"evaluate": {"cluster": "nli+sentiment"}}
    table = {"1 cluster": asked, "2 clusters": asked}
    numbers = {"untuned_mean": 40.0, "1_cluster_nli": 9.0, "1_cluster_mean": 45.0}
    numbers["2_clusters_mean"] = 48.0
    run = Run(
        name="b", recipe="", commit="", seconds=1,
        settings={"variants": [*table], "table": table}, numbers=numbers,
    )  # fmt: skip

    assert (run.scores("tuned"), run.scores("untuned")) == ([45.0, 48.0], [40.0])

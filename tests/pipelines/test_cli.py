"""The command line: what it prints, and that a mistake is one line and an exit code."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from flan_core.datasets import catalogue, clusters
from flan_core.errors import BadInput
from pipelines.cli.run import parse_settings


def flan(*arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "pipelines.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def test_datasets_as_json_has_every_task_with_every_fact():
    listing = json.loads(flan("datasets", "--json").stdout)

    assert [entry["task"] for entry in listing] == list(catalogue())
    assert {entry["cluster"] for entry in listing} == set(clusters())
    facts = {"cluster", "dataset", "task", "source", "splits", "type", "metrics", "templates"}
    assert all(facts | {"inverse", "licence", "manual"} <= set(entry) for entry in listing)


def test_help_imports_no_library_that_it_does_not_print_with():
    heavy = "numpy pyarrow jinja2 pydantic yaml torch transformers kfp kubernetes minio numba"
    code = f"import sys, pipelines.cli; print(*sorted(set('{heavy}'.split()) & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert (found.stdout, found.stderr) == ("\n", "")


def test_show_prints_a_row_and_all_ten_templates():
    shown = flan("show", "rte").stdout

    assert "OPTIONS:" in shown
    assert all(f"template {number}" in shown for number in range(10))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("show", "rtee"), "unknown task 'rtee'; did you mean rte"),
        (("run", "smok"), "unknown recipe 'smok'; did you mean smoke?"),
        (("run", "--held-out", "nil"), "unknown cluster 'nil'; did you mean nli?"),
        (("run", "--rows", "no/such/folder"), "no/such/folder is not a folder"),
        (("run", "--set", "steps=3"), "--set 'steps=3' is not STEP.NAME=VALUE"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_93(
    arguments: tuple[str, ...], message: str, tmp_path: Path
):
    done = flan(*arguments, *(("--out", str(tmp_path / "run")) if arguments[0] == "run" else ()))

    assert done.returncode == 93
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_a_folder_in_use_is_refused(tmp_path: Path):
    (tmp_path / "thesis.tex").touch()

    done = flan("run", "--out", str(tmp_path))

    assert done.returncode == 93
    assert f"{tmp_path} is in use; choose another folder with --out" in done.stderr


def test_settings_are_json_where_they_parse_and_text_where_they_do_not():
    texts = ["train.learning_rate=1e-4", 'mix.tasks=["rte"]', "train.optimizer=adamw"]

    assert parse_settings(texts) == {
        "train": {"learning_rate": 1e-4, "optimizer": "adamw"},
        "mix": {"tasks": ["rte"]},
    }
    with pytest.raises(BadInput):
        parse_settings(["train.=1"])

"""The main job, end to end, by KFP's local runner, on a few tasks and a few steps."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

SETTINGS = (
    'fetch.tasks=["rte","cb","sst2","copa","common_gen"]',
    "pack.vocabulary=600",
    "pack.max_input=256",
    "pack.max_target=64",
    "pack.length=512",
    "pack.tokens_per_step=1024",
    "pack.steps=4",
    "evaluate.templates=2",
    "evaluate.max_input=256",
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the smoke recipe, made small, and return its folder."""
    out = tmp_path_factory.mktemp("run") / "smoke"
    flan_run("smoke", out)
    return out


def flan_run(recipe: str, out: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "pipelines.cli", "run", recipe, "--out", str(out)]
    for setting in SETTINGS:
        command += ["--set", setting]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_the_report_is_one_file_that_needs_no_network(finished: Path):
    page = (finished / "report.html").read_text(encoding="utf-8")

    assert len(page.encode()) < 2_000_000
    assert (
        re.findall(r"(?:src|href)=[\"'](?!#|https://(?:arxiv|huggingface|github))\w+:", page) == []
    )
    assert "These rows are invented" in page


def test_every_step_left_its_artifact(finished: Path):
    (root,) = (finished / "artifacts").iterdir()

    assert {path.name for path in root.iterdir() if path.is_dir()} >= {
        "fetch", "render", "mix", "pack", "train", "report",
    }  # fmt: skip
    assert list(root.glob("for-loop-*/evaluate/scores/scores.json"))
    assert (root / "train" / "checkpoint" / "model.safetensors").is_file()


def test_no_prompt_of_the_held_out_cluster_or_its_kin_was_trained_on(finished: Path):
    (mixture,) = finished.glob("artifacts/*/mix/mixture/mixture.json")
    trained = json.loads(mixture.read_text())["tasks"]

    assert {task["task"] for task in trained} == {"sst2", "copa", "common_gen"}


def test_the_run_says_what_was_run(finished: Path):
    record = json.loads((finished / "run.json").read_text())

    assert record["recipe"] == "smoke"
    assert record["settings"]["pack"]["steps"] == 4
    assert record["versions"]["kfp"].startswith("2.")
    assert record["seconds"] > 0


def test_the_numbers_to_compare_runs_by_are_there(finished: Path):
    numbers = json.loads((finished / "metrics.json").read_text())

    assert {"nli_tuned", "nli_untuned", "nli_difference", "final_loss", "tokens_per_second"} <= set(
        numbers
    )


def test_the_run_ends_with_whether_its_model_was_promoted_and_every_reason(finished: Path):
    decision = json.loads((finished / "decision.json").read_text())
    told = [line.strip() for line in (finished / "log.txt").read_text().splitlines()]

    refused = "pinned data: invented rows: cb, common_gen, copa, rte, sst2"
    assert decision["reasons_against"] == [refused]
    assert f"promote: refused {refused}" in told
    assert [line for line in told if "not promoted: 1 of 6 checks refused version" in line]
    assert "| pinned data | **refused** |" in (finished / "decision.md").read_text()
    assert not (finished.parent / "registry/flan/champion.json").exists()


def test_retrain_does_not_make_again_what_was_judged(finished: Path):
    again = finished.parent / "again"

    done = flan_run("retrain", again)

    assert "decide: skip: data, code and settings are those of version " in done.stdout
    assert "which was refused: pinned data: " in done.stdout
    assert {path.name for path in again.glob("artifacts/*/*")} == {"fetch", "decide"}
    assert not (again / "report.html").exists()

"""The step mix: what is held out stays out, and what leaks is reported, dropped or refused."""

import json
from pathlib import Path

import pytest

from flan_core.config import Mix
from flan_core.errors import BadInput
from flan_core.mix import mix
from flan_core.mixture import Mixture
from tests.flan_core.data import mixture_of, write_prompts

LONG = "In the {number} year the keeper of the old lamp went down to the sea to look."


def test_kin_leave_with_the_held_out_cluster(tmp_path: Path):
    sizes = {"rte": 5, "paws": 5, "sst2": 5, "copa": 5}
    mixture = mixture_of(tmp_path, write_prompts(tmp_path / "prompts", sizes), held_out=["nli"])

    assert mixture.tasks == ("copa", "sst2")
    assert mixture.value["held_out"] == ["nli"]
    assert mixture.value["left_out"] == ["nli", "paraphrase"]


def test_asking_for_some_tasks_takes_only_those(tmp_path: Path):
    prompts = write_prompts(tmp_path / "prompts", {"rte": 5, "sst2": 5, "copa": 5})

    assert mixture_of(tmp_path, prompts, tasks=["sentiment", "rte"]).tasks == ("rte", "sst2")


def test_nothing_left_is_one_clear_message(tmp_path: Path):
    prompts = write_prompts(tmp_path / "prompts", {"rte": 5})

    with pytest.raises(BadInput) as error:
        mix(Mix(held_out=("nli",)), prompts=prompts, mixture=tmp_path / "mixture")
    assert str(error.value) == (
        f"no task is left to train on: {prompts} has rte; mix.held_out takes nli, paraphrase away, "
        "and mix.tasks asks for all"
    )
    assert not (tmp_path / "mixture").exists()


def leaky(folder: Path) -> Path:
    """Eight training rows, of which the test split has the first three again."""
    write_prompts(folder, {"sst2": 3}, text=LONG, split="test")
    return write_prompts(folder, {"sst2": 8}, text=LONG)


def test_leaks_are_reported_by_pair_and_by_split(tmp_path: Path):
    mix(Mix(), prompts=leaky(tmp_path / "prompts"), mixture=tmp_path / "mixture")
    found = json.loads((tmp_path / "mixture" / "leakage.json").read_text())

    assert found == {
        "schema": "leakage/1",
        "words": 13,
        "every": 1,
        "policy": "report",
        "tasks": {"sst2": {"rows": 8, "leaking": 8}},
        "pairs": [
            {"train": "sst2", "task": "sst2", "split": "test", "same_text": 3, "shared_run": 8}
        ],
        "evaluation": [
            {"task": "sst2", "split": "test", "rows": 3, "same_text": 3, "shared_run": 3}
        ],
    }


def test_leaking_rows_can_be_dropped(tmp_path: Path):
    prompts = tmp_path / "prompts"
    write_prompts(prompts, {"sst2": 3}, split="test")
    write_prompts(prompts, {"sst2": 8})
    mixture = mixture_of(tmp_path, prompts, leakage="drop")

    assert mixture.parts[0].dropped_rows == (0, 1, 2)
    assert set(mixture.draws(0, 100).wording.row) == {3, 4, 5, 6, 7}


def test_leaking_rows_can_be_refused(tmp_path: Path):
    with pytest.raises(BadInput) as error:
        mix(
            Mix(leakage="refuse"),
            prompts=leaky(tmp_path / "prompts"),
            mixture=tmp_path / "mixture",
        )
    assert str(error.value) == (
        "8 training rows overlap an evaluation split (most: 8 rows of sst2 train in sst2 test), "
        "and mix.leakage refuses them: drop them or only report them"
    )
    assert not (tmp_path / "mixture").exists()


def test_the_same_settings_give_the_same_file(tmp_path: Path):
    prompts = write_prompts(tmp_path / "prompts", {"rte": 5, "sst2": 7})
    one = mixture_of(tmp_path / "one", prompts, seed=3)
    other = mixture_of(tmp_path / "other", prompts, seed=3)

    assert one.sha256 == other.sha256
    assert Mixture.open(tmp_path / "one" / "mixture").value == one.value

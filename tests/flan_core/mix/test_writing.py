"""The step mix: what is held out stays out, and what leaks is reported, dropped or refused."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flan_core.config import Mix
from flan_core.errors import BadInput
from flan_core.leakage import find_leaks
from flan_core.mix import mix
from flan_core.mixture import Mixture
from flan_core.schemas import write_table
from tests.flan_core.data import about, mixture_of, table, write_prompts

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


def test_what_several_evaluation_splits_have_counts_for_each_of_them(tmp_path: Path):
    prompts = tmp_path / "prompts"
    for task, sizes in {"sst2": {"test": 3, "dev": 2}, "rte": {"test": 1, "dev": 4}}.items():
        for split, size in sizes.items():
            text = LONG.replace("{number}", "first")
            write_prompts(prompts, {task: size}, text=text, split=split)
    write_prompts(prompts, {"copa": 5, "rte": 1, "sst2": 1}, text=LONG.replace("{number}", "first"))
    mix(Mix(held_out=("nli", "sentiment")), prompts=prompts, mixture=tmp_path / "mixture")
    found = json.loads((tmp_path / "mixture" / "leakage.json").read_text())

    assert [(p["task"], p["split"], p["same_text"], p["shared_run"]) for p in found["pairs"]] == [
        ("rte", "dev", 4, 5),
        ("rte", "test", 1, 5),
        ("sst2", "dev", 2, 5),
        ("sst2", "test", 3, 5),
    ]
    assert [p["train"] for p in found["pairs"]] == ["copa"] * 4
    assert [line["shared_run"] for line in found["evaluation"]] == [4, 1, 2, 3]


@given(
    texts=st.lists(
        st.lists(st.sampled_from("abc"), min_size=1, max_size=40), min_size=2, max_size=12
    )
)
@settings(max_examples=40, deadline=None)
def test_shared_runs_are_those_that_counting_by_hand_finds(texts: list[list[str]]):
    def runs(words: list[str]) -> set[tuple[str, ...]]:
        return {tuple(words[i : i + 13]) for i in range(len(words) - 12)}

    half = len(texts) // 2
    with TemporaryDirectory() as place:
        folder = Path(place)
        for name, split, chosen in (("rte", "test", texts[:half]), ("sst2", "train", texts[half:])):
            rows = [{"premise": " ".join(each), "answer": "yes"} for each in chosen]
            about_it = about(name, split=split, templates=[], inputs=["premise"])
            write_table(folder / name / f"{split}.parquet", "prompts/1", table(rows), about_it)
        found = find_leaks(folder, ["sst2"])

    known = set().union(*map(runs, texts[:half]))
    wanted = [i for i, each in enumerate(texts[half:]) if runs(each) & known]
    same = [i for i, each in enumerate(texts[half:]) if each in texts[:half]]
    assert found.shared.sum() == len(wanted)
    assert found.same.sum() == len(same)
    assert found.rows["sst2"].tolist() == sorted({*wanted, *same})


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

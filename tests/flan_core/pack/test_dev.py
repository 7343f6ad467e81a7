"""The dev packs: the dev split of the tasks trained on, of no other, the same each time."""

from pathlib import Path

import pytest

from flan_core.config import Fetch, Mix, Render
from flan_core.datasets import catalogue, left_out
from flan_core.fetch import fetch
from flan_core.mix import mix
from flan_core.packs import Packs
from flan_core.prompt import Prompts
from flan_core.render import render
from flan_core.tokens import Tokenizer
from tests.flan_core.data import packs_of

SETTINGS = {"vocabulary": 600, "length": 1_280, "tokens_per_step": 5_120, "steps": 3}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The samples of a few clusters, with nli held out: train and dev packs."""
    folder = tmp_path_factory.mktemp("dev")
    tasks = ("nli", "paraphrase", "sentiment", "commonsense")
    fetch(Fetch(tasks=tasks), rows=folder / "rows")
    render(Render(), rows=folder / "rows", prompts=folder / "prompts")
    mix(
        Mix(held_out=("nli",), few_shot=0.5),
        prompts=folder / "prompts",
        mixture=folder / "mixture",
    )
    packed(folder, "packs")
    return folder


def packed(folder: Path, name: str, **settings: int) -> Path:
    return packs_of(folder, name, **{**SETTINGS, **settings})


def test_dev_packs_hold_dev_rows_of_the_tasks_trained_on_and_of_no_held_out_cluster(made: Path):
    dev = Packs.open(made / "packs" / "dev")
    tokenizer = Tokenizer.open(dev.tokenizer)
    seen, begins = set(), [0, *dev.examples["end"].tolist()]
    for begin, record in zip(begins, dev.examples, strict=False):
        task = dev.tasks[record["task"]]
        ids = dev.tokens[begin : begin + int(record["target"]) - 1]
        rows = Prompts.open(made / "prompts", task, "dev")
        wanted = rows.render(int(record["row"]), int(record["template"])).inputs[0]
        assert tokenizer.decode(ids) == wanted
        assert record["shots"] == 0
        seen.add(task)

    gone = left_out(["nli"])
    assert {catalogue()[task].cluster for task in dev.tasks} == {"sentiment", "commonsense"}
    assert not gone & {catalogue()[task].cluster for task in seen}
    assert seen == set(dev.tasks) == set(Packs.open(made / "packs").tasks)


def test_dev_packs_are_checked_and_shaped_as_the_others(made: Path):
    packs, dev = (Packs.open(made / "packs" / name) for name in (".", "dev"))
    dev.verify()

    assert (dev.length, dev.packs_per_step, dev.num_steps) == (1_280, 4, 2)
    assert dev.sha256 != packs.sha256
    assert dev.about["tokenizer_sha256"] == packs.about["tokenizer_sha256"]
    assert sorted(path.name for path in dev.folder.iterdir()) == [
        "examples.npy", "packs.json", "plan.npy", "starts.npy", "tokenizer", "tokens.bin",
    ]  # fmt: skip


def test_dev_packs_are_the_same_bytes_again_and_their_number_is_a_setting(made: Path):
    again, more = packed(made, "again", processes=1), packed(made, "more", dev_steps=5)
    none = packed(made, "none", dev_steps=0)
    one, other, five = (Packs.open(each / "dev") for each in (made / "packs", again, more))

    assert one.sha256 == other.sha256
    assert five.num_steps == 5
    assert not (none / "dev").exists()
    assert Packs.open(none).sha256 == Packs.open(made / "packs").sha256

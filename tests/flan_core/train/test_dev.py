"""The loss on dev rows, from the samples to the log: what pack writes is what training reads."""

import json
from pathlib import Path

import pytest

from flan_core.config import Fetch, Mix, Pack, Render, Train
from flan_core.errors import BadInput
from flan_core.fetch import fetch
from flan_core.mix import mix
from flan_core.pack import pack
from flan_core.render import render
from flan_core.train.run import train
from tests.flan_core.train import ranks

pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing.*:FutureWarning")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dev")
    fetch(Fetch(tasks=("nli", "sentiment", "commonsense")), rows=folder / "rows")
    render(Render(), rows=folder / "rows", prompts=folder / "prompts")
    mix(Mix(held_out=("nli",)), prompts=folder / "prompts", mixture=folder / "mixture")
    return folder


def packs(folder: Path, **settings: int) -> Path:
    sizes = {"vocabulary": 400, "max_input": 200, "max_target": 56, "length": 256}
    config = Pack(**{**sizes, "tokens_per_step": 512, "steps": 4, **settings})
    out = folder / f"packs-{len(settings)}"
    pack(config, prompts=folder / "prompts", mixture=folder / "mixture", packs=out)
    return out


def test_a_run_on_samples_measures_its_dev_loss_when_asked(made: Path) -> None:
    config = Train(eval_every=2, save_every=0, learning_rate=0.02)
    data, checkpoint = packs(made), made / "checkpoint"
    ranks.run(lambda: train(config, packs=data, checkpoint=checkpoint), 1)
    lines = [json.loads(line) for line in (checkpoint / "steps.jsonl").read_text().splitlines()]

    assert [("dev_loss" in line) for line in lines] == [False, True, False, True]
    assert lines[3]["dev_loss"] < lines[1]["dev_loss"] < 7


def test_asking_for_the_dev_loss_without_dev_packs_is_one_clear_message(made: Path) -> None:
    data = packs(made, dev_steps=0)
    with pytest.raises(BadInput) as error:
        train(Train(eval_every=2), packs=data, checkpoint=made / "refused")
    assert str(error.value) == (
        f"train.eval_every asks for the loss on dev packs, and {data} has none: set "
        "pack.dev_steps and fetch dev rows, or set train.eval_every to 0"
    )

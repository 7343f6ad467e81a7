"""Whole runs on small packs: what comes out, and that the number of processes does not matter."""

import json
import socket
import time
from pathlib import Path
from shutil import copytree
from typing import Any
from urllib.request import urlopen

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from flan_core import schemas, telemetry
from flan_core.config import Train
from flan_core.datasets import catalogue
from flan_core.errors import BadInput
from flan_core.evaluate.models import open_tokenizer
from flan_core.model.head import Scorer
from flan_core.train import spikes
from flan_core.train.loop import Trainer
from flan_core.train.run import train
from tests.flan_core.train import ranks
from tests.flan_core.train.made import write_packs

pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing.*:FutureWarning")

SETTINGS: dict[str, Any] = {"model": "tiny", "learning_rate": 0.02, "save_every": 0}
STEPS = 6


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_packs(tmp_path_factory.mktemp("made") / "packs", steps=STEPS)
    write_packs(folder / "dev", steps=1, seed=9)
    return folder


def lines(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "steps.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def losses(folder: Path) -> list[float]:
    return [line["loss"] for line in lines(folder)]


def run(packs: Path, folder: Path, size: int = 1, **settings: Any) -> Path:
    config = Train.of(SETTINGS | settings)
    ranks.run(lambda: train(config, packs=packs, checkpoint=folder), size)
    return folder


@pytest.fixture(scope="module")
def whole(packs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the output of one process."""
    return run(packs, tmp_path_factory.mktemp("run") / "whole", eval_every=3)


def test_the_output_is_a_hugging_face_folder(whole: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(whole)
    tokenizer = AutoTokenizer.from_pretrained(whole)
    assert model.config.vocab_size == len(tokenizer) == 256
    assert model.dtype == torch.float32
    assert model.generation_config.eos_token_id == tokenizer.eos_token_id == 0
    assert model.generation_config.pad_token_id == tokenizer.pad_token_id == 1
    ids = tokenizer("t5 t6 t7", return_tensors="pt")["input_ids"]
    assert torch.isfinite(model(ids).logits).all()
    names = {path.name for path in whole.iterdir()}
    assert names == {
        "README.md",
        "about.json",
        "checkpoint.json",
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "steps.jsonl",
        "tokenizer.json",
        "tokenizer_config.json",
    }


def test_each_step_has_a_line(whole: Path) -> None:
    found = lines(whole)
    assert [line["step"] for line in found] == list(range(STEPS))
    assert [("dev_loss" in line) for line in found] == [False, False, True] * 2
    assert found[-1]["loss"] < found[0]["loss"]
    for line in found:
        assert set(line["clusters"]) == {"nli", "commonsense", "sentiment"}
        assert set(line["tasks"]) == {"rte", "copa", "sst2"}
        assert sum(line["tokens"].values()) == 4 * 64


def test_the_record_adds_up(whole: Path, packs: Path) -> None:
    found = schemas.read_json(whole / "checkpoint.json", "checkpoint/1")
    about = json.loads((whole / "about.json").read_text(encoding="utf-8"))
    targets = sum(line["tokens"]["target"] for line in lines(whole))
    assert found["steps"] == about["steps"] == STEPS
    assert found["target_tokens"] == about["target_tokens"] == targets
    assert found["final_loss"] == about["final_loss"] == losses(whole)[-1]
    assert found["packs_sha256"] == json.loads((packs / "packs.json").read_text())["sha256"]
    assert found["tokenizer_sha256"] == open_tokenizer(whole).sha256
    assert found["proof"]["leak"] == 0.0
    assert not any(isinstance(value, dict | list) for value in about.values())
    card = (whole / "README.md").read_text(encoding="utf-8")
    assert "base_model: tiny" in card
    licence = catalogue()["rte"].task.licence
    assert f"| rte | nli | not counted | {licence} |" in card
    assert "Task clusters it has not seen: closed_book_qa, coreference, " in card


@pytest.mark.parametrize("size", [2, 3, 4])
def test_the_number_of_processes_does_not_matter(
    size: int, whole: Path, packs: Path, tmp_path: Path
) -> None:
    # Three ranks share four packs unevenly: the last has none and computes on padding.
    shared = run(packs, tmp_path / "shared", size, eval_every=3)
    assert losses(shared) == pytest.approx(losses(whole), abs=1e-5)
    dev = [line["dev_loss"] for line in lines(shared) if "dev_loss" in line]
    assert dev == pytest.approx([x["dev_loss"] for x in lines(whole) if "dev_loss" in x], abs=1e-5)
    assert [x["tokens"] for x in lines(shared)] == [x["tokens"] for x in lines(whole)]


def test_the_size_of_micro_batches_does_not_matter(
    whole: Path, packs: Path, tmp_path: Path
) -> None:
    large = run(packs, tmp_path / "large", micro_packs=4)
    assert losses(large) == pytest.approx(losses(whole), abs=1e-5)


@pytest.mark.parametrize(
    "settings",
    [
        {"checkpoint_activations": "on"},
        {"optimizer": "adamw", "learning_rate": 1e-3, "schedule": "cosine", "warmup_steps": 2},
        {"model": "tiny-gpt2"},
        {"model": "tiny-gemma3"},
        {"lora_rank": 4, "optimizer": "adamw", "learning_rate": 0.05},
        {"lora_rank": 4, "optimizer": "adamw", "learning_rate": 0.05, "precision": "bfloat16"},
        {"soft_prompt_tokens": 4, "learning_rate": 1.0},
        {"precision": "bfloat16"},
        {"model": "llama-256"},
    ],
    ids="-".join,
)
def test_other_ways_learn_too(settings: dict[str, Any], packs: Path, tmp_path: Path) -> None:
    folder = run(packs, tmp_path / "run", 2, **settings)
    assert losses(folder)[-1] < losses(folder)[0] - 0.01
    AutoModelForCausalLM.from_pretrained(folder)


def test_activations_made_again_change_nothing(whole: Path, packs: Path, tmp_path: Path) -> None:
    again = run(packs, tmp_path / "again", checkpoint_activations="on")
    assert losses(again) == losses(whole)


def test_adapters_leave_the_model_in_the_dtype_that_it_computes_in(
    packs: Path, tmp_path: Path
) -> None:
    """Frozen weights take half the room, and the numbers are those of float32 ones rounded."""
    config = {"lora_rank": 4, "learning_rate": 0.05, "precision": "bfloat16"}
    folder = run(packs, tmp_path / "half", **config)
    whole = run(packs, tmp_path / "whole", lora_rank=4, learning_rate=0.05)
    plans = [json.loads((each / "checkpoint.json").read_text())["plan"] for each in (folder, whole)]
    trained = plans[0]["gradients"]  # adapters are float32 in both
    assert plans[0]["parameters"] - trained == (plans[1]["parameters"] - trained) // 2
    assert losses(folder) == pytest.approx(losses(whole), abs=0.05)


def test_a_spike_is_left_out_and_a_run_that_goes_on_leaves_it_out_too(
    packs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With two steps to compare with, the third loss is made ten times as large."""
    monkeypatch.setattr(spikes, "FEWEST", 2)
    forward = Scorer.forward

    def spoilt(self: Scorer, rows: Any, *what: Any) -> Any:
        losses = forward(self, rows, *what)
        return losses * 10 if self.training and self.step == 2 else losses

    def counted(self: Trainer, step: Any) -> Any:
        self.scorer.step = step.number
        return backward(self, step)

    backward = Trainer._backward
    monkeypatch.setattr(Scorer, "forward", spoilt)
    monkeypatch.setattr(Scorer, "step", -1, raising=False)
    monkeypatch.setattr(Trainer, "_backward", counted)
    config = {"spike_sigmas": 20.0, "save_every": 2, "optimizer": "adafactor"}
    clean = run(packs, tmp_path / "clean", **config)
    assert [line["step"] for line in lines(clean) if line.get("skipped")] == [2]
    assert json.loads((clean / "checkpoint.json").read_text())["skipped_steps"] == 1

    def stopped(self: Trainer, step: Any) -> Any:
        self.stop = step.number == 4
        return counted(self, step)

    monkeypatch.setattr(Trainer, "_backward", stopped)
    with pytest.raises(ranks.Failed, match="stopped by SIGTERM after step 4"):
        run(packs, tmp_path / "again", **config)
    monkeypatch.setattr(Trainer, "_backward", counted)
    again = run(packs, tmp_path / "again", **config)
    assert losses(again) == losses(clean)
    weights = [load_file(each / "model.safetensors") for each in (again, clean)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[1])


def test_a_soft_prompt_is_exported_beside_an_unchanged_model(packs: Path, tmp_path: Path) -> None:
    folder = run(packs, tmp_path / "run", soft_prompt_tokens=4)
    names = {path.name for path in (folder / "soft_prompt").iterdir()}
    assert {"adapter_config.json", "adapter_model.safetensors"} <= names


def test_training_stops_early_when_the_dev_loss_grows(packs: Path, tmp_path: Path) -> None:
    config = {"learning_rate": 3.0, "eval_every": 1, "patience": 2, "clip_norm": 0.0}
    folder = run(packs, tmp_path / "run", **config)
    dev = [line["dev_loss"] for line in lines(folder)]
    best = dev.index(min(dev))
    assert len(dev) == min(STEPS, best + 3)


def test_more_ranks_than_packs_a_step_are_refused(packs: Path, tmp_path: Path) -> None:
    with pytest.raises(ranks.Failed, match="a step has 4 packs of 64 tokens but there are 5 ranks"):
        run(packs, tmp_path / "run", 5)


def test_lora_and_a_soft_prompt_exclude_each_other(packs: Path, tmp_path: Path) -> None:
    config = Train.of(SETTINGS | {"lora_rank": 2, "soft_prompt_tokens": 2})
    with pytest.raises(BadInput, match="lora_rank is 2 and"):
        train(config, packs=packs, checkpoint=tmp_path / "run")


def test_the_metrics_outlive_the_last_step_until_they_are_read(packs: Path, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = Train.of(SETTINGS | {"metrics_port": port, "metrics_linger_s": 60})
    folder = tmp_path / "run"
    # The fork takes along what tests before this one have counted.
    before = telemetry.REGISTRY.get_sample_value("flan_step_total") or 0.0
    group = ranks.start(lambda: train(config, packs=packs, checkpoint=folder), 1)
    end = time.monotonic() + 60
    history = folder / "state" / "history.json"
    while history.is_file() or not (folder / "about.json").is_file():
        assert time.monotonic() < end
        time.sleep(0.05)
    time.sleep(0.5)  # the run is over: from now on the first scrape lets it go
    with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        said = dict(line.rsplit(" ", 1) for line in answer.read().decode().splitlines())
    group.results()
    assert float(said["flan_step_total"]) - before == STEPS
    assert float(said["flan_loss"]) == losses(folder)[-1]
    assert 0 < float(said["flan_goodput_ratio"]) <= 1


def test_packs_that_have_changed_are_refused(packs: Path, tmp_path: Path) -> None:
    copy = copytree(packs, tmp_path / "packs")
    tokens = bytearray((copy / "tokens.bin").read_bytes())
    tokens[100] ^= 1
    (copy / "tokens.bin").write_bytes(bytes(tokens))
    with pytest.raises(ranks.Failed, match="has changed since pack wrote it: run pack again"):
        run(copy, tmp_path / "run")


def test_a_model_that_leaks_is_refused(packs: Path, tmp_path: Path) -> None:
    with pytest.raises(ranks.Failed, match="bloom lets packed documents see each other"):
        run(packs, tmp_path / "run", model="tiny-bloom")

"""A plan's numbers, by hand, and the paper's own counts."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from flan_core.config import Fetch
from flan_core.datasets import catalogue
from flan_core.errors import BadInput
from pipelines.job import Order, job_of, runs_of
from pipelines.models import parameters_of
from pipelines.plan import Assumptions, Rows, cost_of, published, rows_of


def of(recipe: str, assumptions: Assumptions, **order):
    return cost_of(runs_of(job_of(Order(name=recipe, **order)).parameters), assumptions)


def test_rows_are_parted_as_fetch_parts_them():
    """RTE gives 200 train rows to dev; CNN keeps 30,000; what is hand-fetched is not there."""
    parted = {name: published(catalogue()[name].task, Fetch()) for name in ("rte", "cnn_dailymail")}

    assert parted["rte"] == Rows(train=2_290, dev=200, test=277)
    assert parted["cnn_dailymail"] == Rows(train=30_000, dev=200, test=11_490)
    assert published(catalogue()["newsroom"].task, Fetch()).total == 0
    assert published(catalogue()["newsroom"].task, Fetch(manual="there")).train == 30_000


def test_the_rows_of_a_source_at_hand_are_counted(tmp_path: Path):
    row = json.dumps(dict(catalogue()["rte"].task.samples[0]))
    (tmp_path / "rte").mkdir()
    for split, number in (("train", 50), ("validation", 7)):
        (tmp_path / "rte" / f"{split}.jsonl").write_text(f"{row}\n" * number)

    assert rows_of(Fetch(source=str(tmp_path))) == {"rte": Rows(train=40, dev=10, test=7)}
    assert rows_of(Fetch(source="samples", tasks=("rte",))) == {"rte": Rows(6, 1, 1)}


def test_training_takes_six_flops_a_parameter_and_token():
    """1e9 parameters x 245.76 M tokens x 6 = 1.47e18 FLOPs; at 989 TFLOP/s x 0.4, 1.04 h."""
    (model,) = of("paper", Assumptions(parameters=1e9)).models

    assert model.tokens == 30_000 * 8_192
    assert model.train_hours == pytest.approx(1.0355, abs=1e-3)
    assert model.gpus == {"H100": 1, "H200": 1}


def test_evaluation_asks_rows_by_templates_by_models_by_shots():
    """CB: 56 test and 50 dev rows, 9 normal templates, tuned, untuned and without options."""
    order = {"held_out": ("nli",), "parameters": {"fetch": {"tasks": ["cb", "sst2"]}}}
    (model,) = of("paper", Assumptions(parameters=1e9, prompt_tokens=100), **order).models

    prompts = (56 + 50) * 9 * 3
    assert model.prompts == prompts * 2
    assert model.asked_tokens == prompts * (100 + 1_024)
    assert model.tasks == 1


def test_modes_and_tasks_that_are_asked_count():
    """CB again: natural words and the name; one of its nine templates is by name."""
    order = {"held_out": ("nli",), "parameters": {"fetch": {"tasks": ["cb", "rte", "sst2"]}}}
    asked = {"tasks": ["cb"], "mode": "natural+name", "shots": [0], "untuned": False}
    order["parameters"]["evaluate"] = asked
    (model,) = of("paper", Assumptions(parameters=1e9), **order).models

    assert model.prompts == (56 + 50) * (9 + 1)


def test_what_is_left_of_a_model_is_the_model_and_its_states_are_passing():
    cost = of("leave-one-cluster-out", Assumptions(parameters=1e9), like="paper")

    assert {model.checkpoint_bytes for model in cost.models} == {4e9}
    assert cost.state_bytes == 2 * 2 * 4e9, "two models at a time keep two states each"


def test_nine_models_take_nine_times_the_tokens():
    cost = of("leave-one-cluster-out", Assumptions(parameters=1e9), like="paper")

    assert len(cost.models) == 9
    assert sum(model.tokens for model in cost.models) == 9 * 30_000 * 8_192
    held_out = {model.name: model.tasks for model in cost.models}
    assert held_out["nli+paraphrase"] < held_out["sentiment"] < cost.tasks


def test_a_large_model_needs_more_of_the_smaller_gpu():
    (model,) = of("paper", Assumptions(parameters=70e9)).models

    assert model.gpus == {"H100": 11, "H200": 7}


def test_a_soft_prompt_keeps_no_gradients_of_the_model():
    runs = runs_of(job_of(Order(name="paper")).parameters)
    (frozen,) = (replace(run, train=replace(run.train, soft_prompt_tokens=10)) for run in runs)
    whole, small = (
        cost_of([run], Assumptions(parameters=7e9)).models[0] for run in (*runs, frozen)
    )

    assert small.train_hours == pytest.approx(whole.train_hours * 4 / 6)
    assert (whole.state_bytes, small.state_bytes) == (2 * 4 * 7e9, 0)


def test_the_size_of_a_model_is_looked_up_counted_or_asked_for(tmp_path: Path):
    assert parameters_of("Qwen/Qwen3-8B-Base", 1) == 8.191e9
    config = {"model_type": "llama", "vocab_size": 10, "hidden_size": 4, "intermediate_size": 8}
    shape = {"num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1}
    (tmp_path / "config.json").write_text(json.dumps({**config, **shape}))

    layer = (4 * 4 + 2 * 4 * 2 + 4 * 4) + 3 * 4 * 8 + 2 * 4
    assert parameters_of(str(tmp_path), 1) == 2 * 10 * 4 + 2 * layer + 4
    with pytest.raises(
        BadInput, match=r"unknown size of model 'a/b'.*say it with --parameters 7e9"
    ):
        parameters_of("a/b", 1)


def test_the_command_prints_a_table_and_starts_nothing(tmp_path: Path):
    command = [sys.executable, "-m", "pipelines.cli", "plan", "leave-one-cluster-out"]
    done = subprocess.run(
        [*command, "--model", "meta-llama/Llama-3.1-8B", "--held-out", "nli"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": ""},
    )

    assert done.returncode == 0, done.stderr
    for words in ("train", "245,760,000", "1 model", "8.03 B parameters", "1 H200", "MFU of 40%"):
        assert words in done.stdout
    assert list(tmp_path.iterdir()) == []

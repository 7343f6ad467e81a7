"""A job's runs have the settings that its steps will get."""

import importlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest

from flan_core.errors import BadInput
from pipelines.flan import flan
from pipelines.job import Order, job_of, runs_of


def test_a_recipe_is_the_main_job_and_one_run():
    job = job_of(Order(name="paper", held_out=("sentiment",), models=("llama-1b",)))
    (run,) = runs_of(job.parameters)

    assert job.pipeline is flan
    assert run.mix.held_out == run.evaluated == ("sentiment",)
    assert (run.pack.tokenizer, run.train.model, run.evaluate.model) == ("llama-1b",) * 3
    assert run.pack.steps == 30_000


def test_an_experiment_takes_its_other_settings_from_a_recipe():
    order = Order(name="leave-one-cluster-out", like="paper", parameters={"pack": {"steps": 7}})
    run = runs_of(job_of(order).parameters)[0]

    assert (run.pack.steps, run.pack.length, run.train.learning_rate) == (7, 2_048, 3e-5)


def test_parameters_survive_the_way_through_json():
    job = job_of(Order(name="ablations", which="shots"))

    assert runs_of(json.loads(json.dumps(job.parameters))) == runs_of(job.parameters)


def test_one_model_at_a_time_unless_models_are_compared():
    with pytest.raises(BadInput, match="smoke takes one model; --which sizes compares several"):
        job_of(Order(name="smoke", models=("a", "b")))


@dataclass
class Artifact:
    path: str
    metadata: dict = field(default_factory=dict)


@pytest.mark.parametrize("name", ["mix", "pack", "train", "evaluate"])
def test_what_a_component_hands_its_step_is_what_preflight_checked(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Run each component's own code with the step replaced by one that keeps its settings."""
    import components

    kept: dict[str, Any] = {}
    parameters = job_of(
        Order(name="ablations", which="clusters", models=("tiny-qwen3",))
    ).parameters
    variant = parameters["variants"][1]
    component = getattr(components, name)
    _replace(monkeypatch, name, kept)
    known = set(component.component_spec.inputs)
    given = {
        "config": parameters.get(name, {}),
        "launch": parameters["launch"],
        "held_out": [],
        "cluster": "",
        "model": parameters["model"],
        "tokenizer": parameters["model"],
        "seed": parameters["seed"],
        "variant": variant,
        "table": parameters["table"],
    }
    files = {n: Artifact(str(tmp_path / n)) for n in ("prompts", "mixture", "packs", "checkpoint")}
    files |= {n: Artifact(str(tmp_path / n)) for n in ("scores", "confusion")}
    arguments = {key: value for key, value in given.items() if key in known}
    outputs = set(component.component_spec.outputs or {})
    component.python_func(**arguments, **{k: v for k, v in files.items() if k in known | outputs})

    run = next(run for run in runs_of(parameters) if run.name == variant)
    assert kept["settings"] == asdict(getattr(run, name))


def _replace(monkeypatch: pytest.MonkeyPatch, name: str, kept: dict[str, Any]) -> None:
    """Put a step that keeps its settings in the place of the real one."""
    from flan_core import launch
    from flan_core.launch import LaunchEvaluate, LaunchTrain

    module = (
        launch if name in ("train", "evaluate") else importlib.import_module(f"flan_core.{name}")
    )
    kind = {"train": LaunchTrain, "evaluate": LaunchEvaluate}.get(name)

    def step(config, **files):
        kept["settings"] = asdict(getattr(config, name) if kind else config)

    step.__name__ = name
    step.__annotations__ = {
        "config": kind or getattr(importlib.import_module("flan_core.config"), name.title())
    }
    monkeypatch.setattr(module, name, step)

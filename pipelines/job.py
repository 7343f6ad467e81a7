"""A job: which pipeline with which parameters, and the models that come of it.

job_of("paper", …)                     one model
job_of("leave-one-cluster-out", …)     a model for each set of clusters that leave together
job_of("ablations", which="shots", …)  a model for each line of the ablation's table
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flan_core.config import Config, Evaluate, Fetch, Launch, Mix, Pack, Render, Train
from flan_core.errors import BadInput, unknown
from flan_core.step import settings_of
from pipelines.ablations import ABLATIONS, Choice, ablation_of
from pipelines.experiment import Experiment, pipeline_of
from pipelines.leave_one_cluster_out import EVALUATED, leave_one_cluster_out
from pipelines.recipes import RECIPES, override, recipe_of

EXPERIMENTS = ("leave-one-cluster-out", "ablations")
"""Jobs of many models."""

RETRAIN = "retrain"
"""The job that makes a challenger."""

DEFAULTS: Mapping[str, Any] = {"source": "samples", "model": "tiny", "seed": 0}
"""What every job has a value for."""


STEPS: Mapping[str, type[Config]] = {
    "fetch": Fetch,
    "render": Render,
    "mix": Mix,
    "pack": Pack,
    "train": Train,
    "evaluate": Evaluate,
    "launch": Launch,
}
"""The settings of each step of a run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What a user asks for; empty is the recipe's own choice."""

    name: str
    which: str = ""
    """The ablation, where the name is ``ablations``."""
    like: str = "smoke"
    """The recipe that an experiment takes its other settings from."""
    held_out: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    there: tuple[str, ...] = ()
    """Tasks that the source has; empty means all."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Source, seed and settings by step, laid over the recipe's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A pipeline and its parameters, under a name."""

    name: str
    pipeline: Callable[..., Any]
    parameters: dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One model of a job, with the settings of each step as the step will get them."""

    name: str
    """The variant of the experiment; empty where there is one model only."""
    fetch: Fetch
    render: Render
    mix: Mix
    pack: Pack
    train: Train
    evaluate: Evaluate
    launch: Launch

    @property
    def evaluated(self) -> tuple[str, ...]:
        """The clusters that the model is asked about."""
        return tuple(filter(None, self.evaluate.cluster.split("+")))


def job_of(order: Order) -> Job:
    """Return the job that is asked for.

    Raises:
        BadInput: the name, the ablation or a cluster is unknown, or there are too many models.
    """
    if order.name not in EXPERIMENTS:
        return _single_job(order)
    experiment = experiment_of(order)
    shared = _shared(order, order.like)
    shared.pop("held_out", None)
    preset = experiment.parameters
    compare = {**preset["compare"], "recipe": order.like, **shared.pop("compare", {})}
    return Job(
        name=experiment.name,
        pipeline=pipeline_of(experiment),
        parameters={**shared, **preset, "compare": compare},
    )


def _single_job(order: Order) -> Job:
    """Return a job of one model: the main job as a recipe says, or ``retrain`` like one."""
    from pipelines.flan import flan
    from pipelines.retrain import retrain

    again = order.name == RETRAIN
    if order.name not in RECIPES and not again:
        raise unknown("recipe", order.name, [*RECIPES, *EXPERIMENTS, RETRAIN])
    parameters = {"held_out": ["nli"], **_shared(order, order.like if again else order.name)}
    if order.held_out:
        parameters["held_out"] = list(order.held_out)
    return Job(name=order.name, pipeline=retrain if again else flan, parameters=parameters)


def experiment_of(order: Order) -> Experiment:
    """Return the experiment that is asked for."""
    if order.name == EXPERIMENTS[0]:
        return leave_one_cluster_out(order.held_out or EVALUATED)
    if not order.which:
        raise BadInput(f"say which ablation with --which; there are {', '.join(ABLATIONS)}")
    choice = Choice(held_out=order.held_out, models=order.models, there=order.there)
    return ablation_of(order.which)(choice)


def _shared(order: Order, recipe: str) -> dict[str, Any]:
    parameters = override({**DEFAULTS, **recipe_of(recipe).parameters}, order.parameters)
    if len(order.models) == 1:
        parameters["model"] = order.models[0]
    elif order.models and order.which not in ("sizes", "soft-prompts"):
        raise BadInput(f"{order.name} takes one model; --which sizes compares several")
    return parameters


def runs_of(parameters: Mapping[str, Any]) -> list[Run]:
    """Return every model that a job makes, its settings checked.

    Raises:
        BadInput: a setting is unknown or out of range, or a variant is not in the table.
    """
    return [_run_of(parameters, variant) for variant in parameters.get("variants", [""])]


def _run_of(parameters: Mapping[str, Any], variant: str) -> Run:
    """Put the settings together as the pipeline and the components do."""
    model, seed = parameters["model"], parameters["seed"]
    held_out = parameters.get("held_out", [])
    axes: Mapping[str, Mapping[str, Any]] = {
        "fetch": {"source": parameters["source"], "seed": seed},
        "mix": {"held_out": held_out, "seed": seed},
        "pack": {"tokenizer": model, "seed": seed},
        "train": {"model": model, "seed": seed},
        "evaluate": {"cluster": "+".join(held_out), "model": model, "seed": seed},
    }
    given = {step: {**axes.get(step, {}), **parameters.get(step, {})} for step in STEPS}
    table = parameters.get("table", {})
    settings = {
        step: kind.of(settings_of(step, given[step], table, variant))
        for step, kind in STEPS.items()
    }
    return Run(name=variant, **settings)  # type: ignore[arg-type]  # each step has its own class

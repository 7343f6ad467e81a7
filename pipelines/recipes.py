"""Recipes: named settings of the main job. Each is data; none is a copy of the pipeline."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flan_core.errors import unknown


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """A name, what it is for, and the pipeline's parameters that differ from their defaults."""

    name: str
    about: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


SMOKE = Recipe(
    name="smoke",
    about="The whole method in two minutes on a laptop: a tiny model made from a config.",
    parameters={
        "held_out": ["nli"],
        "source": "samples",
        "model": "tiny",
        "fetch": {"max_rows": 2_000, "max_eval_rows": 40},
        "mix": {"few_shot": 0.2, "shots": 2},
        "pack": {
            "vocabulary": 2_048,
            "max_input": 768,
            "length": 1_024,
            "tokens_per_step": 4_096,
            "steps": 60,
        },
        "train": {"learning_rate": 3e-2, "schedule": "linear", "warmup_steps": 5, "save_every": 25},
        "evaluate": {"max_rows": 40, "max_dev_rows": 20, "templates": 3, "max_input": 768},
        "launch": {"scheduler": "local_cwd", "processes": 2},
    },
)

PAPER = Recipe(
    name="paper",
    about="The paper's recipe on the hub's rows: 30,000 steps of 8,192 tokens, Adafactor at 3e-5.",
    parameters={
        "held_out": ["nli"],
        "source": "hub",
        "pack": {"length": 2_048, "tokens_per_step": 8_192, "steps": 30_000},
        "train": {"optimizer": "adafactor", "learning_rate": 3e-5, "schedule": "constant"},
        "evaluate": {"shots": [0, 16]},
        "launch": {"scheduler": "kubernetes_job", "processes": 8, "gpus": 8},
    },
)

BEYOND = Recipe(
    name="beyond",
    about="The paper's recipe with what later work added: mixed shots, drawn forms of options, "
    "no training row that overlaps an evaluation row.",
    parameters={
        **PAPER.parameters,
        "mix": {
            "few_shot": 0.5,
            "shots": 5,
            "no_options": 0.25,
            "option_formats": True,
            "leakage": "drop",
        },
    },
)

RECIPES = {recipe.name: recipe for recipe in (SMOKE, PAPER, BEYOND)}
"""Every recipe by name."""


def recipe_of(name: str) -> Recipe:
    """Return a recipe; an unknown name is an error that offers the nearest ones."""
    if name not in RECIPES:
        raise unknown("recipe", name, RECIPES)
    return RECIPES[name]


def override(parameters: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters with settings laid over them, one level deep into each step's dict.

    >>> override({"pack": {"steps": 9, "length": 8}}, {"pack": {"steps": 3}})
    {'pack': {'steps': 3, 'length': 8}}
    """
    merged = dict(parameters)
    for name, value in settings.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(name), Mapping)
        merged[name] = {**merged[name], **value} if both else value
    return merged

"""The paper's ablations (section 4, appendices B and C): each a small table of settings.

     clusters       1 … 7 clusters in training            figure 6
     sizes          models of several sizes               figure 7
     modes          natural, name or no instructions      figure 8, table 3
     shots          zero-shot and few-shot                figure 9
     soft-prompts   a soft prompt on several models       figure 10
     templates      1 … 10 templates a dataset            appendix B.1
     datasets       1 … 4 datasets a cluster              appendix B.1

The model before tuning is the same for all variants but those of ``sizes`` and ``soft-prompts``:
there the first variant alone measures it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from flan_core.datasets import catalogue, left_out, tasks_of
from flan_core.errors import BadInput, unknown
from pipelines.experiment import Experiment, asked, of_model
from pipelines.models import parameters_of
from pipelines.recipes import override

HELD_OUT = ("nli", "closed_book_qa", "commonsense")
"""The clusters that the paper's ablations of clusters, sizes, templates and datasets hold out."""

HELD_OUT_OF_MODES = ("nli", "reading_comprehension", "closed_book_qa", "translation")
"""The clusters of the paper's table 3; here one model holds out all four."""

GROWING: Sequence[tuple[str, ...]] = (
    ("summarization",),
    ("translation",),
    ("reading_comprehension",),
    ("sentiment",),
    ("struct_to_text",),
    ("coreference",),
    ("coqa", "quac"),
)
"""What each further cluster adds to training, in the paper's order; last, conversational QA."""

FAMILY = (
    "Qwen/Qwen3-0.6B-Base",
    "Qwen/Qwen3-1.7B-Base",
    "Qwen/Qwen3-4B-Base",
    "Qwen/Qwen3-8B-Base",
)
"""One family of open base models in four sizes."""

VOCABULARY = 4_096
"""Vocabulary that the size of a model made from a config is told for."""

SHOTS = 5
"""Exemplars of the few-shot settings."""

SOFT_PROMPT_TOKENS = 10
"""Length of a tuned soft prompt (paper section 4.5)."""

LOW_RESOURCE_ROWS = 32
"""Rows of a task that prompt tuning sees in the low-resource setting (paper section 4.5)."""

SUPERGLUE = ("bool_q", "cb", "copa", "multirc", "record", "rte", "wic", "wsc")
"""The tasks of the paper's figure 10."""

Table = dict[str, dict[str, Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What a user may choose of an ablation; empty is the ablation's own default."""

    held_out: tuple[str, ...] = ()
    """Clusters that are held out and evaluated."""
    models: tuple[str, ...] = ()
    """The models to compare, where it is models that are compared."""
    there: tuple[str, ...] = ()
    """Tasks that the source of rows has; empty means all."""


DEFAULT = Choice()


def clusters(choice: Choice = DEFAULT) -> Experiment:
    """Vary the number of clusters in training, in the paper's order."""
    table: Table = {}
    tasks: list[str] = []
    for added in _growing(_held_out(choice)):
        tasks += added
        table[_count(len(table) + 1, "cluster")] = {"mix": {"tasks": list(tasks)}}
    return Experiment(
        name="ablation-clusters",
        about="More clusters in training, in the paper's order: do those held out gain?",
        table=_sharing(table, _held_out(choice)),
        axis="clusters in training",
        at={name: number for number, name in enumerate(table, start=1)},
    )


def templates(choice: Choice = DEFAULT) -> Experiment:
    """Vary the number of templates that each dataset is trained with."""
    numbers = (1, 2, 4, 7, 10)
    table = {_count(number, "template"): {"mix": {"templates": number}} for number in numbers}
    return Experiment(
        name="ablation-templates",
        about="More templates a dataset in training: do the clusters held out gain?",
        table=_sharing(table, _held_out(choice)),
        axis="templates a dataset",
        at=dict(zip(table, numbers, strict=True)),
    )


def datasets(choice: Choice = DEFAULT) -> Experiment:
    """Vary the number of datasets of each cluster; the first ones in name order."""
    known = choice.there or tuple(catalogue())
    groups = [_datasets_of(added, known) for added in _growing(_held_out(choice))]
    numbers = (1, 2, 3, 4)
    table = {
        _count(number, "dataset"): {
            "mix": {"tasks": [name for group in groups for name in group[:number]]}
        }
        for number in numbers
    }
    return Experiment(
        name="ablation-datasets",
        about="More datasets a cluster in training: do the clusters held out gain?",
        table=_sharing(table, _held_out(choice)),
        axis="datasets a cluster",
        at=dict(zip(table, numbers, strict=True)),
    )


def shots(choice: Choice = DEFAULT) -> Experiment:
    """Vary the share of few-shot prompts in training; evaluate without and with exemplars."""
    shares = {"zero-shot training": 0.0, "half few-shot training": 0.5, "few-shot training": 1.0}
    both = {"evaluate": {"shots": [0, SHOTS]}}
    table = {
        name: {"mix": {"few_shot": share, "shots": SHOTS}, **both} for name, share in shares.items()
    }
    return Experiment(
        name="ablation-shots",
        about="Exemplars in training and in evaluation: which models make use of them?",
        table=_sharing(table, _held_out(choice)),
        axis="share of few-shot prompts in training",
        at=shares,
    )


def modes(choice: Choice = DEFAULT) -> Experiment:
    """Vary how much instructions say in training; ask in natural words, and by name where trained.

    The paper tunes a model for each cluster of its table 3; here one model holds out all four.
    """
    table: Table = {
        "natural instructions": {"mix": {"mode": "natural"}, "evaluate": {"mode": "natural"}},
        "no instructions": {"mix": {"mode": "none"}, "evaluate": {"mode": "natural"}},
        "the dataset's name": {"mix": {"mode": "name"}, "evaluate": {"mode": "natural+name"}},
    }
    return Experiment(
        name="ablation-modes",
        about="Instructions in training: natural, none, or the dataset's name. Do they matter?",
        table=_sharing(table, choice.held_out or HELD_OUT_OF_MODES),
    )


def sizes(choice: Choice = DEFAULT) -> Experiment:
    """Vary the model: each is tuned alike and compared with itself before tuning.

    Raises:
        BadInput: a model's number of parameters is not known.
    """
    named = _labels(choice.models or FAMILY)
    millions = {name: parameters_of(model, VOCABULARY) / 1e6 for name, model in named.items()}
    table = {
        name: override(asked(_held_out(choice)), of_model(model)) for name, model in named.items()
    }
    return Experiment(
        name="ablation-sizes",
        about="The same tuning of models of several sizes: does it help small ones, too?",
        table=table,
        axis="million parameters",
        at={name: round(number, 1) for name, number in millions.items()},
    )


def soft_prompts(choice: Choice = DEFAULT) -> Experiment:
    """Tune a soft prompt on top of each model, on 32 rows and on all rows of each SuperGLUE task.

    The models are the one before tuning, and checkpoints of models that held these clusters out;
    their weights stay as they are. Paper section 4.5 and figure 10.

    Raises:
        BadInput: the clusters have no task of SuperGLUE.
    """
    held_out = _held_out(choice)
    tasks = [name for name in SUPERGLUE if catalogue()[name].cluster in held_out]
    if not tasks:
        raise BadInput(
            f"{', '.join(held_out)} has no task of SuperGLUE; hold out nli, commonsense, "
            f"coreference or reading_comprehension"
        )
    models = _labels(choice.models or ("tiny",))
    limits: Table = {"32 rows": {"max_rows": LOW_RESOURCE_ROWS}, "all rows": {}}
    every = [*product(tasks, models, limits)]
    return Experiment(
        name="ablation-soft-prompts",
        about="A soft prompt on top: does a tuned model take fewer rows to learn a new task?",
        table={
            f"{task}, {name}, {rows}": override(
                _soft_prompt(task, models[name], untuned=rows == next(iter(limits))),
                {"mix": limits[rows]},
            )
            for task, name, rows in every
        },
        lines={f"{task}, {name}, {rows}": f"{name}, {rows}" for task, name, rows in every},
    )


def _soft_prompt(task: str, model: str, *, untuned: bool) -> dict[str, Any]:
    """Return the variant that tunes a soft prompt for a task; once, the model is asked without."""
    return {
        "mix": {"tasks": [task], "inverse": 0.0},
        "pack": {"tokenizer": model},
        "train": {"model": model, "soft_prompt_tokens": SOFT_PROMPT_TOKENS},
        "evaluate": {
            "model": model,
            "cluster": catalogue()[task].cluster,
            "tasks": [task],
            "untuned": untuned,
            "without_options": False,
        },
    }


Ablation = Callable[[Choice], Experiment]

ABLATIONS: Mapping[str, Ablation] = {
    "clusters": clusters,
    "sizes": sizes,
    "modes": modes,
    "shots": shots,
    "soft-prompts": soft_prompts,
    "templates": templates,
    "datasets": datasets,
}
"""Every ablation by name."""


def ablation_of(which: str) -> Ablation:
    """Return an ablation; an unknown name is an error that offers the nearest ones."""
    if which not in ABLATIONS:
        raise unknown("ablation", which, ABLATIONS)
    return ABLATIONS[which]


def _sharing(table: Table, held_out: Sequence[str]) -> Table:
    """Let all variants evaluate the same held-out clusters, the first the untuned model, too."""
    first = next(iter(table))
    return {
        name: override(asked(held_out, untuned=name == first), steps)
        for name, steps in table.items()
    }


def _held_out(choice: Choice) -> tuple[str, ...]:
    return choice.held_out or HELD_OUT


def _growing(held_out: Iterable[str]) -> list[tuple[str, ...]]:
    """Return what may be added to training when these clusters are held out."""
    gone = left_out(held_out)
    return [
        added
        for added in GROWING
        if gone.isdisjoint(catalogue()[task].cluster for task in tasks_of(added))
    ]


def _datasets_of(names: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return the datasets that the names stand for and that have known tasks, in name order."""
    wanted = set(tasks_of(names)) & set(known)
    return sorted({catalogue()[task].dataset for task in wanted})


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _labels(models: Sequence[str]) -> dict[str, str]:
    """Return the models by their names without owner or folder, or as they are if two share one.

    >>> _labels(["Qwen/Qwen3-4B-Base", "tiny"])
    {'Qwen3-4B-Base': 'Qwen/Qwen3-4B-Base', 'tiny': 'tiny'}
    """
    short = {model.rstrip("/").rpartition("/")[2]: model for model in models}
    return short if len(short) == len(models) else {model: model for model in models}

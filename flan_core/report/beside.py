"""Set a run's scores beside the paper's, dataset by dataset, where both used the same metric."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flan_core.report.charts import axis_of
from flan_core.report.held_out import in_order, name_of
from flan_core.report.paper import FIGURES, MODELS, Figures
from flan_core.scores import Scores, TaskScores

PERCENT = axis_of((0.0, 100.0), low=0.0)
"""The axis of the plot."""

LEGEND = (
    *((name.replace("_", " "), title) for name, title in MODELS.items()),
    ("ours tuned", "this run, tuned"),
    ("ours untuned", "this run, untuned"),
)
"""How each model's mark is drawn, and its name."""


@dataclass(frozen=True, slots=True)
class Point:
    """A score in the plot beside the paper's: whose, how it is drawn, where."""

    name: str
    style: str
    value: float
    at: float


@dataclass(frozen=True, slots=True)
class Beside:
    """One dataset beside the paper's figures."""

    figures: Figures
    points: tuple[Point, ...]


def beside_paper(all_scores: Iterable[Scores]) -> list[Beside]:
    """Return the tasks that the paper measured by the same metric, with everyone's scores."""
    found = []
    for key, task in (pair for scores in all_scores for pair in scores.tasks.items()):
        figures = FIGURES.get(key)
        ours = _ours(task, figures) if figures else []
        if figures and ours:
            found.append(Beside(figures, (*_theirs(figures), *ours)))
    return found


def _ours(task: TaskScores, figures: Figures) -> list[Point]:
    points = []
    for key in in_order(task.results):
        result = task.results[key]
        value = result.mean if task.metric == figures.metric else result.metrics.get(figures.metric)
        if value is None or key.startswith("untuned_no_options"):
            continue
        who, _, shots = key.partition("/")
        style = f"ours {who}" + ("" if shots in ("", "0") else " few")
        points.append(Point(f"this run, {name_of(key)}", style, value, _percent(value)))
    return points


def _theirs(figures: Figures) -> list[Point]:
    values: Mapping[str, float | None] = {name: getattr(figures, name) for name in MODELS}
    return [
        Point(MODELS[name], name.replace("_", " "), value, _percent(value))
        for name, value in values.items()
        if value is not None
    ]


def _percent(value: float) -> float:
    return round(min(100.0, max(0.0, value)), 2)

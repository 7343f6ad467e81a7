"""The table of figure 5: a held-out cluster after the other, a line a task beside the paper's."""

from collections.abc import Iterator
from dataclasses import dataclass

from flan_core.report.paper import FIGURES, Figures
from flan_core.scores import Comparison, Result, Scores


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One task of a cluster: the paper's figures if it has them by the same metric, and ours."""

    title: str
    metric: str
    figures: Figures | None
    tuned: Result | None
    untuned: Result | None
    comparison: Comparison | None


@dataclass(frozen=True, slots=True)
class ClusterTable:
    """One held-out cluster: its scores, and a line a task."""

    scores: Scores
    lines: tuple[TaskLine, ...]


def table_of(scores: Scores) -> ClusterTable:
    """Return a cluster's lines; the paper's figures stand where they are of the same metric."""
    return ClusterTable(scores, tuple(_task_lines(scores)))


def _task_lines(scores: Scores) -> Iterator[TaskLine]:
    for key, task in scores.tasks.items():
        figures = FIGURES.get(key)
        measured = {task.metric, *task.results["tuned/0"].metrics} if task.results else set()
        yield TaskLine(
            title=f"{task.title} {task.direction}".strip(),
            metric=task.metric,
            figures=figures if figures and figures.metric in measured else None,
            tuned=task.results.get("tuned/0"),
            untuned=task.results.get("untuned/0"),
            comparison=task.comparison.get("0"),
        )

"""Arrange the scores of the held-out clusters for the page: lanes of dots, tables, examples.

    task RTE   lane  tuned            |      . ..o--. .       |   61.2 ± 3.1
               lane  untuned          |  .-o-.                |   52.7 ± 1.0
                                          :    :  random, majority

A lane is one model with one number of exemplars; all lanes of a cluster share an axis.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from flan_core.report.charts import Axis, axis_of
from flan_core.scores import (
    WHO,
    Answer,
    BestDev,
    Calibration,
    CalibrationBin,
    Comparison,
    Confusion,
    Result,
    Scores,
    TaskScores,
    TemplateScore,
)

EXAMPLES = 6
"""Prompts shown of a task, right and wrong ones; half as many where there are many tasks."""
MANY_TASKS = 24
LONGEST = 1_200
"""Characters shown of a prompt or an answer, at most."""
ALL_EXAMPLES = 500_000
"""Characters of all prompts and answers on the page, about, so that it stays below 2 MB."""

_NAMES = {
    "tuned": "tuned",
    "untuned": "untuned",
    "untuned_no_options": "untuned, no options",
}


@dataclass(frozen=True, slots=True)
class Dot:
    """One template's score: where on the lane, and what it says when pointed at."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One model on one task: its mean and interval, a dot a template, the best dev template."""

    key: str
    name: str
    style: str
    result: Result
    mean: float
    low: float
    high: float
    dots: tuple[Dot, ...]
    best: Dot | None

    def of_template(self, number: int) -> TemplateScore | None:
        """Return the score of one template, if it was asked."""
        return next((one for one in self.result.templates if one.template == number), None)


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task on the page; ``random`` and ``majority`` are positions on the cluster's axis."""

    key: str
    title: str
    scores: TaskScores
    lanes: tuple[Lane, ...]
    random: float | None
    majority: float | None
    rows: tuple["Line", ...]
    examples: tuple[Answer, ...]

    @property
    def templates(self) -> list[int]:
        """The templates that any model was asked."""
        return sorted({one.template for lane in self.lanes for one in lane.result.templates})

    @property
    def other_metrics(self) -> list[str]:
        """The task's metrics but its first."""
        named = {name for lane in self.lanes for name in lane.result.metrics}
        return sorted(named - {self.scores.metric})


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the cluster's table: one task with one number of exemplars."""

    shots: str
    tuned: Result | None
    untuned: Result | None
    comparison: Comparison | None


@dataclass(frozen=True, slots=True)
class ClusterView:
    """A held-out cluster on the page."""

    scores: Scores
    axis: Axis
    tasks: tuple[TaskView, ...]
    few_shot: bool
    longest: int
    """Characters shown of a prompt or an answer."""


def cluster_views(all_scores: Iterable[Scores]) -> list[ClusterView]:
    """Return what the page shows of each cluster; the more tasks there are, the less of each."""
    found = list(all_scores)
    num_tasks = sum(len(scores.tasks) for scores in found)
    examples = EXAMPLES if num_tasks <= MANY_TASKS else EXAMPLES // 2
    # An example is a prompt, its target and what some models said: about four texts.
    longest = min(LONGEST, ALL_EXAMPLES // (4 * examples * max(num_tasks, 1)))
    return [_cluster_view(scores, examples, longest) for scores in found]


def _cluster_view(scores: Scores, examples: int, longest: int) -> ClusterView:
    axis = axis_of(_extent(scores.tasks.values()), low=0.0)
    tasks = tuple(_task_view(key, task, axis, examples) for key, task in scores.tasks.items())
    shots = {line.shots for task in tasks for line in task.rows}
    return ClusterView(scores, axis, tasks, few_shot=shots not in ({"0"}, set()), longest=longest)


def name_of(key: str) -> str:
    """Return the words for a key of the results: ``tuned/5`` is "tuned, 5 exemplars".

    >>> name_of("untuned/0"), name_of("tuned/1")
    ('untuned', 'tuned, 1 exemplar')
    """
    who, _, shots = key.partition("/")
    plural = "exemplar" if shots == "1" else "exemplars"
    return _NAMES.get(who, who) + ("" if shots in ("", "0") else f", {shots} {plural}")


def in_order(keys: Iterable[str]) -> list[str]:
    """Return keys of results, zero-shot first, tuned before untuned."""

    def place(key: str) -> tuple[int, int, str]:
        who, _, shots = key.partition("/")
        rank = WHO.index(who) if who in WHO else len(WHO)
        return (int(shots) if shots.isdigit() else 0, rank, who)

    return sorted(keys, key=place)


def _extent(tasks: Iterable[TaskScores]) -> Iterable[float]:
    for task in tasks:
        yield from (b for b in (task.baselines.majority, task.baselines.random) if b is not None)
        for result in task.results.values():
            yield from result.interval
            yield from (template.test for template in result.templates)


def _task_view(key: str, task: TaskScores, axis: Axis, examples: int) -> TaskView:
    random, majority = task.baselines.random, task.baselines.majority
    return TaskView(
        key=key,
        title=f"{task.title} {task.direction}".strip(),
        scores=task,
        lanes=tuple(_lane(name, task.results[name], axis) for name in in_order(task.results)),
        random=None if random is None else axis.at(random),
        majority=None if majority is None else axis.at(majority),
        rows=tuple(_lines(task)),
        examples=_chosen(task.examples, examples),
    )


def _lane(key: str, result: Result, axis: Axis) -> Lane:
    who, _, shots = key.partition("/")
    best = result.best_dev
    return Lane(
        key=key,
        name=name_of(key),
        style=f"{who} few" if shots not in ("", "0") else who,
        result=result,
        mean=axis.at(result.mean),
        low=axis.at(result.interval[0]),
        high=axis.at(result.interval[1]),
        dots=tuple(
            Dot(axis.at(one.test), f"template {one.template}: {one.test:.1f}")
            for one in result.templates
        ),
        best=_best_dot(best, axis) if best else None,
    )


def _best_dot(best: BestDev, axis: Axis) -> Dot:
    return Dot(axis.at(best.test), f"best on dev, template {best.template}: {best.test:.1f}")


def _lines(task: TaskScores) -> Iterable[Line]:
    shots = dict.fromkeys(key.partition("/")[2] for key in in_order(task.results))
    for number in shots:
        yield Line(
            shots=number,
            tuned=task.results.get(f"tuned/{number}"),
            untuned=task.results.get(f"untuned/{number}"),
            comparison=task.comparison.get(number),
        )


def _chosen(examples: tuple[Answer, ...], number: int) -> tuple[Answer, ...]:
    """Return so many answers, right ones and wrong ones, so that neither hide the other."""
    right = [answer for answer in examples if answer.right]
    wrong = [answer for answer in examples if not answer.right]
    kept_right = right[: max(number // 2, number - len(wrong))]
    return tuple(kept_right + wrong[: number - len(kept_right)])


def heat(confusion: Confusion) -> tuple[tuple[tuple[int, float], ...], ...]:
    """Return each cell's count and its share of its row, which is how strongly it is tinted."""
    return tuple(
        tuple((count, round(count / max(sum(row), 1), 4)) for count in row)
        for row in confusion.matrix
    )


def calibration_path(calibration: Calibration) -> str:
    """Return the SVG path of a calibration curve in a box of 100 by 100."""
    points = [f"{100 * b.confidence:.2f} {100 - 100 * b.accuracy:.2f}" for b in calibration.bins]
    return "M" + "L".join(points) if points else ""


def dot_size(one: CalibrationBin, calibration: Calibration) -> float:
    """Return the width in pixels of a bin's dot; its area goes with the number of answers."""
    most = max(each.n for each in calibration.bins)
    return round(max(3.0, 14 * math.sqrt(one.n / most)), 1)

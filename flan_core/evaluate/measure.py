"""From predictions to scores: metrics by template, intervals, baselines, comparisons, means.

    predictions  tuned-0  untuned-0                of each task, and each direction where it has two
                    │         │
    templates    T0 T1 …   T0 T1 …   ─▶ metric, dev and test      ─▶ mean, std, best dev template
    draws        the same for all    ─▶ interval, paired test     ─▶ comparison, cluster's mean

Rows are drawn once for all templates and models of a task, so that differences are paired.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from flan_core.config import Evaluate
from flan_core.evaluate.calibration import calibration_of
from flan_core.evaluate.examples import examples_of
from flan_core.evaluate.predictions import Ledger
from flan_core.evaluate.questions import Quiz, majority_of
from flan_core.evaluate.resample import (
    Draws,
    Measured,
    compare,
    interval_of,
    mean_draws,
    other_sign,
)
from flan_core.evaluate.sums import Answers, Floats
from flan_core.metrics import METRICS, Metric
from flan_core.progress import track
from flan_core.scores import (
    Baselines,
    BestDev,
    Comparison,
    Confusion,
    Mean,
    Result,
    Scores,
    TaskScores,
    TemplateScore,
)
from flan_core.seeds import generator_of

MOST_LABELS = 30
"""Labels of a confusion matrix that can still be looked at."""
RANDOM_DRAWS = 20
"""Random answers to every question, where a metric's expected value has no closed form."""

Columns = Mapping[str, list[Any]]
"""The predictions of one template and split, by column."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """All predictions of one model in one form on one task: by template, test and dev."""

    test: dict[int, Columns]
    dev: dict[int, Columns]


@dataclass(frozen=True, slots=True)
class Marked:
    """A task's scores, and the first metric's values behind them, by key and template."""

    scores: TaskScores
    measured: dict[str, list[Measured]]


def measure(config: Evaluate, quizzes: Sequence[Quiz], ledgers: Sequence[Ledger]) -> dict[str, Any]:
    """Return the fields ``tasks``, ``mean`` and ``comparison`` of the cluster's scores."""
    marked: dict[str, Marked] = {}
    for quiz in track(quizzes, "evaluate: score", "tasks"):
        for direction, templates in quiz.directions.items():
            name = f"{quiz.task}/{direction.replace(' ', '-')}" if direction else quiz.task
            marked[name] = _mark(config, quiz, direction, templates, ledgers)
    return {
        "tasks": {name: each.scores for name, each in marked.items()},
        "mean": _means(marked),
        "comparison": _comparisons(config, marked),
    }


def _mark(
    config: Evaluate,
    quiz: Quiz,
    direction: str,
    templates: Sequence[int],
    ledgers: Sequence[Ledger],
) -> Marked:
    """Score one task in one direction."""
    sheets = {
        ledger.key: _sheet(ledger, quiz.task, templates)
        for ledger in ledgers
        if any(part.task == quiz.task for part in ledger.parts)
    }
    metrics = [METRICS[name] for name in quiz.about.metrics]
    first = next(iter(sheets.values())).test[templates[0]]
    draws = Draws(quiz.task, first["group"], config.bootstrap, config.seed)
    measured = {
        key: [_measured(draws, metrics, sheet.test[t]) for t in templates]
        for key, sheet in sheets.items()
    }
    results = {key: _result(quiz, metrics, sheet, measured[key]) for key, sheet in sheets.items()}
    scores = TaskScores(
        task=quiz.task,
        dataset=quiz.about.dataset,
        title=quiz.about.title,
        kind=quiz.about.kind,
        direction=direction,
        metric=metrics[0].name,
        n=len(first["row"]),
        n_dev=sum(split == "dev" for split, _ in quiz.asked),
        baselines=_baselines(quiz, metrics[0], first) if quiz.is_classification else Baselines(),
        results=results,
        comparison={
            shots: compare(ours, theirs, config.bootstrap, f"{quiz.task}/{direction}/{shots}")
            for shots, ours, theirs in _pairs(config, measured)
        },
        confusion={
            key: matrix
            for key, sheet in sheets.items()
            if quiz.is_classification and (matrix := _confusion(sheet))
        },
        examples=examples_of(quiz, metrics[0], {key: sheet.test for key, sheet in sheets.items()}),
    )
    return Marked(scores, measured)


def _sheet(ledger: Ledger, task: str, templates: Sequence[int]) -> Sheet:
    test: dict[int, Columns] = {}
    dev: dict[int, Columns] = {}
    for template in templates:
        columns = ledger.table(task, template).to_pydict()
        for split, where in (("test", test), ("dev", dev)):
            own = [i for i, each in enumerate(columns["split"]) if each == split]
            where[template] = {name: [some[i] for i in own] for name, some in columns.items()}
    return Sheet(test, dev)


def _measured(draws: Draws, metrics: Sequence[Metric], columns: Columns) -> Measured:
    """Measure the first metric on the test rows."""
    if metrics[0].each:
        return draws.of_each(_marks(metrics, 0, columns))
    answers = Answers(columns["accepted"], columns["said"], columns["group"])
    return draws.of_whole(metrics[0], answers)


def _marks(metrics: Sequence[Metric], which: int, columns: Columns) -> Floats:
    """Return the rows' own values of a metric, which were written with the predictions."""
    place = sum(metric.each is not None for metric in metrics[:which])
    return np.array([marks[place] for marks in columns["marks"]], np.float64)


def _score(metrics: Sequence[Metric], which: int, columns: Columns) -> float:
    """Score what was said by one of the task's metrics."""
    if metrics[which].each:
        return float(_marks(metrics, which, columns).mean())
    return _score_of(metrics[which], columns, "said")


def _score_of(metric: Metric, columns: Columns, said: str) -> float:
    return metric.score(columns["accepted"], columns[said], columns["group"])


def _result(
    quiz: Quiz, metrics: Sequence[Metric], sheet: Sheet, measured: list[Measured]
) -> Result:
    templates = tuple(
        _template_score(quiz, metrics, sheet, template, each)
        for template, each in zip(sheet.test, measured, strict=True)
    )
    values = np.array([each.test for each in templates])
    columns = [*sheet.test.values(), *sheet.dev.values()]
    shots = [n for some in columns for n in some["shots"]]
    ranked = quiz.is_classification
    return Result(
        mean=float(values.mean()),
        std=float(values.std(ddof=1)) if len(values) > 1 else 0.0,
        interval=interval_of(mean_draws(measured)),
        best_dev=_best_dev(templates),
        templates=templates,
        normalised=_mean_of([each.normalised for each in templates]),
        decoded=_mean_of([each.decoded for each in templates]),
        metrics={
            metric.name: float(np.mean([each.metrics[metric.name] for each in templates]))
            for metric in metrics
        },
        calibration=calibration_of(list(sheet.test.values())) if ranked else None,
        shots=float(np.mean(shots)),
        truncated=sum(sum(some["truncated"]) for some in columns),
        prompts=len(shots),
    )


def _template_score(
    quiz: Quiz, metrics: Sequence[Metric], sheet: Sheet, template: int, measured: Measured
) -> TemplateScore:
    test, dev = sheet.test[template], sheet.dev[template]
    ranked = quiz.is_classification
    return TemplateScore(
        template=template,
        test=measured.value,
        interval=interval_of(measured.draws),
        dev=_score(metrics, 0, dev) if dev["row"] else None,
        n=len(test["row"]),
        normalised=_score_of(metrics[0], test, "said_normalised") if ranked else None,
        decoded=_score_of(metrics[0], test, "written") if ranked else None,
        metrics={
            metrics[0].name: measured.value,
            **{metrics[i].name: _score(metrics, i, test) for i in range(1, len(metrics))},
        },
    )


def _best_dev(templates: Sequence[TemplateScore]) -> BestDev | None:
    """Return the template that is best on dev, the first of equals."""
    best: BestDev | None = None
    for each in templates:
        if each.dev is not None and (best is None or each.dev > best.dev):
            best = BestDev(
                template=each.template, dev=each.dev, test=each.test, interval=each.interval
            )
    return best


def _mean_of(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _confusion(sheet: Sheet) -> Confusion | None:
    """Count truth against answer, if all questions have the same few options."""
    tests = list(sheet.test.values())
    lists = {tuple(options) for columns in tests for options in columns["options"]}
    if len(lists) != 1 or len(labels := lists.pop()) > MOST_LABELS:
        return None
    place = {label: i for i, label in enumerate(labels)}
    matrix = np.zeros((len(labels), len(labels)), np.int64)
    for columns in tests:
        for rights, said in zip(columns["accepted"], columns["said"], strict=True):
            matrix[place[rights[0]], place[said]] += 1
    return Confusion(labels=labels, matrix=tuple(tuple(row) for row in matrix.tolist()))


def _baselines(quiz: Quiz, metric: Metric, test: Columns) -> Baselines:
    """Score what needs no model, on the test rows."""
    options, accepted = test["options"], test["accepted"]
    often = majority_of(quiz, options)
    majority = None if often is None else metric.score(accepted, often, test["group"])
    if metric.name == "accuracy":
        shares = [
            len(set(rights)) / len(some) for rights, some in zip(accepted, options, strict=True)
        ]
        return Baselines(majority=majority, random=100.0 * float(np.mean(shares)))
    random = generator_of("random baseline", quiz.task)
    tries = [
        metric.score(
            accepted, [some[random.integers(len(some))] for some in options], test["group"]
        )
        for _ in range(RANDOM_DRAWS)
    ]
    return Baselines(majority=majority, random=float(np.mean(tries)))


def _pairs(
    config: Evaluate, measured: Mapping[str, list[Measured]]
) -> list[tuple[str, list[Measured], list[Measured]]]:
    """Return for each number of exemplars the tuned model's values and the untuned one's."""
    return [
        (str(shots), measured[f"tuned/{shots}"], measured[f"untuned/{shots}"])
        for shots in config.shots
        if {f"tuned/{shots}", f"untuned/{shots}"} <= set(measured)
    ]


def _means(marked: Mapping[str, Marked]) -> dict[str, Mean]:
    """Average over the tasks: each key that all have, and few-shot ones of those that have them."""
    means = {}
    for key in dict.fromkeys(key for each in marked.values() for key in each.measured):
        tasks = [each for each in marked.values() if key in each.measured]
        without = tuple(name for name, each in marked.items() if key not in each.measured)
        if without and not all(_lacks_exemplars(marked[name], key) for name in without):
            continue
        results = [task.scores.results[key] for task in tasks]
        best = [result.best_dev.test for result in results if result.best_dev]
        draws = np.mean([mean_draws(task.measured[key]) for task in tasks], axis=0)
        means[key] = Mean(
            mean=float(np.mean([result.mean for result in results])),
            interval=interval_of(draws),
            best_dev=float(np.mean(best)) if len(best) == len(results) else None,
            tasks=len(results),
            without=without,
        )
    return means | _mean_baselines([each.scores for each in marked.values()])


def _lacks_exemplars(marked: Marked, key: str) -> bool:
    """Tell whether a task has the zero-shot result of a few-shot key."""
    who, _, shots = key.partition("/")
    return shots != "0" and f"{who}/0" in marked.measured


def _mean_baselines(tasks: Sequence[TaskScores]) -> dict[str, Mean]:
    means = {}
    for name in ("majority", "random"):
        values = [getattr(task.baselines, name) for task in tasks]
        if all(value is not None for value in values):
            mean = float(np.mean(values))
            means[name] = Mean(mean=mean, interval=(mean, mean), best_dev=None, tasks=len(values))
    return means


def _comparisons(config: Evaluate, marked: Mapping[str, Marked]) -> dict[str, Comparison]:
    """Compare the cluster's means; the test is the bootstrap's, for tasks may mix metrics."""
    found = {}
    by_task = [pair for each in marked.values() for pair in _pairs(config, each.measured)]
    for shots in dict.fromkeys(shots for shots, _, _ in by_task):
        pairs = [(ours, theirs) for own, ours, theirs in by_task if own == shots]
        draws = np.mean([mean_draws(ours) - mean_draws(theirs) for ours, theirs in pairs], axis=0)
        values = [
            np.mean([a.value for a in ours]) - np.mean([b.value for b in theirs])
            for ours, theirs in pairs
        ]
        found[shots] = Comparison(
            difference=float(np.mean(values)),
            interval=interval_of(draws),
            p_value=other_sign(draws),
            test="bootstrap",
        )
    return found


def summary(scores: Scores) -> dict[str, Any]:
    """Return the flat numbers that describe the scores in a user interface."""
    flat: dict[str, Any] = {"cluster": scores.cluster, "tasks": len(scores.tasks)}
    if scores.failed:
        flat["failed"] = scores.failed
    for key, mean in scores.mean.items():
        flat[f"mean {key}"] = round(mean.mean, 2)
        if mean.without:
            flat[f"mean {key} leaves out"] = ", ".join(mean.without)
    for shots, comparison in scores.comparison.items():
        flat[f"difference {shots}-shot"] = round(comparison.difference, 2)
        flat[f"p-value {shots}-shot"] = round(comparison.p_value, 4)
    return flat

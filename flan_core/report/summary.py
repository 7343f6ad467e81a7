"""The report's two small companions: a page of Markdown, and numbers to compare runs by."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flan_core.page import points
from flan_core.report.held_out import in_order, name_of
from flan_core.scores import Scores


def metrics_of(all_scores: Iterable[Scores], numbers: Mapping[str, Any]) -> dict[str, float]:
    """Return the flat object of KFP's Metrics: cluster means first, then the run's other numbers.

    Names are ``<cluster>_<who>`` with ``_<k>_shot`` for k exemplars; what is not a finite number is
    left out, never replaced.
    """
    found = list(all_scores)
    flat: dict[str, float] = {}
    for scores in found:
        flat |= dict(_cluster_numbers(scores))
    flat["failed_clusters"] = float(sum(1 for scores in found if scores.failed))
    return {**flat, **{name: value for name, value in numbers.items() if _is_number(value)}}


def summary_of(
    all_scores: Iterable[Scores], *, title: str, lead: str, warnings: Iterable[str]
) -> str:
    """Return the report as a page of Markdown: warnings, a line a cluster, a line a task."""
    lines = [f"# {title}", "", lead, ""]
    for warning in warnings:
        lines += [f"> **{warning}**", ""]
    lines += [
        "| held out | n | tuned | 95 % | best dev template | untuned | difference | majority |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    found = list(all_scores)
    for scores in found:
        lines += _table(scores)
    lines += [f"\n{note}" for note in footnotes_of(found)]
    return "\n".join(lines) + "\n"


def footnotes_of(all_scores: Iterable[Scores]) -> list[str]:
    """Return a sentence for each mean that some task has no part in, each sentence once."""
    notes = (
        f"{_cell(scores.title)}, {name_of(key)}: a mean without "
        f"{', '.join(scores.mean[key].without)}, for want of train rows to take exemplars from."
        for scores in all_scores
        for key in in_order(scores.mean)
        if scores.mean[key].without
    )
    return list(dict.fromkeys(notes))


def _cluster_numbers(scores: Scores) -> Iterator[tuple[str, float]]:
    for key in in_order(scores.mean):
        who, _, shots = key.partition("/")
        suffix = f"_{shots}_shot" if shots not in ("", "0") else ""
        yield f"{scores.cluster}_{who}{suffix}", scores.mean[key].mean
    for shots, paired in scores.comparison.items():
        suffix = f"_{shots}_shot" if shots != "0" else ""
        yield f"{scores.cluster}_difference{suffix}", paired.difference


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _table(scores: Scores) -> Iterator[str]:
    if scores.failed:
        yield f"| **{_cell(scores.title)}** | | | | | | failed: {_cell(scores.failed)} | |"
        return
    mean = scores.mean
    tuned, untuned = mean.get("tuned/0"), mean.get("untuned/0")
    paired, majority = scores.comparison.get("0"), mean.get("majority")
    yield _line(
        f"**{_cell(scores.title)}**",
        f"{tuned.tasks} tasks" if tuned else "",
        points(tuned.mean if tuned else None),
        _interval(tuned.interval) if tuned else "",
        points(tuned.best_dev if tuned else None),
        points(untuned.mean if untuned else None),
        f"{paired.difference:+.1f}" if paired else "",
        points(majority.mean if majority else None),
    )
    for name in scores.tasks:
        yield _task_line(scores, name)


def _task_line(scores: Scores, name: str) -> str:
    task = scores.tasks[name]
    tuned, untuned = task.results.get("tuned/0"), task.results.get("untuned/0")
    paired = task.comparison.get("0")
    return _line(
        _cell(f"{task.title} {task.direction}".strip()),
        f"{task.n:,}",
        f"{tuned.mean:.1f} ± {tuned.std:.1f}" if tuned else points(None),
        _interval(tuned.interval) if tuned else "",
        points(tuned.best_dev.test if tuned and tuned.best_dev else None),
        points(untuned.mean if untuned else None),
        f"{paired.difference:+.1f}" if paired else "",
        points(task.baselines.majority),
    )


def _interval(interval: tuple[float, float]) -> str:
    """Return an interval in words; a dash where resampling cannot move the score."""
    low, high = interval
    return f"{low:.1f} to {high:.1f}" if low < high else points(None)


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _cell(text: str) -> str:
    """Return a text that cannot end its cell or start a line."""
    return " ".join(text.split()).replace("|", "\\|")

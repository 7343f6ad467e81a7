"""The gate: every check that a challenger must pass, each with its reason in words.

A check never stops at the first failure of another: the decision lists all that is wrong at once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from flan_core.intervals import Interval, change
from flan_core.scores import Scores


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One check: its name, whether it was passed, and the reason."""

    name: str
    passed: bool
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Challenge:
    """What is known of a challenger, and of the champion that it faces (empty if there is none)."""

    scores: Sequence[Scores]
    champion: Sequence[Scores]
    held_out: Sequence[str]
    rows: Mapping[str, Mapping[str, Any]]
    """By task, as in ``rows.json``."""
    leakage: Mapping[str, Any] | None
    """As in ``leakage.json``; None where mix did not look."""


def judge(challenge: Challenge, *, margin: float, allow_unpinned: bool) -> list[Check]:
    """Return every check of a challenger, in a fixed order."""
    return [
        *_evaluated(challenge),
        _same_model(challenge.scores),
        *_regressions(challenge, margin),
        _leakage(challenge.leakage),
        _pinned(challenge.rows, allow_unpinned),
    ]


def _evaluated(challenge: Challenge) -> Iterator[Check]:
    """Look for holes: what failed, and what was held out or is the champion's but has no scores."""
    there = {scores.cluster: scores for scores in challenge.scores}
    wanted = sorted({*challenge.held_out, *(old.cluster for old in challenge.champion), *there})
    if not wanted:
        yield Check(
            name="evaluation", passed=False, reason="no cluster was held out, so none was measured"
        )
    for cluster in wanted:
        scores = there.get(cluster)
        reason = _hole(scores, _champion_of(challenge, cluster))
        yield Check(name=f"evaluation of {cluster}", passed=not reason, reason=reason or "whole")


def _hole(scores: Scores | None, champion: Scores | None) -> str:
    if scores is None:
        return "there are no scores"
    if scores.failed:
        return f"it failed: {scores.failed}"
    missing = sorted(set(champion.tasks if champion else ()) - set(scores.tasks))
    if missing:
        return f"the champion was asked {', '.join(missing)}, the challenger was not"
    return "" if "tuned/0" in scores.mean else "the tuned model has no zero-shot mean"


def _same_model(all_scores: Sequence[Scores]) -> Check:
    measured = {
        scores.model["tuned"].sha256: scores.cluster
        for scores in all_scores
        if "tuned" in scores.model
    }
    reason = "all clusters were asked of the same weights"
    if len(measured) > 1:
        named = (f"{cluster} {weights[:12]}" for weights, cluster in sorted(measured.items()))
        reason = f"clusters were asked of different weights: {', '.join(named)}"
    return Check(name="same model", passed=len(measured) < 2, reason=reason)


def _regressions(challenge: Challenge, margin: float) -> Iterator[Check]:
    """Compare each cluster that both were measured on, for each number of exemplars."""
    if not challenge.champion:
        yield Check(name="regression", passed=True, reason="there is no champion yet")
    for scores in challenge.scores:
        champion = _champion_of(challenge, scores.cluster)
        if champion is not None:
            yield from _against(champion, scores, margin)


def _against(champion: Scores, scores: Scores, margin: float) -> Iterator[Check]:
    shared = set(champion.tasks) & set(scores.tasks)
    keys = (key for key in champion.mean if key.startswith("tuned/") and key in scores.mean)
    for key in keys:
        (old, was), (new, now) = (mean_over(each, key, shared) for each in (champion, scores))
        moved = change(old, was, new, now)
        low, high = moved.interval
        reason = (
            f"{old:.1f} to {new:.1f}, {moved.difference:+.1f} ({low:+.1f} to {high:+.1f}); "
            f"at most {margin:g} may be lost"
        )
        if low < -margin <= moved.difference:
            reason += "; so few rows cannot rule out more"
        shots = key.partition("/")[2]
        yield Check(
            name=f"regression in {scores.cluster}, {shots} exemplars",
            passed=moved.difference >= -margin,
            reason=reason,
        )


def mean_over(scores: Scores, key: str, tasks: Iterable[str]) -> tuple[float, Interval]:
    """Return a cluster's mean over these tasks, with its interval.

    Over all tasks it is the recorded one; over some, the interval joins those of the tasks as
    independent: half-widths in quadrature, divided by the number of tasks.
    """
    chosen = sorted(tasks)
    if set(chosen) == set(scores.tasks):
        return scores.mean[key].mean, scores.mean[key].interval
    results = [
        scores.tasks[task].results[key] for task in chosen if key in scores.tasks[task].results
    ]
    number = max(len(results), 1)
    mean = sum(result.mean for result in results) / number
    below = sqrt(sum((result.mean - result.interval[0]) ** 2 for result in results)) / number
    above = sqrt(sum((result.interval[1] - result.mean) ** 2 for result in results)) / number
    return mean, (mean - below, mean + above)


def _leakage(leakage: Mapping[str, Any] | None) -> Check:
    """Look at ``left``: rows that may be drawn and overlap a row that evaluation asks about."""
    left = None if leakage is None else leakage.get("left")
    if left is None:
        reason = "mix left no leakage.json that says how many overlapping rows are left in"
    elif left:
        reason = f"{left:,} training rows overlap evaluation rows; set mix.leakage to drop"
    else:
        reason = "no training row overlaps an evaluation row"
    return Check(name="leakage", passed=left == 0, reason=reason)


def _pinned(rows: Mapping[str, Mapping[str, Any]], allow_unpinned: bool) -> Check:
    """Rows are pinned by the commit of their repository, or by the checksum of their files."""
    invented = sorted(name for name, task in rows.items() if task.get("invented"))
    loose = sorted(
        name
        for name, task in rows.items()
        if not task.get("invented") and not (task.get("revision") or task.get("source_sha256"))
    )
    found = [
        f"{words} {_some(names)}"
        for words, names in (("invented rows:", invented), ("no commit or checksum:", loose))
        if names
    ]
    if not rows:
        found = ["no rows are on record"]
    reason = "; ".join(found) or f"all {len(rows)} tasks have a commit or a checksum"
    if found and allow_unpinned:
        reason += "; allowed by allow_unpinned"
    return Check(name="pinned data", passed=not found or allow_unpinned, reason=reason)


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"


def _champion_of(challenge: Challenge, cluster: str) -> Scores | None:
    return next((old for old in challenge.champion if old.cluster == cluster), None)

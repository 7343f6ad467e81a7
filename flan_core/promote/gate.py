"""The gate: every check that a challenger must pass, each with its reason in words.

A check never stops at the first failure of another: the decision lists all that is wrong at once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
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
    checkpoint_sha256: str
    """Of the checkpoint's ``checkpoint.json``; empty where train left none."""


def judge(challenge: Challenge, *, margin: float, allow_unpinned: bool) -> list[Check]:
    """Return every check of a challenger, in a fixed order."""
    return [
        *_evaluated(challenge),
        _same_model(challenge.scores),
        _checkpoint(challenge.scores, challenge.checkpoint_sha256),
        *_regressions(challenge, margin),
        _leakage(challenge.leakage, _asked(challenge.scores)),
        _pinned(challenge.rows, allow_unpinned),
    ]


def would_fail_again(checks: Iterable[Check]) -> bool:
    """Tell whether a model made of the same data, code and settings would be refused again.

    A hole in the evaluation may be closed by another attempt, and scores of another checkpoint by
    another evaluation; what was measured or is known of the data stays as it is.
    """
    against = [check.name.split()[0] for check in checks if not check.passed]
    return bool(against) and set(against) <= {"regression", "leakage", "pinned"}


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


def _checkpoint(all_scores: Sequence[Scores], wanted: str) -> Check:
    """Scores say which checkpoint was asked: it must be the one that would be promoted."""
    asked = {
        scores.cluster: scores.model["tuned"].checkpoint_sha256
        for scores in all_scores
        if "tuned" in scores.model
    }
    others = [
        f"{cluster} was asked of checkpoint {found[:12] or 'unknown'}"
        for cluster, found in sorted(asked.items())
        if found != wanted
    ]
    reason = f"all clusters were asked of checkpoint {wanted[:12]}"
    if not wanted:
        reason = "train left no checkpoint.json to tell the model by; run train again"
    elif others:
        reason = f"{', '.join(others)}, not of {wanted[:12]}; run evaluate again"
    return Check(name="checkpoint", passed=bool(wanted) and not others, reason=reason)


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


def _leakage(leakage: Mapping[str, Any] | None, asked: Set[str]) -> Check:
    """Look for training rows that share text with a row of a task that evaluation asks about."""
    if leakage is None:
        return Check(name="leakage", passed=False, reason="mix left no leakage.json; run mix again")
    if leakage["policy"] == "drop":
        return Check(name="leakage", passed=True, reason="training rows that overlap were dropped")
    found = [
        f"{max(pair['same_text'], pair['shared_run']):,} rows of {pair['train']} in "
        f"{pair['task']} {pair['split']}"
        for pair in leakage["pairs"]
        if pair["task"] in asked
    ]
    reason = "no training row overlaps a row that evaluation asks about"
    if found:
        reason = f"training rows overlap evaluation rows: {_some(found)}; set mix.leakage to drop"
    return Check(name="leakage", passed=not found, reason=reason)


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


def _asked(all_scores: Iterable[Scores]) -> set[str]:
    return {each.task for scores in all_scores for each in scores.tasks.values()}


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"


def _champion_of(challenge: Challenge, cluster: str) -> Scores | None:
    return next((old for old in challenge.champion if old.cluster == cluster), None)

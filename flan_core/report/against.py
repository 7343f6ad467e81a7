"""Compare two reports: which scores changed and by how much, and what differed between the runs."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flan_core.intervals import Change, change

Document = Mapping[str, Any]
"""A report for machines, see ``document.py``."""


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """One score that both runs have: a cluster's mean or a task's, of one model."""

    title: str
    key: str
    is_cluster: bool
    change: Change


@dataclass(frozen=True, slots=True)
class Against:
    """This run against another: a sentence, the scores, the settings that differ."""

    lead: str
    changes: tuple[ScoreChange, ...]
    settings: tuple[tuple[str, str, str], ...]


def against(before: Document, now: Document) -> Against:
    """Return the comparison of two reports; only scores that both have are compared."""
    changes = tuple(_changes(before, now))
    name = before.get("recipe") or "the previous run"
    commit = str(before.get("commit", ""))[:12]
    lead = f"The run before is {name}{f' at commit {commit}' if commit else ''}."
    if not changes:
        lead += " The two share no score."
    return Against(lead, changes, tuple(differences(before, now)))


def differences(before: Document, now: Document) -> Iterator[tuple[str, str, str]]:
    """Yield each setting, hash and version that differs: its name, what it was, what it is."""
    parts = ("recipe", "commit", "settings", "hashes", "versions")
    old = _flat({part: before.get(part, "") for part in parts})
    new = _flat({part: now.get(part, "") for part in parts})
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield name, _shown(old.get(name)), _shown(new.get(name))


def _changes(before: Document, now: Document) -> Iterator[ScoreChange]:
    for cluster, scores in now["clusters"].items():
        was = before["clusters"].get(cluster, {}).get("mean", {})
        yield from _shared(scores["title"], was, scores["mean"], is_cluster=True)
        tasks = {name: task for name, task in now["tasks"].items() if task["cluster"] == cluster}
        for name, task in tasks.items():
            was = _same_metric(before["tasks"].get(name, {}), task["metric"])
            yield from _shared(task["title"], was, task["results"], is_cluster=False)


def _same_metric(task: Document, metric: str) -> Document:
    """Return a task's results, or none where it was scored by another metric."""
    found: Document = task["results"] if task.get("metric") == metric else {}
    return found


def _shared(
    title: str, before: Document, now: Document, *, is_cluster: bool
) -> Iterator[ScoreChange]:
    for key in now:
        if key in before and "/" in key and not key.startswith("untuned_no_options"):
            old, new = before[key], now[key]
            changed = change(old["mean"], old["interval"], new["mean"], new["interval"])
            yield ScoreChange(title, key, is_cluster, changed)


def _flat(value: Any, name: str = "") -> dict[str, Any]:
    """Return the leaves of a nested object by their dotted names."""
    if not isinstance(value, Mapping):
        return {name: value}
    leaves: dict[str, Any] = {}
    for key, part in value.items():
        leaves |= _flat(part, f"{name}.{key}" if name else str(key))
    return leaves


def _shown(value: Any) -> str:
    if value in (None, ""):
        return "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

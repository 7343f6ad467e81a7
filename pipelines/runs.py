"""Runs side by side: which there are, what each found, how two differ.

runs/                         a folder, or s3://bucket/prefix
└── smoke-20251123-160000/    a run: run.json, report.html, summary.md, metrics.json
"""

import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flan_core.errors import BadInput, unknown
from flan_core.report.against import Against, against
from flan_core.report.compare_variants import flat_name
from flan_core.report.document import read_document
from flan_core.store import Missing, Store

SCHEMA = "run/1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One run: what was asked for, and the numbers it ended with (none if it did not end)."""

    name: str
    recipe: str
    commit: str
    seconds: float | None
    """How long it took; None while it runs, or if it failed."""
    settings: dict[str, Any] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)

    @property
    def held_out(self) -> tuple[str, ...]:
        """The clusters that it asked about; of an experiment, those of all its variants."""
        asked = [
            self._table[name].get("evaluate", {}).get("cluster", "") for name in self._variants
        ]
        found = "+".join(asked).split("+") if asked else self.settings.get("held_out", ())
        return tuple(filter(None, dict.fromkeys(found)))

    def scores(self, who: str) -> list[float]:
        """Return its scores of the ``tuned`` or the ``untuned`` model, zero-shot.

        They are one for each cluster, or where an ablation asked all its variants about the same
        clusters, one for each variant.
        """
        names = [f"{cluster}_{who}" for cluster in self.held_out]
        found = [self.numbers[name] for name in names if name in self.numbers]
        return found or [self.numbers[name] for name in self._means(who) if name in self.numbers]

    def _means(self, who: str) -> list[str]:
        """Return the names of the variants' means, and of the one that all start from."""
        lines = self.settings.get("compare", {}).get("lines", {})
        starts = [*dict.fromkeys(flat_name(lines.get(name, name)) for name in self._variants)]
        if who == "untuned":
            starts = ["untuned", *(f"{start}_untuned" for start in starts)]
        ends = ("mean",) if len(self.held_out) > 1 else self.held_out
        return [f"{start}_{end}" for start in starts for end in ends]

    @property
    def _table(self) -> dict[str, Any]:
        return dict(self.settings.get("table", {}))

    @property
    def _variants(self) -> list[str]:
        return [name for name in self.settings.get("variants", ()) if name in self._table]


def runs_in(address: str) -> list[Run]:
    """Return the runs of a folder or store, by name; a folder without run.json is none.

    Raises:
        BadInput: a run.json is of another version.
    """
    store = Store.of(address)
    names = sorted({_run_of(entry.key) for entry in store.list()} - {""})
    return [_read(store, name) for name in names]


def run_of(address: str, name: str) -> Run:
    """Return one run; an unknown name is an error that offers the nearest ones."""
    found = {run.name: run for run in runs_in(address)}
    if name not in found:
        raise unknown("run", name, found)
    return found[name]


def document_of(address: str, name: str) -> dict[str, Any]:
    """Return a run's report for machines, see ``flan_core/report/document.py``.

    Raises:
        BadInput: there is no such run, or it has no report.
    """
    run_of(address, name)
    with tempfile.TemporaryDirectory(prefix="flan-runs-") as folder:
        page = Path(folder) / "report.html"
        try:
            Store.of(address).get(f"{name}/report.html", page)
        except Missing as error:
            raise BadInput(f"run {name} in {address} has no report; it did not end") from error
        return read_document(page)


def diff(address: str, before: str, now: str) -> Against:
    """Return how two runs differ: settings, hashes and versions, and scores with intervals."""
    return against(document_of(address, before), document_of(address, now))


def scores_of(document: dict[str, Any]) -> Iterator[tuple[str, str, float, tuple[float, float]]]:
    """Yield each score of a report: cluster or task, model, mean, interval."""
    for name, cluster in document["clusters"].items():
        tasks = [task for task in document["tasks"].values() if task["cluster"] == name]
        parts = [(cluster["title"], cluster["mean"])]
        parts += [(task["title"], task["results"]) for task in tasks]
        for title, results in parts:
            yield from (
                (title, key, results[key]["mean"], tuple(results[key]["interval"]))
                for key in sorted(results, key=_in_numbers)
                if "/" in key
            )


def _in_numbers(key: str) -> list[tuple[int, str]]:
    """Put ``2 clusters`` before ``10 clusters``."""
    parts = re.split(r"(\d+)", key)
    return [(int(part), "") if part.isdigit() else (0, part) for part in parts]


def _run_of(key: str) -> str:
    """Return the run whose run.json a key is; empty for any other object."""
    name, _, rest = key.partition("/")
    return name if rest == "run.json" else ""


def _read(store: Store, name: str) -> Run:
    about = _json(store, f"{name}/run.json")
    if about.get("schema") != SCHEMA:
        held = about.get("schema", "no schema")
        raise BadInput(
            f"{store.name}/{name}/run.json holds {held}, not {SCHEMA}; another version wrote it"
        )
    try:
        numbers = _json(store, f"{name}/metrics.json")
    except Missing:
        numbers = {}
    return Run(
        name=name,
        recipe=about.get("recipe", ""),
        commit=about.get("commit", ""),
        seconds=about.get("seconds"),
        settings=about.get("settings", {}),
        numbers=numbers,
    )


def _json(store: Store, key: str) -> dict[str, Any]:
    content, _ = store.read(key)
    value = json.loads(content)
    return dict(value)

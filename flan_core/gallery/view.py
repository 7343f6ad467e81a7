"""Arrange the catalogue for the page: clusters hold datasets, datasets hold sets of tasks.

Tasks of a dataset that share their templates (ANLI's three rounds) form one set, shown once:

    dataset anli ── set (anli_r1, anli_r2, anli_r3) ── ten phrases, eight examples
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from itertools import groupby
from pathlib import Path

from flan_core import datasets
from flan_core.datasets import Entry
from flan_core.gallery.examples import LONGEST, examples_of
from flan_core.gallery.pieces import Piece, pieces, values_of
from flan_core.page import short
from flan_core.task import ANSWER, OPTIONS, Example, Hub, Task, Template

_URL = re.compile(r"(https?://[^\s,;)]+)")
_NOTE = re.compile(r"^([A-Z]\w+)\s{2,}(.+)$")


@dataclass(frozen=True, slots=True)
class Fact:
    """Something true of a set: a name, and lines of text, each with the tasks that it holds for.

    The tasks are named only where the set's tasks differ. A line with a URL is a link.
    """

    name: str
    lines: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A template of a set, taken apart, and filled with the set's first example."""

    number: int
    template: Template
    inputs: tuple[Piece, ...]
    targets: tuple[Piece, ...]
    lists_no_options: bool


@dataclass(frozen=True, slots=True)
class Set:
    """Tasks with the same templates; ``rows`` are slot values, with the task's name as ``task``."""

    tasks: tuple[Task, ...]
    facts: tuple[Fact, ...]
    fields: tuple[str, ...]
    phrases: tuple[Phrase, ...]
    rows: tuple[dict[str, str], ...]


@dataclass(frozen=True, slots=True)
class Dataset:
    """A file of the catalogue: title and lead from its docstring, notes as its lines after."""

    name: str
    title: str
    lead: str
    notes: tuple[tuple[str, tuple[str, ...]], ...]
    sets: tuple[Set, ...]

    @property
    def tasks(self) -> tuple[Task, ...]:
        """All tasks of the file."""
        return tuple(task for group in self.sets for task in group.tasks)

    @property
    def manual(self) -> bool:
        """Whether a person must fetch the files of some task."""
        return any(task.source.manual for task in self.tasks)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster with its datasets; ``kin`` are titles of what is held out together with it."""

    name: str
    title: str
    asks: str
    kin: tuple[str, ...]
    datasets: tuple[Dataset, ...]


def clusters_in_page(rows: Path | None) -> list[Cluster]:
    """Return every cluster that has a dataset, in name order."""
    known = datasets.clusters()
    return [
        Cluster(
            name=name,
            title=known[name].title,
            asks=known[name].asks,
            kin=tuple(known[kin].title for kin in known[name].kin),
            datasets=tuple(
                _dataset(cluster=name, name=dataset, entries=list(of_dataset), rows=rows)
                for dataset, of_dataset in groupby(of_cluster, key=lambda entry: entry.dataset)
            ),
        )
        for name, of_cluster in groupby(datasets.catalogue().values(), key=lambda e: e.cluster)
    ]


def _dataset(cluster: str, name: str, entries: list[Entry], rows: Path | None) -> Dataset:
    docstring = import_module(f"{datasets.__name__}.{cluster}.{name}").__doc__ or name
    head, *rest = docstring.strip().splitlines()
    title, _, lead = head.partition(": ")
    sets: dict[tuple[Template, ...], list[Task]] = {}
    for entry in entries:
        sets.setdefault(entry.task.templates, []).append(entry.task)
    return Dataset(
        name=name,
        title=title.rstrip("."),
        lead=lead[:1].upper() + lead[1:],
        notes=_notes(rest),
        sets=tuple(_set(tuple(tasks), rows) for tasks in sets.values()),
    )


def _notes(lines: list[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the docstring's notes: a label (or none), and text split so that URLs stand alone."""
    notes: list[tuple[str, str]] = []
    for line in lines:
        found = _NOTE.match(line)
        if found:
            notes.append((found[1], found[2]))
        elif not line.strip() or not notes or (notes[-1][0] and not line.startswith(" ")):
            notes.append(("", line.strip()))
        else:
            notes[-1] = (notes[-1][0], f"{notes[-1][1]} {line.strip()}".strip())
    return tuple((label, tuple(_URL.split(text))) for label, text in notes if text)


def _set(tasks: tuple[Task, ...], rows: Path | None) -> Set:
    # A set of several tasks shows a few rows of each, a single task shows more of its own.
    most = max(2, 8 // len(tasks))
    shown = [(task, one) for task in tasks for one in examples_of(task, rows)[:most]]
    values = tuple(_values(task, example) for task, example in shown)
    return Set(
        tasks=tasks,
        facts=_facts(tasks),
        fields=tuple(name for name in values[0] if name not in (OPTIONS, ANSWER, "task")),
        phrases=tuple(
            _phrase(number, template, values[0])
            for number, template in enumerate(tasks[0].templates)
        ),
        rows=values,
    )


def _values(task: Task, example: Example) -> dict[str, str]:
    values = {slot: short(text, LONGEST) for slot, text in values_of(example).items()}
    return {**values, "task": task.name}


def _phrase(number: int, template: Template, values: dict[str, str]) -> Phrase:
    return Phrase(
        number=number,
        template=template,
        inputs=pieces(template.inputs, values),
        targets=pieces(template.targets, values),
        lists_no_options=bool(values[OPTIONS])
        and not template.shows_options
        and not template.inverse,
    )


def _facts(tasks: tuple[Task, ...]) -> tuple[Fact, ...]:
    asked: tuple[tuple[str, Callable[[Task], tuple[str, str]]], ...] = (
        ("Type", lambda task: (task.kind, "")),
        ("Metrics", lambda task: (", ".join(metric.name for metric in task.metrics), "")),
        ("Splits", _splits),
        ("Source", _source),
        ("By hand", lambda task: (getattr(task.source, "where", ""), "")),
        ("Licence", lambda task: (task.licence, "")),
        ("Columns", lambda task: (_columns(task), "")),
        ("May be shortened", lambda task: (", ".join(task.long), "")),
        ("Longest answer", lambda task: (f"{task.max_target_tokens:,} tokens", "")),
    )
    facts = (_fact(name, tasks, tell) for name, tell in asked)
    return tuple(fact for fact in facts if any(text for text, _, _ in fact.lines))


def _fact(name: str, tasks: tuple[Task, ...], tell: Callable[[Task], tuple[str, str]]) -> Fact:
    """Ask each task; where all say the same, say it once."""
    said: dict[tuple[str, str], list[str]] = {}
    for task in tasks:
        said.setdefault(tell(task), []).append(task.name)
    lines = [
        (text, url, "" if len(said) == 1 else ", ".join(names))
        for (text, url), names in said.items()
    ]
    return Fact(name, tuple(lines))


def _splits(task: Task) -> tuple[str, str]:
    splits = task.splits
    parts = [
        f"train = {splits.train}" if splits.train else "no train",
        f"dev = {_rows(splits.dev_rows)}{splits.dev}" if splits.dev else "no dev",
        f"test = {_rows(splits.test_rows)}{splits.test}" if splits.test else "no test",
    ]
    return ", ".join(parts), ""


def _rows(number: int) -> str:
    return f"{number:,} of " if number else ""


def _source(task: Task) -> tuple[str, str]:
    source = task.source
    if not isinstance(source, Hub):
        return source.url, source.url
    details = [source.config, source.data_dir, "" if source.revision == "main" else source.revision]
    told = " · ".join(part for part in (source.repository, *details) if part)
    return told, f"https://huggingface.co/datasets/{source.repository}"


def _columns(task: Task) -> str:
    return ", ".join(f"{name}: {kind}" for name, kind in task.columns.items())

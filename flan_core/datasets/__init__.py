"""The catalogue: cluster = folder, dataset = file, task = entry of its ``TASKS``.

    flan_core/datasets/nli/rte.py     TASKS = (Task(name="rte", ...),)

Nothing is registered: ``catalogue()`` walks the folders in name order and imports every file. A
broken file breaks the build.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from flan_core.errors import unknown
from flan_core.task import Task

_HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A task with its place in the tree: ``nli`` / ``anli`` / ``anli_r1``."""

    cluster: str
    dataset: str
    task: Task


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """A task cluster: its folder's name, the paper's name, what it asks, and its kin.

    ``kin`` are the clusters that leave training together with it when it is held out (paper section
    2.2; google-research/FLAN@e9e4ec6 flan/task_splits.py).
    """

    name: str
    title: str
    asks: str
    kin: tuple[str, ...] = ()


@cache
def clusters() -> dict[str, Cluster]:
    """Return every cluster by name, in name order."""
    return {name: _cluster(name) for name in _folders()}


@cache
def catalogue() -> dict[str, Entry]:
    """Return every task by name, in the order cluster, dataset, entry."""
    entries: dict[str, Entry] = {}
    for entry in _walk():
        name = entry.task.name
        if name in entries:
            raise ValueError(f"{entry.cluster}/{entry.dataset}.py: {name!r} is another file's task")
        entries[name] = entry
    return entries


def entry_of(task: str) -> Entry:
    """Return a task's entry; an unknown name is an error that offers the nearest ones."""
    entries = catalogue()
    if task not in entries:
        raise unknown("task", task, entries)
    return entries[task]


def tasks_of(names: Iterable[str]) -> tuple[str, ...]:
    """Return the tasks that the names stand for; a name may be a cluster, a dataset or a task."""
    entries = catalogue()
    chosen: list[str] = []
    for name in names:
        found = [t for t, e in entries.items() if name in (e.cluster, e.dataset, t)]
        if not found:
            raise unknown("cluster, dataset or task", name, _all_names())
        chosen += found
    return tuple(task for task in entries if task in set(chosen))


def left_out(held_out: Iterable[str]) -> frozenset[str]:
    """Return the clusters that leave training when these are held out: themselves and their kin."""
    known = clusters()
    gone: set[str] = set()
    for name in held_out:
        if name not in known:
            raise unknown("cluster", name, known)
        gone |= {name, *known[name].kin}
    return frozenset(gone)


def _walk() -> Iterator[Entry]:
    for cluster in _folders():
        for module in _modules(cluster):
            dataset = module.__name__.rpartition(".")[2]
            yield from (Entry(cluster=cluster, dataset=dataset, task=t) for t in module.TASKS)


def _all_names() -> set[str]:
    return {name for t, e in catalogue().items() for name in (e.cluster, e.dataset, t)}


def _folders() -> list[str]:
    return sorted(path.parent.name for path in _HERE.glob("*/__init__.py"))


def _cluster(name: str) -> Cluster:
    module = import_module(f"{__name__}.{name}")
    return Cluster(name=name, title=module.TITLE, asks=module.ASKS, kin=module.KIN)


def _modules(cluster: str) -> list[ModuleType]:
    files = sorted((_HERE / cluster).glob("*.py"))
    names = [path.stem for path in files if path.stem != "__init__"]
    return [import_module(f"{__name__}.{cluster}.{name}") for name in names]

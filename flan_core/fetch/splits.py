"""From a source's splits to ours: train, dev and test, seeded, disjoint, and what came from where.

source  train        [ . . . . . . . . . . . . d d ]     dev comes from train: its end, shuffled
        validation   [ t t t t ]                         test
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from flan_core.config import Fetch
from flan_core.errors import BadInput
from flan_core.seeds import generator_of
from flan_core.task import Task

Indices = npt.NDArray[np.int64]

_STAND_INS = {
    "train": ("train",),
    "dev": ("validation", "dev", "val", "valid"),
    "test": ("test", "validation", "dev", "val", "valid"),
}
"""Splits of a folder that stand in where the declared one is absent, best first."""

LARGEST_SHARE = 0.2
"""The most that dev may take of a small train split."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of our splits: its rows and the source split that they came from."""

    table: pa.Table
    source_split: str


def part(task: Task, source: Mapping[str, pa.Table], config: Fetch) -> dict[str, Part]:
    """Return our splits of a task, in seeded order, capped at the configured numbers of rows.

    Raises:
        BadInput: the source lacks the split that training or evaluation needs.
    """
    train = _stand_in("train", task.splits.train, source)
    test = _stand_in("test", task.splits.test, source)
    dev = _stand_in("dev", task.splits.dev, source)
    if not train and not test:
        raise BadInput(
            f"{task.name}: none of its splits {task.splits.train!r}, {task.splits.test!r} is "
            f"there; the source has {', '.join(source) or 'nothing'}"
        )
    if dev == test and dev != train:
        dev = train  # the folder has no split of its own for dev: it comes out of train
    order = {name: _shuffled(task.name, name, source[name], config.seed) for name in source}
    taken = _take(task, order, (train, dev, test))
    limits = {"train": config.max_rows, "dev": 0, "test": config.max_eval_rows}
    parts = {}
    for name, (split, indices) in taken.items():
        kept = indices[: limits[name] or None]
        if len(kept):
            parts[name] = Part(take(source[split], kept), split)
    return parts


def take(table: pa.Table, indices: Indices) -> pa.Table:
    """Return the rows at ``indices``, in that order, reading no others.

    ``Table.take`` joins the chunks of a text column first, which fails beyond 2 GiB of text and
    would read a memory-mapped table whole.
    """
    order = np.argsort(indices, kind="stable")
    wanted, start, pieces = indices[order], 0, []
    for batch in table.to_batches():
        stop = start + batch.num_rows
        first, last = np.searchsorted(wanted, (start, stop))
        if first < last:
            pieces.append(batch.take(pa.array(wanted[first:last] - start)))
        start = stop
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return pa.Table.from_batches(pieces, table.schema).take(pa.array(back))


def part_samples(task: Task, table: pa.Table) -> dict[str, Part]:
    """Return our splits of the invented samples: the last quarter is dev and test, in halves."""
    held = max(2, table.num_rows // 4)
    train, dev = table.num_rows - held, held // 2
    return {
        name: Part(rows, "samples")
        for name, rows in (
            ("train", table.slice(0, train if task.splits.train else 0)),
            ("dev", table.slice(train, dev)),
            ("test", table.slice(train + dev)),
        )
        if rows.num_rows
    }


def _stand_in(ours: str, declared: str, source: Mapping[str, pa.Table]) -> str:
    """Return the source split to use for one of ours; empty when the task has none."""
    if not declared or declared in source:
        return declared
    return next((name for name in _STAND_INS[ours] if name in source), "")


def _shuffled(task: str, split: str, table: pa.Table, seed: int) -> Indices:
    return generator_of("fetch", task, split, seed).permutation(table.num_rows)


def _take(
    task: Task, order: Mapping[str, Indices], names: tuple[str, str, str]
) -> dict[str, tuple[str, Indices]]:
    train, dev, test = names
    rest = order[train] if train else np.empty(0, np.int64)
    taken: dict[str, tuple[str, Indices]] = {}
    for name, split, rows in (
        ("test", test, task.splits.test_rows),
        ("dev", dev, task.splits.dev_rows),
    ):
        if not split:
            continue
        if split == train:
            count = min(rows, max(1, int(len(order[train]) * LARGEST_SHARE)))
            rest, carved = rest[: len(rest) - count], rest[len(rest) - count :]
            taken[name] = (split, carved)
        else:
            taken[name] = (split, order[split][: rows or None])
    return {**({"train": (train, rest)} if train else {}), **taken}

"""Packs to what a rank computes: the micro-batches of each step, made ahead by a thread.

    step s of w ranks   [pack 0 | pack 1 | pack 2 | pack 3]     w = 2, micro_packs = 1
    rank 0               micro 0  micro 1
    rank 1                                 micro 0  micro 1

Counts that normalise the loss are those of the whole step, read by every rank from the packs, so
that neither the number of ranks nor the size of a micro-batch matters.
"""

import queue
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from flan_core.errors import BadInput
from flan_core.model.head import Rows, predicting, with_room
from flan_core.train.memory import Shape

AHEAD = 2
"""Steps that are made ahead."""

Arrays = Mapping[str, npt.NDArray[Any]]


class Packs(Protocol):
    """What is read of ``flan_core.packs.Packs``."""

    length: int
    packs_per_step: int
    num_steps: int
    tasks: tuple[str, ...]
    clusters: tuple[str, ...]
    about: dict[str, Any]

    def batch(self, step: int) -> Any:
        """Return the stacked arrays of a step."""


@dataclass(frozen=True)
class Micro:
    """One forward pass of one rank."""

    rows: Rows
    tasks: Tensor
    """int64 [M], the task of each target, in the order of ``rows.predict``"""


@dataclass(frozen=True)
class Step:
    """All that one rank computes in a step, and the counts of the step over all ranks."""

    number: int
    micros: tuple[Micro, ...]
    task_targets: npt.NDArray[np.int64]
    """Target tokens of each task."""
    inputs: int
    """Tokens of documents that are no targets."""
    padding: int

    @property
    def targets(self) -> int:
        """Target tokens of the step."""
        return int(self.task_targets.sum())


Made = queue.Queue[Step | BaseException]
"""Steps made ahead, or what went wrong."""


class Feed:
    """Steps for one rank, in order, made ahead by a thread; ``waited`` seconds were spent on it."""

    def __init__(
        self,
        packs: Packs,
        *,
        rank: int,
        size: int,
        shape: Shape,
        device: torch.device,
    ) -> None:
        """Prepare to cut steps for ``rank`` of ``size`` in micro-batches of ``shape``."""
        self._packs, self._rank, self._size = packs, rank, size
        self._shape, self._device = shape, device
        self._rows = rows_of_rank(packs, size)
        self.waited = 0.0

    def steps(self, start: int, stop: int) -> Iterator[Step]:
        """Yield steps ``start`` to ``stop`` less one, counting the time spent waiting for them."""
        made: Made = queue.Queue(maxsize=AHEAD)
        leave = threading.Event()
        maker = threading.Thread(
            target=self._make_all, args=(start, stop, made, leave), name="feed", daemon=True
        )
        maker.start()
        try:
            for _ in range(start, stop):
                yield self._moved(self._next(made))
        finally:
            leave.set()
            while maker.is_alive():
                _drain(made)
                maker.join(timeout=0.05)

    def _make_all(
        self,
        start: int,
        stop: int,
        made: Made,
        leave: threading.Event,
    ) -> None:
        try:
            for number in takewhile(lambda _: not leave.is_set(), range(start, stop)):
                made.put(self.make(number))
        except BaseException as error:  # noqa: BLE001 - raised again by the reader
            made.put(error)

    def _next(self, made: Made) -> Step:
        began = time.perf_counter()
        step = made.get()
        self.waited += time.perf_counter() - began
        if isinstance(step, BaseException):
            raise step
        return step

    def make(self, number: int) -> Step:
        """Make one step, on the CPU."""
        whole = _arrays(self._packs.batch(number))
        mine = _filled(_part(whole, self._rank, self._rows), self._rows)
        tasks = _tasks(whole, predicting(whole["segments"], whole["loss"]))
        targets = np.bincount(tasks, minlength=len(self._packs.tasks))
        documents = int((whole["segments"] > 0).sum())
        starts = range(0, self._rows, self._shape.micro_packs)
        return Step(
            number=number,
            micros=tuple(
                self._micro(mine, slice(at, at + self._shape.micro_packs)) for at in starts
            ),
            task_targets=targets,
            inputs=documents - int(targets.sum()),
            padding=whole["segments"].size - documents,
        )

    def _micro(self, arrays: Arrays, part: slice) -> Micro:
        cut = {name: array[part] for name, array in arrays.items()}
        if self._shape.prompt_tokens:
            cut = with_room(cut, self._shape.prompt_tokens)
        rows = Rows.of(cut, most=self._most_boundaries(cut))
        tasks = torch.from_numpy(_tasks(cut, rows.predict.numpy()))
        if self._device.type == "cuda":
            return Micro(rows.pinned(), tasks.pin_memory())
        return Micro(rows, tasks)

    def _most_boundaries(self, cut: Arrays) -> int:
        """Bound the boundaries of a micro-batch, rounded up so that shapes are few."""
        rows, width = cut["task"].shape
        return int(rows * (-(-width // 64) * 64 + 1)) + 1

    def _moved(self, step: Step) -> Step:
        if self._device.type == "cpu":
            return step
        micros = tuple(
            Micro(micro.rows.to(self._device), micro.tasks.to(self._device, non_blocking=True))
            for micro in step.micros
        )
        return Step(step.number, micros, step.task_targets, step.inputs, step.padding)


def rows_of_rank(packs: Packs, ranks: int) -> int:
    """Return how many packs of a step a rank has, the last rank maybe fewer.

    Raises:
        BadInput: a step has fewer packs than there are ranks.
    """
    if packs.packs_per_step < ranks:
        raise BadInput(
            f"a step has {packs.packs_per_step} packs of {packs.length} tokens but there are "
            f"{ranks} ranks; pack with tokens_per_step of at least {packs.length * ranks}, with a "
            "smaller length, or train with fewer processes"
        )
    return -(-packs.packs_per_step // ranks)


def _drain(made: Made) -> None:
    while not made.empty():
        made.get_nowait()


def _arrays(batch: Any) -> dict[str, npt.NDArray[Any]]:
    names = ("tokens", "segments", "positions", "loss", "task")
    return {name: np.asarray(getattr(batch, name)) for name in names}


def _part(arrays: Arrays, rank: int, rows: int) -> Arrays:
    return {name: array[rank * rows : (rank + 1) * rows] for name, array in arrays.items()}


def _filled(arrays: Arrays, rows: int) -> dict[str, npt.NDArray[Any]]:
    """Add rows of padding, so that every rank makes the same number of forward passes."""
    lacking = rows - len(arrays["tokens"])
    if not lacking:
        return dict(arrays)
    empty = {"task": -1}
    return {
        name: np.concatenate(
            [array, np.full((lacking, array.shape[1]), empty.get(name, 0), dtype=array.dtype)]
        )
        for name, array in arrays.items()
    }


def _tasks(arrays: Arrays, predict: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the task of each predicting position."""
    length = arrays["segments"].shape[1]
    rows, columns = predict // length, predict % length
    segments = arrays["segments"][rows, columns]
    tasks: npt.NDArray[np.int64] = arrays["task"][rows, segments - 1].astype(np.int64)
    return tasks

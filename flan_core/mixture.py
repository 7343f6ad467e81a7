"""A mixture: which tasks in which shares, and draw i as a pure function of (mixture, i).

    weights   rte 2   copa 1   sst2 3            a block has each task as often as it weighs
    block     [sst2 rte sst2 copa rte sst2][rte …    in an order of its own
    visits      0    0    1    0    1    2    2      visit v of a task takes row perm_epoch(v mod n)

Row order, template, form, exemplars: each is a hash of (seed, task, visit). No buffer, no state, no
copy of the text; any range of draws can be made anywhere.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from flan_core.compiled import Array, Int, compiled, mixed, share_of, shuffled
from flan_core.prompt.copying import NUM_FORMS, Wording
from flan_core.schemas import file_sha256, read_json
from flan_core.seeds import seed_of

SCHEMA = "mixture/1"
FILE = "mixture.json"

_TEMPLATE, _SHOWN, _FORM, _ORDER, _SHOTS, _EXEMPLARS = range(6)
"""What a visit's hash is asked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One task's part of a mixture.

    ``count`` is how often a block has it; ``num_rows`` how many train rows there are, of which
    ``max_rows`` are ever drawn, without ``dropped_rows``. ``template_weights`` has a weight each.
    """

    task: str
    dataset: str
    cluster: str
    num_rows: int
    max_rows: int
    count: int
    weight: float
    share: float
    template_weights: tuple[float, ...]
    has_options: bool
    mean_characters: float
    sha256: str
    dropped_rows: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Forms:
    """The shares of the forms that a draw can take; see the settings of mix."""

    few_shot: float
    shots: int
    no_options: float
    option_formats: bool


class Draws(NamedTuple):
    """A range of draws, an array each: wording, which visit of the task, exemplars' rows.

    ``exemplars[i]`` has the rows of the exemplars of draw ``i``, ``-1`` where there is none; it has
    no column when the mixture has no few-shot draws.
    """

    wording: Wording
    visit: Array
    exemplars: Array


class _Tables(NamedTuple):
    """A mixture as arrays: what the compiled loop reads."""

    ends: Array
    keys: Array
    rows: Array
    first_row: Array
    thresholds: Array
    has_options: Array
    shares: Array
    block: Int
    seed: Int
    forms: Int
    shots: Int


class Mixture:
    """A mixture that can be drawn from."""

    def __init__(self, value: dict[str, Any], sha256: str = "") -> None:
        """Take the content of ``mixture.json``; ``Mixture.open`` reads one."""
        self.value, self.sha256 = value, sha256
        self.seed: int = value["seed"]
        self.parts = tuple(_part(part) for part in value["tasks"])
        self.tasks = tuple(part.task for part in self.parts)
        self.forms = Forms(**value["forms"])
        self.block = sum(part.count for part in self.parts)

    @classmethod
    def open(cls, folder: Path) -> "Mixture":
        """Read the mixture of a folder.

        Raises:
            BadInput: there is none, or another version of mix wrote it.
        """
        path = folder / FILE
        return cls(read_json(path, SCHEMA), file_sha256(path))

    @cached_property
    def rows(self) -> tuple[Array, ...]:
        """For each task, the rows that are ever drawn."""
        return tuple(_rows_of(part, seed_of("rows", self.seed, part.task)) for part in self.parts)

    @cached_property
    def _tables(self) -> _Tables:
        counts = [part.count for part in self.parts]
        most = max(len(part.template_weights) for part in self.parts)
        thresholds = np.full((len(counts), most), 2.0)
        for number, part in enumerate(self.parts):
            weights = np.array(part.template_weights)
            thresholds[number, : len(weights)] = np.cumsum(weights) / weights.sum()
            thresholds[number, np.flatnonzero(weights)[-1] :] = 2.0  # rounding must not overrun
        sizes = [len(rows) for rows in self.rows]
        forms = self.forms
        return _Tables(
            ends=np.cumsum([0, *counts]).astype(np.int64),
            keys=np.array([seed_of("mix", self.seed, t) for t in self.tasks], np.uint64),
            rows=np.concatenate(self.rows).astype(np.int64),
            first_row=np.cumsum([0, *sizes]).astype(np.int64),
            thresholds=thresholds,
            has_options=np.array([part.has_options for part in self.parts], np.uint8),
            shares=np.array([forms.few_shot, forms.no_options], np.float64),
            block=self.block,
            seed=np.uint64(seed_of("blocks", self.seed)),
            forms=NUM_FORMS if forms.option_formats else 1,
            shots=forms.shots if forms.few_shot else 0,
        )

    def draws(self, start: int, stop: int) -> Draws:
        """Return draws ``start`` to ``stop``; row numbers are those of the train prompts."""
        size = stop - start
        integers = [np.zeros(size, np.int64) for _ in range(5)]
        task, row, template, form, visit = integers
        wording = Wording(
            task=task,
            row=row,
            template=template,
            shown=np.ones(size, np.uint8),
            form=form,
            order=np.zeros(size, np.uint64),
        )
        tables = self._tables
        exemplars = np.full((size, tables.shots), -1, np.int64)
        _draw(tables, start, wording, visit, exemplars)
        return Draws(wording, visit, exemplars)


def _part(value: dict[str, Any]) -> Part:
    lists = {name: tuple(value[name]) for name in ("template_weights", "dropped_rows")}
    return Part(**{**value, **lists})


def _rows_of(part: Part, key: int) -> Array:
    """Return the first ``max_rows`` rows of a seeded shuffle, without those that were dropped."""
    rows = np.empty(part.num_rows, np.int64)
    _fill_shuffled(rows, np.uint64(key))
    dropped = np.zeros(part.num_rows, np.bool_)
    dropped[list(part.dropped_rows)] = True
    return rows[~dropped[rows]][: part.max_rows]


@compiled
def _fill_shuffled(rows: Array, key: Int) -> None:
    for number in range(rows.size):
        rows[number] = shuffled(number, rows.size, key)


@compiled
def _choose_exemplars(tables: _Tables, task: Int, place: Int, key: Int, out: Array) -> None:
    """Fill ``out`` with rows of the task, each another one and none at ``place``."""
    first = tables.first_row[task]
    others = tables.first_row[task + 1] - first - 1
    for number in range(min(out.size, others)):
        other = shuffled(number, others, key)
        out[number] = tables.rows[first + other + (1 if other >= place else 0)]


@compiled
def _task_of(tables: _Tables, draw: Int) -> tuple[Int, Int]:
    """Return the task of a draw, and which visit of the task it is."""
    block, place = draw // tables.block, draw % tables.block
    place = shuffled(place, tables.block, mixed(tables.seed, np.uint64(block)))
    task = np.searchsorted(tables.ends, place, side="right") - 1
    count = tables.ends[task + 1] - tables.ends[task]
    return task, block * count + place - tables.ends[task]


@compiled
def _place_of(tables: _Tables, task: Int, visit: Int) -> Int:
    """Return which of its task's rows a visit takes: each once an epoch, in an order of its own."""
    size = tables.first_row[task + 1] - tables.first_row[task]
    return shuffled(visit % size, size, mixed(~tables.keys[task], np.uint64(visit // size)))


@compiled
def _draw(tables: _Tables, start: Int, wording: Wording, visits: Array, exemplars: Array) -> None:
    """Fill in draws ``start`` and following."""
    for line in range(visits.size):
        task, visit = _task_of(tables, start + line)
        place = _place_of(tables, task, visit)
        key = mixed(tables.keys[task], np.uint64(visit))
        wording.task[line], visits[line] = task, visit
        wording.row[line] = tables.rows[tables.first_row[task] + place]
        chance = share_of(mixed(key, np.uint64(_TEMPLATE)))
        while chance >= tables.thresholds[task, wording.template[line]]:
            wording.template[line] += 1
        if tables.has_options[task]:
            hidden = share_of(mixed(key, np.uint64(_SHOWN))) < tables.shares[1]
            wording.shown[line] = 0 if hidden else 1
        if tables.forms > 1:
            wording.form[line] = mixed(key, np.uint64(_FORM)) % np.uint64(tables.forms)
            wording.order[line] = mixed(key, np.uint64(_ORDER)) | np.uint64(1)
        if share_of(mixed(key, np.uint64(_SHOTS))) < tables.shares[0]:
            chosen = mixed(key, np.uint64(_EXEMPLARS))
            _choose_exemplars(tables, task, place, chosen, exemplars[line])

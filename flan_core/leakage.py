"""Row-level leakage: which training rows share text with which evaluation rows.

    train  "Ann sang in the old hall by the river on a warm night in June."   ─┐ 13 words in a row
    test   "It is said that Ann sang in the old hall by the river on a warm …" ─┘ are the same

Texts are compared in small letters, without punctuation. A row leaks when all its fields together
are the same as those of an evaluation row, or when one of its fields has a run of 13 words that one
of theirs has (Brown et al. 2020, appendix C). What several evaluation splits have counts for each.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from flan_core.compiled import Array, Int, compiled, mixed
from flan_core.prompt.cells import Cells
from flan_core.prompt.reading import Prompts, tasks_in
from flan_core.schemas import write_json

SCHEMA = "leakage/1"
FILE = "leakage.json"
WORDS = 13
"""Words of a run."""
MOST_RUNS = 1 << 22
"""Runs of the evaluation splits that are kept; if there are more, every second, third, ... is."""
_BYTES_A_WORD = 5
_NOBODY = -1
"""In place of an entry: the slot is free, or the split is the last of those that have the hash."""
_STEP = np.uint64(0x9E3779B97F4A7C15)


class _Known(NamedTuple):
    """Hashes of the evaluation rows: an open table, with the splits that have each.

    ``newest`` is the entry of the last split that came with the hash; entry ``e`` is split
    ``owner[e]``, and ``older[e]`` the entry of the split before. ``used`` counts hashes, then
    entries. ``hit`` becomes 1 where a training row has the same.
    """

    keys: Array
    newest: Array
    hit: Array
    owner: Array
    older: Array
    used: Array


@dataclass(kw_only=True)
class Leaks:
    """What was found: counts [training task, evaluation split], and the rows of each task."""

    tasks: tuple[str, ...]
    splits: tuple[tuple[str, str], ...]
    every: int
    same: Array
    shared: Array
    num_rows: dict[str, int] = field(default_factory=dict)
    rows: dict[str, Array] = field(default_factory=dict)
    evaluation: list[dict[str, Any]] = field(default_factory=list)

    @property
    def num_leaking(self) -> int:
        """How many training rows leak."""
        return sum(len(rows) for rows in self.rows.values())

    def worst(self) -> str:
        """Name the pair with most leaking rows: ``312 rows of snli train in snli test``."""
        either = np.maximum(self.same, self.shared)
        task, split = np.unravel_index(int(either.argmax()), either.shape)
        name, part = self.splits[split]
        return f"{either[task, split]:,} rows of {self.tasks[task]} train in {name} {part}"

    def write(self, path: Path, policy: str) -> None:
        """Write the report: per training task, per pair with anything in common, per split."""
        pairs = [
            {
                "train": self.tasks[task],
                "task": self.splits[split][0],
                "split": self.splits[split][1],
                "same_text": int(self.same[task, split]),
                "shared_run": int(self.shared[task, split]),
            }
            for task, split in np.argwhere(self.same + self.shared).tolist()
        ]
        tasks = {
            task: {"rows": self.num_rows[task], "leaking": len(self.rows[task])}
            for task in self.tasks
        }
        value = {"words": WORDS, "every": self.every, "policy": policy, "tasks": tasks}
        write_json(path, SCHEMA, {**value, "pairs": pairs, "evaluation": self.evaluation})


def find_leaks(prompts: Path, tasks: Sequence[str]) -> Leaks:
    """Compare the train prompts of these tasks with every dev and test split of the folder."""
    splits = [(task, split) for split in ("test", "dev") for task in tasks_in(prompts, split)]
    splits.sort()
    every = _every(prompts, splits)
    rows, runs = _tables(1), _tables(1)
    for owner, cells in enumerate(_opened(prompts, splits)):
        whole, found = _read(cells, every)
        rows, runs = _grown(rows, len(whole)), _grown(runs, len(found))
        _enter(rows, whole, owner)
        _enter(runs, found, owner)
    names = ("rows", "same_text", "shared_run")
    shape = (len(tasks), max(len(splits), 1))
    same, shared = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    leaks = Leaks(tasks=tuple(tasks), splits=tuple(splits), every=every, same=same, shared=shared)
    for number, cells in enumerate(_opened(prompts, [(task, "train") for task in tasks])):
        leaking = _compare(cells, rows, runs, every, (same[number], shared[number]))
        leaks.num_rows[tasks[number]] = len(leaking)
        leaks.rows[tasks[number]] = np.flatnonzero(leaking)
    for (task, split), cells in zip(splits, _opened(prompts, splits), strict=True):
        counts = _hits(cells, rows, runs, every).tolist()
        leaks.evaluation.append(
            {"task": task, "split": split, **dict(zip(names, counts, strict=True))}
        )
    return leaks


def _opened(prompts: Path, splits: Sequence[tuple[str, str]]) -> Iterator[Cells]:
    for task, split in splits:
        yield Prompts.open(prompts, task, split).book.cells


def _runs_in(cells: Cells) -> int:
    return int(cells.ends[-1] - cells.ends[0]) // _BYTES_A_WORD


def _every(prompts: Path, splits: Sequence[tuple[str, str]]) -> int:
    return 1 + sum(_runs_in(cells) for cells in _opened(prompts, splits)) // MOST_RUNS


def _tables(size: int) -> _Known:
    return _Known(
        keys=np.zeros(size, np.uint64),
        newest=np.full(size, _NOBODY, np.int32),
        hit=np.zeros(size, np.uint8),
        owner=np.empty(size // 2, np.int16),
        older=np.empty(size // 2, np.int32),
        used=np.zeros(2, np.int64),
    )


def _grown(known: _Known, more: int) -> _Known:
    """Return a table with room for ``more`` hashes and entries; at most half full."""
    hashes, entries = known.used.tolist()
    size = 1 << max(10, (2 * (hashes + more) - 1).bit_length())
    if entries + more > known.owner.size:
        owner, older = (np.resize(each, entries + more) for each in (known.owner, known.older))
        known = known._replace(owner=owner, older=older)
    if size <= known.keys.size:
        return known
    empty = _tables(size)
    _move(known, empty)
    return known._replace(keys=empty.keys, newest=empty.newest, hit=empty.hit)


@compiled
def _move(known: _Known, larger: _Known) -> None:
    for slot in range(known.keys.size):
        if known.newest[slot] >= 0:
            place = _slot(larger.keys, larger.newest, known.keys[slot])
            larger.keys[place], larger.newest[place] = known.keys[slot], known.newest[slot]


@compiled
def _slot(keys: Array, newest: Array, key: Int) -> Int:
    """Return the slot of a hash, or the free one where it would go."""
    slot = np.int64(key & np.uint64(keys.size - 1))
    while newest[slot] >= 0 and keys[slot] != key:
        slot = (slot + 1) & (keys.size - 1)
    return slot


@compiled
def _put(known: _Known, key: Int, owner: Int) -> None:
    """Enter that split ``owner`` has a hash; splits come one after the other."""
    slot = _slot(known.keys, known.newest, key)
    newest = known.newest[slot]
    if newest >= 0 and known.owner[newest] == owner:
        return
    if newest < 0:
        known.used[0] += 1
    entry = known.used[1]
    known.keys[slot], known.newest[slot] = key, entry
    known.owner[entry], known.older[entry] = owner, newest
    known.used[1] += 1


@compiled
def _is_letter(byte: Int) -> bool:
    """Say whether a byte belongs to a word: ASCII letters and digits, and all beyond ASCII."""
    return bool(48 <= byte <= 57 or 65 <= byte <= 90 or 97 <= byte <= 122 or byte >= 128)


@compiled
def _word(text: Array, at: Int, end: Int) -> tuple[Int, Int]:
    """Return the hash of the next word, 0 if there is none, and where it ends."""
    while at < end and not _is_letter(text[at]):
        at += 1
    found = np.uint64(0)
    while at < end and _is_letter(text[at]):
        byte = np.uint64(text[at])
        if np.uint64(65) <= byte <= np.uint64(90):
            byte += np.uint64(32)
        found = (found ^ byte ^ np.uint64(256)) * np.uint64(0x100000001B3)
        at += 1
    return found, at


@compiled
def _read_field(
    text: Array, span: tuple[Int, Int], every: Int, runs: Array, state: Array, last: Array
) -> None:
    """Hash a field's words into ``state[0]``, and append its runs to the ``state[1]`` in ``runs``.

    ``last`` is scratch for the words of a run, and the factor of a word that leaves it.
    """
    (at, end), seen, run = span, 0, np.uint64(0)
    word, at = _word(text, at, end)
    while word != 0:
        state[0] = mixed(state[0], word)
        gone = last[seen % WORDS] if seen >= WORDS else np.uint64(0)
        run = run * _STEP + word - last[WORDS] * gone
        last[seen % WORDS] = word
        seen += 1
        key = mixed(run, np.uint64(WORDS))
        if seen >= WORDS and key % np.uint64(every) == 0 and state[1] < np.uint64(runs.size):
            runs[state[1]] = key
            state[1] += np.uint64(1)
        word, at = _word(text, at, end)
    state[0] = mixed(state[0], np.uint64(0))


@compiled
def _hashes(cells: Cells, row: Int, every: Int, runs: Array) -> tuple[Int, Int]:
    """Hash a row: returns the hash of all its words, and how many of its runs are in ``runs``.

    Only runs whose hash is a multiple of ``every`` count, and as many as there is room for.
    """
    text, ends, width = cells.text, cells.ends, cells.columns[0]
    state, last = np.array([1, 0], np.uint64), np.empty(WORDS + 1, np.uint64)
    last[WORDS] = 1
    for _ in range(WORDS):
        last[WORDS] *= _STEP
    for cell in range(row * width, row * width + width - 1):
        _read_field(text, (ends[cell], ends[cell + 1]), every, runs, state, last)
    return state[0], np.int64(state[1])


@compiled
def _room(cells: Cells) -> Array:
    """Return room for the runs of the longest row."""
    width, most = cells.columns[0], np.int64(0)
    for row in range(cells.list_of.size):
        most = max(most, np.int64(cells.ends[(row + 1) * width] - cells.ends[row * width]))
    return np.empty(most // 2 + 1, np.uint64)


@compiled
def _read(cells: Cells, every: Int) -> tuple[Array, Array]:
    """Return the hashes of a split's rows, and of all their runs."""
    rows = np.empty(cells.list_of.size, np.uint64)
    runs = np.empty((cells.ends[-1] - cells.ends[0]) // 2 + 1, np.uint64)  # a word and its space
    count = 0
    for row in range(rows.size):
        rows[row], more = _hashes(cells, row, every, runs[count:])
        count += more
    return rows, runs[:count].copy()


@compiled
def _enter(known: _Known, keys: Array, owner: Int) -> None:
    for key in keys:
        _put(known, key, owner)


@compiled
def _met(known: _Known, key: Int, row: Int, last: Array, counts: Array) -> bool:
    """Mark and count a hash that an evaluation row has, once a row and split."""
    slot = _slot(known.keys, known.newest, key)
    entry = known.newest[slot]
    if entry < 0:
        return False
    known.hit[slot] = 1
    while entry >= 0:
        owner = known.owner[entry]
        if last[owner] != row:
            last[owner] = row
            counts[owner] += 1
        entry = known.older[entry]
    return True


@compiled
def _compare(
    cells: Cells, rows: _Known, runs: _Known, every: Int, counts: tuple[Array, Array]
) -> Array:
    """Return 1 for each training row that leaks; count them by evaluation split."""
    same, shared = counts
    leaking = np.zeros(cells.list_of.size, np.uint8)
    found = _room(cells)
    last_same, last_shared = np.full(same.size, -1, np.int64), np.full(same.size, -1, np.int64)
    for row in range(leaking.size):
        whole, count = _hashes(cells, row, every, found)
        leaks = _met(rows, whole, row, last_same, same)
        for number in range(count):
            leaks = _met(runs, found[number], row, last_shared, shared) or leaks
        leaking[row] = 1 if leaks else 0
    return leaking


@compiled
def _any_hit(runs: _Known, found: Array, count: Int) -> Int:
    for number in range(count):
        if runs.hit[_slot(runs.keys, runs.newest, found[number])]:
            return 1
    return 0


@compiled
def _hits(cells: Cells, rows: _Known, runs: _Known, every: Int) -> Array:
    """Return how many rows a split has, and how many a training row has the text or a run of."""
    counts = np.zeros(3, np.int64)
    found = _room(cells)
    for row in range(cells.list_of.size):
        whole, count = _hashes(cells, row, every, found)
        counts[0] += 1
        counts[1] += rows.hit[_slot(rows.keys, rows.newest, whole)]
        counts[2] += _any_hit(runs, found, count)
    return counts

"""The text of rows, laid out row by row in one buffer, for compiled loops to copy from.

    text   Ann sang.Ann made a sound.yesBob slept.Bob was awake.no…
    ends   0       9                26 29        …          cell c is text[ends[c]:ends[c + 1]]
           └──────── row 0 ───────────┘└────── row 1 ─ …    fields in their order, the answer last

Lists of options stand in the same buffer, twice: as a list ready to copy, and option by option;
once a task where all its rows have the same.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from flan_core.compiled import Array, compiled, copied
from flan_core.task import ANSWER

FIELD = "field."
"""Prefix of a field's column."""
HEADER, BULLET = b"OPTIONS:", b"\n- "
"""The list of options as the paper has it."""
_NOTHING = np.frombuffer(bytes(1), np.uint8)
"""No text; read-only, as Arrow's buffers are, so that loops are compiled for one type."""


class Cells(NamedTuple):
    """Text of the rows of one or more tasks.

    Task ``k`` has ``columns[k]`` cells a row, the first of them ``first_cell[k]``; its first row is
    row ``first_row[k]`` of all. Cell ``c`` is ``text[ends[c]:ends[c + 1]]`` (a task has an end more
    than cells). Row ``r`` of all has the list of options ``l = list_of[r]``: the text ``lists[l,
    0]`` to ``lists[l, 1]``; option by option, ``options[o]`` says where one starts and ends, for
    the ``lists[l, 3]`` options from ``lists[l, 2]`` on.
    """

    text: Array
    ends: Array
    columns: Array
    first_cell: Array
    first_row: Array
    list_of: Array
    lists: Array
    options: Array


def columns_of(table: pa.Table) -> tuple[str, ...]:
    """Return the names of a prompts table's cells in their order: the fields, then the answer."""
    fields = [name.removeprefix(FIELD) for name in table.column_names if name.startswith(FIELD)]
    return (*fields, ANSWER)


class CellsWriter:
    """Collects tables of prompts, one a task, into ``Cells``; text grows in memory or a file."""

    def __init__(self, scratch: Path | None = None) -> None:
        """Start with no text; it goes to ``scratch`` if given."""
        self._scratch = scratch
        if scratch:
            scratch.write_bytes(b"")
        self._parts: list[Array] = []
        self._used = 0
        self._ends: list[Array] = []
        self._columns: list[int] = []
        self._first_cell, self._first_row, self._num_lists, self._num_options = [0], [0], 0, 0
        self._list_of: list[Array] = []
        self._lists: list[Array] = []
        self._options: list[Array] = []

    def put(self, text: Array | bytes) -> int:
        """Append text; returns where it starts."""
        start = self._used
        array = np.frombuffer(text, np.uint8) if isinstance(text, bytes) else text
        self._used += len(array)
        if self._scratch:
            with self._scratch.open("ab") as file:
                file.write(array.data)
        else:
            self._parts.append(array)
        return start

    def add(self, table: pa.Table) -> None:
        """Append one task's rows."""
        names = [FIELD + name for name in columns_of(table)[:-1]] + [ANSWER]
        columns = [_strings(table, name) for name in names]
        num_rows, width = table.num_rows, len(columns)
        ends = np.zeros(num_rows * width + 1, np.int64)
        for place, (_, column_ends) in enumerate(columns):
            ends[1 + place :: width] = np.diff(column_ends)
        np.cumsum(ends, out=ends)
        text = np.empty(int(ends[-1]), np.uint8)
        starts = ends[:-1].reshape(num_rows, width)
        for place, (source, column_ends) in enumerate(columns):
            _scatter(source, column_ends, text, np.ascontiguousarray(starts[:, place]))
        self._ends.append(ends + self.put(text))
        self._columns.append(width)
        self._first_cell.append(self._first_cell[-1] + num_rows * width + 1)
        self._first_row.append(self._first_row[-1] + num_rows)
        self._add_options(_one_chunk(table["options"]))

    def _add_options(self, lists: pa.Array) -> None:
        sizes = np.diff(_offsets(lists))
        flat = lists.flatten()
        if len(sizes) and (sizes == sizes[0]).all() and _repeats(flat, int(sizes[0])):
            self._list_of.append(np.full(len(sizes), self._num_lists, np.int64))
            flat, sizes = flat[: int(sizes[0])], sizes[:1]
        else:
            self._list_of.append(np.arange(len(sizes), dtype=np.int64) + self._num_lists)
        text, ends = _buffers(flat)
        out = np.empty(
            len(sizes) * len(HEADER) + len(flat) * len(BULLET) + int(ends[-1] - ends[0]), np.uint8
        )
        found = np.empty((len(sizes), 4), np.int64)
        options = np.empty((len(flat), 2), np.int64)
        marks = np.frombuffer(HEADER + BULLET, np.uint8)
        _list_options(text, ends, sizes, (out, found, options), marks)
        start = self.put(out)
        self._options.append(options + start)
        self._lists.append(found + np.array([start, start, self._num_options, 0]))
        self._num_lists += len(sizes)
        self._num_options += len(flat)

    def cells(self) -> Cells:
        """Return what was added; no more can be."""
        return Cells(
            text=self._text(),
            ends=np.concatenate(self._ends),
            columns=np.array(self._columns, np.int64),
            first_cell=np.array(self._first_cell, np.int64),
            first_row=np.array(self._first_row, np.int64),
            list_of=np.concatenate(self._list_of),
            lists=np.concatenate(self._lists),
            options=np.concatenate(self._options),
        )

    def _text(self) -> Array:
        if not self._scratch:
            return np.concatenate([*self._parts, np.zeros(1, np.uint8)])
        self.put(b"\0")  # an empty file cannot be mapped
        return np.asarray(np.memmap(self._scratch, np.uint8, "r+"))


def _repeats(flat: pa.Array, size: int) -> bool:
    """Say whether ``flat`` is its first ``size`` values over and over."""
    if size == 0 or len(flat) == size:
        return True
    return bool(flat[size:].equals(flat[: len(flat) - size]))


def _offsets(lists: pa.ListArray) -> Array:
    """Return where the lists begin and end among their values, without the help of pandas."""
    if not len(lists):
        return np.zeros(1, np.int64)
    _, offsets = lists.offsets.buffers()
    first = lists.offsets.offset
    return np.frombuffer(offsets, np.int32)[first : first + len(lists) + 1].astype(np.int64)


def _one_chunk(column: pa.ChunkedArray) -> pa.Array:
    chunk = column.combine_chunks()
    return chunk.chunk(0) if isinstance(chunk, pa.ChunkedArray) else chunk


def _strings(table: pa.Table, name: str) -> tuple[Array, Array]:
    return _buffers(_one_chunk(table[name]))


def _buffers(array: pa.Array) -> tuple[Array, Array]:
    """Return the bytes of a string array and where each string ends in them; the start is first."""
    wide = pa.types.is_large_string(array.type)
    _, offsets, text = array.buffers()
    if offsets is None or not len(array):
        return _NOTHING, np.zeros(1, np.int64)
    ends = np.frombuffer(offsets, np.int64 if wide else np.int32)
    ends = ends[array.offset : array.offset + len(array) + 1].astype(np.int64)
    return np.frombuffer(text, np.uint8) if text and text.size else _NOTHING, ends


@compiled
def _scatter(text: Array, ends: Array, out: Array, starts: Array) -> None:
    """Copy each string of a column to its place."""
    for row in range(starts.size):
        copied(text, ends[row], ends[row + 1], out, starts[row])


@compiled
def _list_options(
    text: Array, ends: Array, sizes: Array, out: tuple[Array, Array, Array], marks: Array
) -> None:
    """Write every list of options as the paper has it; note where lists and options are in it."""
    listed, lists, options = out
    at = option = 0
    for number in range(sizes.size):
        lists[number, 0], lists[number, 2], lists[number, 3] = at, option, sizes[number]
        at = copied(marks, 0, marks.size - 3, listed, at)
        for _ in range(sizes[number]):
            at = copied(marks, marks.size - 3, marks.size, listed, at)
            options[option, 0] = at
            at = copied(text, ends[option], ends[option + 1], listed, at)
            options[option, 1] = at
            option += 1
        lists[number, 1] = at

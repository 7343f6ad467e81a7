"""Choose the rows that the page shows: a task's own samples, or the first rows that fetch wrote."""

from collections.abc import Iterable
from pathlib import Path

from flan_core.schemas import read_table
from flan_core.task import BadRow, Example, Row, Task

ROWS = 8
"""Rows shown of a task."""
LONGEST = 700
"""Characters shown of a field; longer ones are shortened in the middle."""


def examples_of(task: Task, rows: Path | None) -> list[Example]:
    """Return up to eight examples of a task, from its folder in ``rows`` or else its samples."""
    found = _from_folder(task, rows) if rows else []
    return found or _read(task, task.samples)


def _from_folder(task: Task, rows: Path) -> list[Example]:
    files = [rows / task.name / f"{split}.parquet" for split in ("train", "test", "dev")]
    file = next((file for file in files if file.is_file()), None)
    if file is None:
        return []
    table, _ = read_table(file, "rows/1")
    return _read(task, table.slice(0, 8 * ROWS).to_pylist())


def _read(task: Task, rows: Iterable[Row]) -> list[Example]:
    """Read rows until there are enough; bad ones are render's to report."""
    found: list[Example] = []
    for row in rows:
        if len(found) < ROWS:
            found += _examples(task, row)
    return found[:ROWS]


def _examples(task: Task, row: Row) -> tuple[Example, ...]:
    """Return a row's examples: one, none where it is dropped or bad, several of a dialogue."""
    try:
        read = task.read(row)
    except BadRow:
        return ()
    if isinstance(read, Example):
        return (read,)
    return read if isinstance(read, tuple) else ()

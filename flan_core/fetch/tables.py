"""Read a file of rows, whatever its format, into an Arrow table; say exactly where it is broken."""

import json
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from flan_core.errors import BadInput

FORMATS = (".jsonl", ".json", ".csv", ".parquet")
"""Endings of files that hold rows, in the order of preference."""


BATCH = 10_000
"""Rows that are Python objects at a time."""


def read_rows(path: Path) -> pa.Table:
    """Read one file of rows.

    Raises:
        BadInput: the file is not UTF-8, not of its format, mixes types in a column, or is empty.
    """
    table = _read(path)
    if table.num_rows == 0:
        raise BadInput(f"{path} holds no rows; remove the file or put rows into it")
    return table


def table_of(rows: list[dict[str, Any]], origin: str) -> pa.Table:
    """Turn rows into a table; a column that mixes types is an error that names it."""
    try:
        return pa.Table.from_pylist(rows)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        for column in dict.fromkeys(name for row in rows for name in row):
            _check_column(column, rows, origin)
        raise BadInput(f"{origin}: rows are not of one shape ({error})") from error


def tables_of(rows: Iterable[Mapping[str, Any]], origin: str) -> pa.Table:
    """Turn many rows into a table, a batch at a time: as Arrow they take a tenth of the memory."""
    some = iter(rows)
    batches = iter(lambda: [dict(row) for row in islice(some, BATCH)], [])
    tables = [table_of(batch, origin) for batch in batches]
    if not tables:
        raise BadInput(f"{origin} holds no rows; fetch the file again")
    return pa.concat_tables(tables, promote_options="default")


def _check_column(column: str, rows: list[dict[str, Any]], origin: str) -> None:
    try:
        pa.array([row.get(column) for row in rows])
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise BadInput(
            f"{origin}: column {column!r} mixes types ({error}); give every row the same type"
        ) from error


def _read(path: Path) -> pa.Table:
    if path.suffix == ".parquet":
        return _read_arrow(path, pq.read_table)
    text = _text(path)
    if path.suffix == ".csv":
        return _read_arrow(path, csv.read_csv)
    if path.suffix == ".json":
        rows = _parse(text, f"{path}")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise BadInput(f"{path} is not a list of objects; write one object a row")
        return table_of(rows, str(path))
    return table_of(_lines(path, text), str(path))


def _read_arrow(path: Path, reader: Any) -> pa.Table:
    try:
        return reader(path)
    except pa.ArrowInvalid as error:
        raise BadInput(f"{path} cannot be read as {path.suffix[1:]}: {error}") from error


def _text(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInput(
            f"{path} is not UTF-8: byte 0x{content[error.start]:02x} at offset {error.start}, "
            f"line {line}; convert the file to UTF-8"
        ) from error


def _lines(path: Path, text: str) -> list[dict[str, Any]]:
    rows = []
    # Only "\n" ends a line: str.splitlines would also cut at U+2028, which a text may hold.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        row = _parse(line, f"{path}, line {number}")
        if not isinstance(row, dict):
            raise BadInput(f"{path}, line {number} is not an object: {line[:80]}")
        rows.append(row)
    return rows


def _parse(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        around = text[max(0, error.pos - 40) : error.pos + 40]
        raise BadInput(f"{where} is not JSON: {error.msg} near {around!r}") from error

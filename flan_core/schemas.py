"""Files between the steps: each carries its schema's name and version, and its reader checks it.

JSON files hold ``{"schema": "<name>/<version>", ...}``; Parquet files hold the same string and a
JSON object in their schema metadata (key ``flan``). Everything is written under a temporary name
and moved into place, so that a file under its final name is whole.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from flan_core.errors import BadInput

METADATA_KEY = b"flan"
"""Key of our JSON object in the schema metadata of a Parquet or Arrow file."""


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yield a path beside ``path`` to write a file or folder to; move it into place on success.

    What was there before is replaced.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    _remove(draft)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield draft
        if path.is_dir():
            _remove(path)
        draft.replace(path)
    finally:
        _remove(draft)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        rmtree(path)
    else:
        path.unlink(missing_ok=True)


def dumps(value: Any) -> str:
    """Return the one JSON text of a value: keys sorted, two spaces, no NaN, a final newline."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def write_json(path: Path, schema: str, value: Mapping[str, Any]) -> None:
    """Write ``value`` with its schema name and version; the file appears whole or not at all."""
    with whole(path) as draft:
        draft.write_text(dumps({"schema": schema, **value}), encoding="utf-8")


def read_json(path: Path, schema: str) -> dict[str, Any]:
    """Read a JSON file and check that it holds ``schema``; returns it without the schema key.

    Raises:
        BadInput: the file is missing, is not JSON, or holds another schema.
    """
    if not path.is_file():
        raise BadInput(f"{path} is missing; run {_writer(schema)} first")
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadInput(f"{path} is not JSON ({error}); run {_writer(schema)} again") from error
    found = value.pop("schema", None) if isinstance(value, dict) else None
    _expect(path, schema, found)
    return dict(value)


def write_table(path: Path, schema: str, table: pa.Table, about: Mapping[str, Any]) -> None:
    """Write a Parquet file (zstd) with ``about`` and the schema name in its metadata."""
    text = json.dumps({"schema": schema, **about}, sort_keys=True, ensure_ascii=False)
    with whole(path) as draft:
        pq.write_table(
            table.replace_schema_metadata({METADATA_KEY: text.encode()}),
            draft,
            compression="zstd",
            store_schema=True,
        )


def read_about(path: Path, schema: str) -> dict[str, Any]:
    """Read only the metadata object of a Parquet file and check its schema name."""
    if not path.is_file():
        raise BadInput(f"{path} is missing; run {_writer(schema)} first")
    try:
        metadata = pq.read_schema(path).metadata or {}
    except pa.ArrowInvalid as error:
        raise BadInput(f"{path} is not Parquet ({error}); run {_writer(schema)} again") from error
    about = json.loads(metadata.get(METADATA_KEY, b"{}"))
    _expect(path, schema, about.pop("schema", None))
    return dict(about)


def read_table(path: Path, schema: str) -> tuple[pa.Table, dict[str, Any]]:
    """Read a Parquet file and its metadata object, checking the schema name."""
    about = read_about(path, schema)
    return pq.read_table(path), about


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def text_sha256(text: str) -> str:
    """Return the SHA-256 of a text's UTF-8 bytes, in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def _writer(schema: str) -> str:
    """Name the step that writes a schema, for messages: ``rows/1`` is written by fetch."""
    writers = {
        "rows": "fetch",
        "prompts": "render",
        "mixture": "mix",
        "packs": "pack",
        "checkpoint": "train",
        "scores": "evaluate",
        "report": "report",
    }
    name = schema.partition("/")[0]
    return writers.get(name, name)


def _expect(path: Path, wanted: str, found: str | None) -> None:
    if found == wanted:
        return
    writer = _writer(wanted)
    raise BadInput(
        f"{path} holds {found or 'no schema'}, not {wanted}; "
        f"it was written by another version of {writer}: run {writer} again"
    )

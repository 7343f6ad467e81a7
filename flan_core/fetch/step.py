"""The step: choose the tasks, find each at the source, part it, write it, record it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flan_core.config import Fetch
from flan_core.datasets import Entry, catalogue, tasks_of
from flan_core.errors import BadInput
from flan_core.fetch.hub import HubSource
from flan_core.fetch.sources import Folder, Found, Source, bucket, how_to_get, samples
from flan_core.fetch.splits import Part, part, part_samples
from flan_core.progress import track
from flan_core.schemas import dumps, file_sha256, read_json, whole, write_json, write_table
from flan_core.step import ABOUT
from flan_core.task import Files

SCHEMA = "rows/1"
"""Schema of the files of rows and of ``rows.json``."""
LOCK = "rows.lock/1"
"""Schema of the lock: ``{"commits": {"<repository>@<branch>": "<commit>"}}``."""


def fetch(config: Fetch, *, rows: Path) -> None:
    """Write ``rows/<task>/<split>.parquet`` for every task that is chosen and at the source.

    Raises:
        BadInput: an unknown task, a source that lacks a task that was asked for by name, or rows
            that cannot be read.
        Transient: the hub or the store could not be reached.
    """
    chosen = tasks_of(config.tasks) if config.tasks else tuple(catalogue())
    with _source(config) as source, whole(rows) as draft:
        written = _write_all(config, source, chosen, draft)
        _finish(config, source, written, draft)


@contextmanager
def _source(config: Fetch) -> Iterator[Source]:
    if config.source == "samples":
        yield samples
    elif config.source == "hub":
        pins = read_json(Path(config.lock), LOCK)["commits"] if config.lock else {}
        yield HubSource(manual=config.manual, pinned=pins)
    elif config.source.startswith("s3://"):
        with bucket(config.source) as folder:
            yield folder
    else:
        yield Folder.open(Path(config.source))


def _write_all(
    config: Fetch, source: Source, chosen: tuple[str, ...], rows: Path
) -> dict[str, dict[str, Any]]:
    written = {}
    for name in track(chosen, "fetch", "tasks"):
        entry = catalogue()[name]
        found = source(entry)
        if found is None:
            _refuse_missing(config, entry)
            continue
        written[name] = _write(entry, found, config, rows)
    return written


def _refuse_missing(config: Fetch, entry: Entry) -> None:
    """Stop when a task that was asked for by its own name is not at the source."""
    if entry.task.name not in config.tasks and entry.dataset not in config.tasks:
        return
    if isinstance(entry.task.source, Files) and config.source == "hub":
        raise BadInput(how_to_get(entry, entry.task.source))
    raise BadInput(f"{config.source} has no folder {entry.task.name} or {entry.dataset} with rows")


def _write(entry: Entry, found: Found, config: Fetch, rows: Path) -> dict[str, Any]:
    task = entry.task
    parts = (
        part_samples(task, found.splits["samples"])
        if found.invented
        else part(task, found.splits, config)
    )
    about = {
        "task": task.name,
        "dataset": entry.dataset,
        "cluster": entry.cluster,
        "repository": found.repository,
        "revision": found.revision,
        "licence": found.licence,
        "source_sha256": found.sha256,
        "invented": found.invented,
    }
    return {
        **about,
        "splits": {name: _write_part(rows, about, name, p) for name, p in parts.items()},
    }


def _write_part(rows: Path, about: dict[str, object], split: str, part: Part) -> dict[str, object]:
    path = rows / str(about["task"]) / f"{split}.parquet"
    facts = {"source_split": part.source_split, "num_rows": part.table.num_rows}
    write_table(path, SCHEMA, part.table, {**about, "split": split, **facts})
    return {**facts, "sha256": file_sha256(path)}


def _finish(config: Fetch, source: Source, written: dict[str, dict[str, Any]], rows: Path) -> None:
    if not written:
        raise BadInput(f"{config.source} has none of the chosen tasks; `flan datasets` lists them")
    listing = {"source": config.source, "seed": config.seed, "tasks": written}
    if config.source not in ("samples", "hub") and not config.source.startswith("s3://"):
        listing["source"] = Path(config.source).resolve().name  # a machine's path is nobody's fact
    write_json(rows / "rows.json", SCHEMA, listing)
    if isinstance(source, HubSource):
        write_json(rows / "rows.lock", LOCK, {"commits": dict(sorted(source.resolved.items()))})
    sizes = [s["num_rows"] for task in written.values() for s in task["splits"].values()]
    about = {
        "source": listing["source"],
        "tasks": len(written),
        "rows": sum(sizes),
        "sha256": file_sha256(rows / "rows.json"),
    }
    (rows / ABOUT).write_text(dumps(about), encoding="utf-8")

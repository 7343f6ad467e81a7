"""Where rows come from: each source finds a task's splits and says what they are, or has none.

A source returns ``Found``: the tables by source split, and the facts that the rows' metadata keep.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pyarrow as pa

from flan_core.datasets import Entry, catalogue
from flan_core.errors import BadInput
from flan_core.fetch.tables import FORMATS, read_rows, table_of, tables_of
from flan_core.schemas import file_sha256
from flan_core.store import Store
from flan_core.task import Files


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A task's rows at a source: tables by source split, where they were, and their checksum."""

    splits: Mapping[str, pa.Table]
    repository: str
    revision: str = ""
    sha256: str = ""
    licence: str = ""
    invented: bool = False


Source = Callable[[Entry], Found | None]
"""Finds a task's rows; None when the source does not have the task."""


def samples(entry: Entry) -> Found:
    """Return the invented rows of the task's own file."""
    table = table_of([dict(row) for row in entry.task.samples], f"samples of {entry.task.name}")
    return Found(
        splits={"samples": table},
        repository="samples",
        licence="invented for this project, Apache-2.0",
        invented=True,
    )


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with a folder a dataset or task: ``<root>/rte/train.jsonl``."""

    root: Path
    name: str = field(default="", compare=False)
    """What to call the root in the metadata; a machine's path would change the bytes."""

    @classmethod
    def open(cls, root: Path, name: str = "") -> "Folder":
        """Check that the folder is there and holds a dataset that the catalogue knows."""
        if not root.is_dir():
            raise BadInput(f"{root} is not a folder; give one with a folder for each dataset")
        _check_known(str(root), {each.name for each in root.iterdir() if each.is_dir()})
        return cls(root, name or root.resolve().name)

    def __call__(self, entry: Entry) -> Found | None:
        """Return the rows in the task's folder, else in its dataset's."""
        for name in (entry.task.name, entry.dataset):
            files = self._files(name)
            if files:
                return Found(
                    splits={split: read_rows(path) for split, path in files.items()},
                    repository=f"{self.name}/{name}",
                    sha256=_sha256_of(files),
                    licence=entry.task.licence,
                )
        return None

    def _files(self, name: str) -> dict[str, Path]:
        found: dict[str, Path] = {}
        for ending in FORMATS:
            for path in sorted((self.root / name).glob(f"*{ending}")):
                found.setdefault(path.stem, path)
        return dict(sorted(found.items()))


def _check_known(place: str, folders: set[str]) -> None:
    known = {each for task, entry in catalogue().items() for each in (task, entry.dataset)}
    if not known & folders:
        raise BadInput(
            f"{place} has no folder of a known dataset; name them as `flan datasets` does "
            f"(rte, sst2, ...), each with train.jsonl and validation.jsonl"
        )


@dataclass(frozen=True, slots=True)
class _Bucket:
    """A prefix of a store, laid out as a folder is; what is asked for goes into ``folder``."""

    store: Store
    there: set[str]
    folder: Folder

    def __call__(self, entry: Entry) -> Found | None:
        """Return the rows in the task's folder, else in its dataset's."""
        for name in self.there.intersection((entry.task.name, entry.dataset)):
            if not (self.folder.root / name).is_dir():
                self.store.get_folder(name, self.folder.root / name)
        return self.folder(entry)


@contextmanager
def bucket(address: str) -> Iterator[Source]:
    """Yield the source for an S3 prefix: a task's folder is fetched when the task is asked for.

    Raises:
        BadInput: nothing under the prefix is a folder of a known dataset, or a key is refused.
        Transient: the store does not answer.
    """
    store = Store.of(address)
    there = {entry.key.partition("/")[0] for entry in store.list()}
    _check_known(address, there)
    with tempfile.TemporaryDirectory(prefix="flan-rows-") as folder:
        yield _Bucket(store, there, Folder(Path(folder), address))


def originals(entry: Entry, source: Files, folder: str) -> Found | None:
    """Return the rows of the publisher's own files, fetched by a person into ``folder``."""
    files = {split: Path(folder) / entry.dataset / name for split, name in source.files.items()}
    missing = [str(path) for path in files.values() if not path.is_file()]
    if not folder or missing:
        return None
    origin = f"{source.url}"
    return Found(
        splits={split: tables_of(source.parse(path), str(path)) for split, path in files.items()},
        repository=origin,
        sha256=_sha256_of(files),
        licence=entry.task.licence,
    )


def how_to_get(entry: Entry, source: Files) -> str:
    """Say where a hand-fetched dataset comes from and where its files go."""
    names = ", ".join(sorted(set(source.files.values())))
    return (
        f"{entry.task.name} is not on the hub: {source.where} ({source.url}). "
        f"Put {names} into <folder>/{entry.dataset}/ and pass the folder with --manual"
    )


def _sha256_of(files: Mapping[str, Path]) -> str:
    """Return one checksum for a set of files: over their names and checksums, in name order."""
    digest = sha256()
    for split, path in sorted(files.items()):
        digest.update(f"{split} {file_sha256(path)}\n".encode())
    return digest.hexdigest()

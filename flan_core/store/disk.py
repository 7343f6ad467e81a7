"""A folder as a place for objects: the same promises as a bucket, kept with the file system."""

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from flan_core.errors import BadInput
from flan_core.schemas import file_sha256, whole
from flan_core.store.attempts import Conflict, Missing
from flan_core.store.entry import ABSENT, ANY, Entry
from flan_core.store.keys import safe_key

RECORD = ".sha256"
"""Ending of the file beside each object that holds its checksum; its name starts with a dot."""


class Disk:
    """Objects as files under one folder."""

    def __init__(self, root: Path) -> None:
        """Use ``root``; it is made when something is written."""
        self.root, self.name = root, str(root)

    def list(self, prefix: str = "") -> Sequence[Entry]:
        """Return the objects whose keys start with ``prefix``, in key order."""
        entries = []
        for path in sorted(self.root.rglob("*")):
            key = path.relative_to(self.root).as_posix()
            if path.is_file() and key.startswith(prefix) and not path.name.startswith("."):
                entries.append(self._entry(key))
        return entries

    def put(self, key: str, source: Path, sha256: str) -> Entry:
        """Copy a file to ``key``; it appears whole."""
        path = self._path(key)
        with whole(path) as draft:
            shutil.copyfile(source, draft)
        _record(path).write_text(sha256, encoding="utf-8")
        return self._entry(key)

    def get(self, key: str, target: Path) -> Entry:
        """Copy the object to a file and check it."""
        entry = self._entry(key)
        with whole(target) as draft:
            shutil.copyfile(self._path(key), draft)
            found = file_sha256(draft)
            if found != entry.sha256:
                raise BadInput(
                    f"{self._path(key)} is damaged: its SHA-256 is {found}, {entry.sha256} "
                    "was recorded when it was written; write it again"
                )
        return entry

    def copy(self, key: str, to: str) -> None:
        """Copy an object within the folder."""
        entry = self._entry(key)
        self.put(to, self._path(key), entry.sha256)

    def remove(self, key: str) -> None:
        """Remove an object; one that is not there is no error."""
        path = self._path(key)
        path.unlink(missing_ok=True)
        _record(path).unlink(missing_ok=True)

    def read(self, key: str) -> tuple[bytes, str]:
        """Return an object's bytes and its tag."""
        path = self._path(key)
        if not path.is_file():
            raise Missing(f"{path} is not there")
        content = path.read_bytes()
        return content, _tag(content)

    def write(self, key: str, content: bytes, replaces: str) -> str:
        """Write an object if it still has the tag ``replaces``; return its new tag."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path.with_name(f".{path.name}.lock")):
            there = _tag(path.read_bytes()) if path.is_file() else ABSENT
            if replaces not in {ANY, there}:
                raise Conflict(f"{path} was written by somebody else meanwhile; read it again")
            with whole(path) as draft:
                draft.write_bytes(content)
            _record(path).write_text(_tag(content), encoding="utf-8")
        return _tag(content)

    def _path(self, key: str) -> Path:
        return self.root / safe_key(key)

    def _entry(self, key: str) -> Entry:
        path = self._path(key)
        if not path.is_file():
            raise Missing(f"{path} is not there")
        record = _record(path)
        sha256 = record.read_text("utf-8") if record.is_file() else file_sha256(path)
        return Entry(key=key, size=path.stat().st_size, sha256=sha256)


def _record(path: Path) -> Path:
    return path.with_name(f".{path.name}{RECORD}")


def _tag(content: bytes) -> str:
    from hashlib import sha256

    return sha256(content).hexdigest()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            os.utime(path)

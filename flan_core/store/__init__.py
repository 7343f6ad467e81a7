"""A place for files: ``s3://bucket/prefix`` on any S3 server, or a folder; one set of verbs.

    store = Store.of("s3://flan/registry")
    store.put("champion/model.safetensors", path)        in parts, resumable, visible when whole
    store.get("champion/model.safetensors", path)        resumable, checked, else BadInput
    pointer, tag = store.read("champion.json")
    store.write("champion.json", text, replaces=tag)      Conflict when somebody was faster

What is read is compared with the SHA-256 that was recorded when it was written: S3 itself, and its
client, let a flipped bit through. Names from a bucket are checked before they become paths.

In:  AWS_ENDPOINT_URL, AWS_REGION and credentials, see ``access``.
Out: BadInput for what no attempt cures, Transient for what may pass, each with its own words.
"""

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from flan_core.errors import BadInput
from flan_core.schemas import file_sha256
from flan_core.store.attempts import Conflict, Missing
from flan_core.store.disk import Disk
from flan_core.store.entry import ABSENT, ANY, Entry
from flan_core.store.keys import safe_key

__all__ = ["ABSENT", "ANY", "Conflict", "Entry", "Missing", "Store", "uri_of"]

SCHEME = "s3://"
MOUNTS = {"/minio/": SCHEME, "/s3/": SCHEME}
"""Where Kubeflow Pipelines puts artifacts of its minio:// and s3:// roots in a step's pod."""
FILES_AT_ONCE = 4


class Place(Protocol):
    """What a bucket and a folder can both do with one object."""

    name: str

    def list(self, prefix: str = "") -> Sequence[Entry]: ...
    def put(self, key: str, source: Path, sha256: str) -> Entry: ...
    def get(self, key: str, target: Path) -> Entry: ...
    def copy(self, key: str, to: str) -> None: ...
    def remove(self, key: str) -> None: ...
    def read(self, key: str) -> tuple[bytes, str]: ...
    def write(self, key: str, content: bytes, replaces: str) -> str: ...


class Store:
    """Objects and folders of objects in one place; keys are relative to it."""

    def __init__(self, place: Place) -> None:
        """Use ``place``; ``Store.of`` finds it by its address."""
        self.place, self.name = place, place.name

    @classmethod
    def of(cls, address: str) -> "Store":
        """Return the store at ``s3://bucket/prefix`` or at a folder's path.

        Raises:
            BadInput: the address names no bucket, has an unsafe prefix, or no credentials are set.
        """
        if not address.startswith(SCHEME):
            return cls(Disk(Path(address)))
        from flan_core.store.access import Access
        from flan_core.store.bucket import Bucket

        bucket, _, prefix = address.removeprefix(SCHEME).partition("/")
        if not bucket:
            raise BadInput(f"{address!r} names no bucket; give s3://bucket/prefix")
        prefix = prefix.rstrip("/")
        return cls(Bucket(bucket, safe_key(prefix) if prefix else "", Access.found()))

    def list(self, prefix: str = "") -> Sequence[Entry]:
        """Return the objects whose keys start with ``prefix``, in key order."""
        return self.place.list(prefix)

    def put(self, key: str, source: Path) -> Entry:
        """Write a file as an object; it is visible when it is whole."""
        return self.place.put(safe_key(key), source, file_sha256(source))

    def get(self, key: str, target: Path) -> Entry:
        """Read an object to a file, which appears when it is whole and right.

        Raises:
            Missing: there is no such object.
            BadInput: the bytes are not those that were written.
        """
        return self.place.get(safe_key(key), target)

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        """Yield an object's bytes as a file; they have been checked before the first is read."""
        with tempfile.TemporaryDirectory(prefix="flan-store-") as folder:
            path = Path(folder) / "object"
            self.get(key, path)
            with path.open("rb") as file:
                yield file

    def copy(self, key: str, to: str) -> None:
        """Copy an object to another key of this store."""
        self.place.copy(safe_key(key), safe_key(to))

    def remove(self, key: str) -> None:
        """Remove an object; one that is not there is no error."""
        self.place.remove(safe_key(key))

    def read(self, key: str) -> tuple[bytes, str]:
        """Return a small object's bytes and the tag that a later ``write`` can ask for."""
        return self.place.read(safe_key(key))

    def write(self, key: str, content: bytes, *, replaces: str = ANY) -> str:
        """Write a small object and return its tag.

        Args:
            key: Its name.
            content: Its bytes.
            replaces: The tag that it must still have, ``ABSENT`` for none, ``ANY`` not to ask.

        Raises:
            Conflict: the object has another tag by now.
        """
        return self.place.write(safe_key(key), content, replaces)

    def put_folder(self, folder: Path, prefix: str = "") -> Sequence[Entry]:
        """Write every file below ``folder`` under ``prefix``, several at once.

        Raises:
            BadInput: the folder holds a symbolic link, whose target nobody asked to publish.
        """
        paths = sorted(path for path in folder.rglob("*") if not path.is_dir())
        for path in paths:
            if path.is_symlink():
                raise BadInput(f"{path} is a symbolic link; put a copy of the file there")
        keys = [_join(prefix, path.relative_to(folder).as_posix()) for path in paths]
        with ThreadPoolExecutor(FILES_AT_ONCE) as pool:
            return list(pool.map(self.put, keys, paths))

    def get_folder(self, prefix: str, folder: Path) -> Sequence[Entry]:
        """Read every object under ``prefix/`` to files below ``folder``, several at once.

        Raises:
            Missing: there is no such object.
            BadInput: a name is unsafe, or would be written through a symbolic link.
        """
        start = f"{prefix}/" if prefix else ""
        entries = self.list(start)
        if not entries:
            raise Missing(f"{self.name}/{prefix} holds nothing")
        paths = [inside(folder, entry.key.removeprefix(start)) for entry in entries]
        with ThreadPoolExecutor(FILES_AT_ONCE) as pool:
            return list(pool.map(self.get, [entry.key for entry in entries], paths))


def inside(folder: Path, key: str) -> Path:
    """Return the path of ``key`` below ``folder``; refuse one that a link leads elsewhere."""
    path = folder / safe_key(key)
    if not path.resolve().is_relative_to(folder.resolve()):
        raise BadInput(f"{path} leads out of {folder} through a symbolic link; remove the link")
    return path


def uri_of(path: Path) -> str:
    """Return the address of an artifact that Kubeflow Pipelines shows a step under ``path``.

    >>> uri_of(Path("/minio/mlpipeline/v2/artifacts/flan/1/pack/packs"))
    's3://mlpipeline/v2/artifacts/flan/1/pack/packs'

    Raises:
        BadInput: the path is no such mount; only a pod of a pipeline has them.
    """
    for mount, scheme in MOUNTS.items():
        if str(path).startswith(mount):
            return scheme + str(path).removeprefix(mount)
    raise BadInput(
        f"{path} is on this machine only, and pods elsewhere must reach it: run inside a pipeline "
        "on the cluster, or give s3://bucket/prefix"
    )


def _join(prefix: str, key: str) -> str:
    return f"{prefix}/{key}" if prefix else key

"""A prefix of an S3 bucket as a place for objects; any S3 server, through the ``minio`` client.

The client checks no checksum on reading and resumes nothing; both are done here. Each object bears
the SHA-256 of its bytes as user metadata, written with it; what arrives is compared with it.
"""

from collections.abc import Callable, Sequence
from hashlib import md5, sha256
from pathlib import Path
from typing import Any, TypeVar

from minio import Minio
from minio.commonconfig import CopySource

from flan_core.errors import BadInput
from flan_core.store.access import Access
from flan_core.store.attempts import ATTEMPTS, Cut, attempt
from flan_core.store.download import SHA256, Download
from flan_core.store.entry import ABSENT, ANY, Entry
from flan_core.store.keys import safe_key
from flan_core.store.upload import Upload

T = TypeVar("T")

PART = 64 << 20
"""Bytes of a part of a large upload."""
MOST_PARTS = 10_000
"""Parts of one object, S3's limit."""


class Bucket:
    """Objects under a prefix of a bucket."""

    def __init__(
        self,
        bucket: str,
        prefix: str,
        access: Access,
        *,
        part: int = PART,
        attempts: int = ATTEMPTS,
    ) -> None:
        """Make the client; nothing is asked of the server yet."""
        self.bucket, self.prefix, self.part, self.attempts = bucket, prefix, part, attempts
        self.name = f"s3://{bucket}/{prefix}".rstrip("/")
        self.client: Minio = access.client()

    def list(self, prefix: str = "") -> Sequence[Entry]:
        """Return the objects whose keys start with ``prefix``, in key order."""
        start = f"{self.prefix}/" if self.prefix else ""

        def request() -> list[Any]:
            return list(self.client.list_objects(self.bucket, start + prefix, recursive=True))

        found = {
            each.object_name[len(start) :]: each.size
            for each in self._attempt("", request)
            if not each.object_name.endswith("/")  # a "folder" made by hand
        }
        return [Entry(key=safe_key(key), size=found[key]) for key in sorted(found)]

    def put(self, key: str, source: Path, sha256: str) -> Entry:
        """Upload a file; large ones in parts, going on where an earlier upload broke off."""
        size = source.stat().st_size
        part = max(self.part, -(-size // MOST_PARTS))
        if size <= part:
            self._put(key, source.read_bytes(), {f"x-amz-meta-{SHA256}": sha256})
        else:
            upload = Upload(
                self.client, self.bucket, self._full(key), lambda it: self._attempt(key, it)
            )
            upload.send(source, part, sha256)
        return Entry(key=key, size=size, sha256=sha256)

    def get(self, key: str, target: Path) -> Entry:
        """Download an object, going on where an earlier download broke off, and check it.

        Bytes that are wrong are fetched once more: they may have been changed on the way.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        download = Download(self.client, self.bucket, self._full(key), target)
        for last in (False, True):
            attempt(
                self._what(key), download.go_on, self.attempts, progress=lambda: download.offset
            )
            if download.right():
                Path(download.draft).replace(target)
                return Entry(key=key, size=download.size, sha256=download.digest)
            download.draft.unlink()
            if last:
                break
            download.start()
        raise self._damaged(key, download.digest, download.recorded or download.etag)

    def copy(self, key: str, to: str) -> None:
        """Copy an object within the bucket, on the server."""
        source = CopySource(self.bucket, self._full(key))
        self._attempt(key, lambda: self.client.copy_object(self.bucket, self._full(to), source))

    def remove(self, key: str) -> None:
        """Remove an object; one that is not there is no error."""
        self._attempt(key, lambda: self.client.remove_object(self.bucket, self._full(key)))

    def read(self, key: str) -> tuple[bytes, str]:
        """Return a small object's bytes, checked, and its tag."""

        def request() -> tuple[bytes, str, str]:
            response = self.client.get_object(self.bucket, self._full(key))
            try:
                headers = response.headers
                tag, recorded = headers.get("etag", ""), headers.get(f"x-amz-meta-{SHA256}", "")
                return _body(response), tag.strip('"'), recorded
            finally:
                response.close()

        content, tag, recorded = self._attempt(key, request)
        found = sha256(content).hexdigest()
        wanted = recorded or tag
        if wanted not in {found, md5(content, usedforsecurity=False).hexdigest()}:
            raise self._damaged(key, found, wanted)
        return content, tag

    def write(self, key: str, content: bytes, replaces: str) -> str:
        """Write a small object if it still has the tag ``replaces``; return its new tag."""
        headers = {f"x-amz-meta-{SHA256}": sha256(content).hexdigest()}
        if replaces == ABSENT:
            headers["If-None-Match"] = "*"
        elif replaces != ANY:
            headers["If-Match"] = f'"{replaces}"'
        return self._put(key, content, headers)

    def _put(self, key: str, content: bytes, headers: dict[str, str]) -> str:
        put = self.client._put_object  # put_object makes this request, but knows no conditions
        full = self._full(key)
        return self._attempt(key, lambda: str(put(self.bucket, full, content, dict(headers)).etag))

    def _full(self, key: str) -> str:
        return f"{self.prefix}/{safe_key(key)}" if self.prefix else safe_key(key)

    def _what(self, key: str) -> str:
        return f"{self.name}/{key}".rstrip("/")

    def _attempt(self, key: str, request: Callable[[], T]) -> T:
        return attempt(self._what(key), request, self.attempts)

    def _damaged(self, key: str, found: str, recorded: str) -> BadInput:
        return BadInput(
            f"{self._what(key)} is damaged: the SHA-256 of its bytes is {found}, but {recorded} "
            "was recorded when it was written; write it again"
        )


def _body(response: Any) -> bytes:
    """Read a body and see that it has its length."""
    content: bytes = response.read()
    wanted = int(response.headers.get("content-length", len(content)))
    if len(content) != wanted:
        raise Cut(f"{len(content)} of {wanted} bytes")
    return content

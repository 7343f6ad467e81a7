"""One object on its way to a file, in as many requests as it takes.

.model.safetensors.<tag>.part     what has arrived; a later call, or process, goes on behind it
model.safetensors                 appears when all bytes are there and right
"""

import errno
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import md5, sha256
from pathlib import Path
from typing import Any

from minio import Minio

from flan_core.errors import Transient
from flan_core.store.attempts import Cut

BLOCK = 1 << 20
"""Bytes read at once."""
SHA256 = "sha256"
"""Name of the checksum in an object's user metadata."""


class Download:
    """The download of one object to a draft beside ``target``."""

    def __init__(self, client: Minio, bucket: str, key: str, target: Path) -> None:
        """Ask nothing yet."""
        self.client, self.bucket, self.key, self.target = client, bucket, key, target
        self.start()

    def start(self) -> None:
        """Forget what is known, to begin with the first byte."""
        self.offset, self.size = 0, -1
        self.etag = self.recorded = ""
        self._sha256, self._md5 = sha256(), md5(usedforsecurity=False)

    @property
    def draft(self) -> Path:
        """Return the file that the bytes gather in."""
        return self.target.with_name(f".{self.target.name}.{self.etag}.part")

    @property
    def digest(self) -> str:
        """Return the SHA-256 of what has arrived."""
        return self._sha256.hexdigest()

    def right(self) -> bool:
        """Compare with the recorded checksum; else the tag, the MD5 of bytes sent at once."""
        if self.recorded:
            return self.recorded == self.digest
        return "-" in self.etag or self.etag == self._md5.hexdigest()

    def go_on(self) -> None:
        """Request the bytes that are missing and append them to the draft.

        Raises:
            Cut: the body ended early; call again.
            Transient: the disk is full.
        """
        with closing(self._request()) as response, self._room():
            self._append(response)
        if self.offset != self.size:
            raise Cut(f"{self.offset:,} of {self.size:,} bytes")

    def _append(self, response: Any) -> None:
        with self.draft.open("ab" if self.offset else "wb") as file:
            while block := response.read(BLOCK):
                file.write(block)
                self._take(block)

    def _request(self) -> Any:
        """Ask for the object from ``offset`` on; a draft of an earlier process sets the offset."""
        response = self._get()
        if self.size >= 0:
            return response
        headers = response.headers
        self.size = int(headers["content-length"])
        self.etag = headers.get("etag", "").strip('"')
        self.recorded = headers.get(f"x-amz-meta-{SHA256}", "")
        there = self.draft.stat().st_size if self.draft.is_file() else 0
        if not 0 < there < self.size:
            return response
        response.close()
        with self.draft.open("rb") as file:
            while block := file.read(BLOCK):
                self._take(block)
        return self._get()

    def _get(self) -> Any:
        headers = {"If-Match": f'"{self.etag}"'} if self.etag else {}
        return self.client.get_object(
            self.bucket, self.key, offset=self.offset, request_headers=dict(headers)
        )

    def _take(self, block: bytes) -> None:
        self._sha256.update(block)
        self._md5.update(block)
        self.offset += len(block)

    @contextmanager
    def _room(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise self._full() from error
            raise

    def _full(self) -> Transient:
        free = shutil.disk_usage(self.target.parent).free
        missing = self.size - self.offset
        return Transient(
            f"{self.target.parent}: the disk is full: {missing:,} bytes of {self.key} are missing, "
            f"{free:,} are free; make room"
        )

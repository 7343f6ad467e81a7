"""A large file on its way to a bucket, in parts; an upload that broke off is taken up again.

    file      [ part 1 | part 2 | part 3 | p4 ]
    server    [  md5 ✓ |  md5 ✓ ]                   listed by the server: 1 and 2 are not sent again

Nothing is visible under the key until the last request joins the parts. The client has these
requests only as methods with an underscore; our lock pins them.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import md5
from pathlib import Path
from typing import Any, Protocol, TypeVar

from minio import Minio
from minio.datatypes import Part
from minio.error import S3Error

from flan_core.errors import Transient
from flan_core.store.download import SHA256

T = TypeVar("T")
WORKERS = 4
"""Parts sent at once; each is held in memory."""


class Attempt(Protocol):
    """Make a request with the store's patience."""

    def __call__(self, request: Callable[[], T]) -> T:
        """Return what the request returns."""


class Upload:
    """The upload of one object in parts."""

    def __init__(self, client: Minio, bucket: str, key: str, attempt: Attempt) -> None:
        """Send nothing yet."""
        self.client, self.bucket, self.key, self.attempt = client, bucket, key, attempt

    def send(self, source: Path, part: int, sha256: str) -> None:
        """Send the file in parts of ``part`` bytes and join them.

        Raises:
            Transient: the object that came out has another checksum: two wrote it at once.
        """
        upload, sent = self._unfinished(source, part)
        if not upload:
            headers = {f"x-amz-meta-{SHA256}": sha256}
            create = self.client._create_multipart_upload
            upload = self.attempt(lambda: create(self.bucket, self.key, dict(headers)))

        def send_part(number: int) -> Part:
            content = _part(source, part, number)
            put = self.client._upload_part
            etag = self.attempt(lambda: put(self.bucket, self.key, content, None, upload, number))
            return Part(number, etag)

        numbers = range(1, -(-source.stat().st_size // part) + 1)
        with ThreadPoolExecutor(WORKERS) as pool:
            todo = [number for number in numbers if number not in sent]
            done = dict(zip(todo, pool.map(send_part, todo), strict=True))
        self._join(upload, [(sent | done)[number] for number in numbers], sha256)

    def _join(self, upload: str, parts: list[Part], sha256: str) -> None:
        def request() -> None:
            try:
                self.client._complete_multipart_upload(self.bucket, self.key, upload, parts)
            except S3Error as error:
                if error.code != "NoSuchUpload":  # else joined already: only the answer was lost
                    raise

        self.attempt(request)
        stat = self.attempt(lambda: self.client.stat_object(self.bucket, self.key))
        if stat.metadata.get(f"x-amz-meta-{SHA256}") != sha256:
            self.attempt(lambda: self.client.remove_object(self.bucket, self.key))
            raise Transient(f"{self.bucket}/{self.key} was being written twice; it was removed")

    def _unfinished(self, source: Path, part: int) -> tuple[str, dict[int, Part]]:
        """Find an upload of these bytes that broke off; give up those of other bytes."""
        listed = self.attempt(
            lambda: self.client._list_multipart_uploads(self.bucket, prefix=self.key)
        )
        for each in listed.uploads:
            if each.object_name != self.key:
                continue
            sent = {found.part_number: found for found in self._parts(each.upload_id)}
            if all(_same(source, part, found) for found in sent.values()):
                return each.upload_id, sent
            self._give_up(each.upload_id)
        return "", {}

    def _parts(self, upload: str) -> Iterator[Any]:
        more, marker = True, ""
        while more:
            ask = partial(self.client._list_parts, part_number_marker=marker or None)
            page = self.attempt(partial(ask, self.bucket, self.key, upload))
            yield from page.parts
            more, marker = page.is_truncated, str(page.next_part_number_marker)

    def _give_up(self, upload: str) -> None:
        abort = self.client._abort_multipart_upload
        self.attempt(lambda: abort(self.bucket, self.key, upload))


def _part(source: Path, size: int, number: int) -> bytes:
    with source.open("rb") as file:
        file.seek((number - 1) * size)
        return file.read(size)


def _same(source: Path, size: int, found: Any) -> bool:
    content = _part(source, size, found.part_number)
    tag = md5(content, usedforsecurity=False).hexdigest()
    return bool(len(content) == found.size and tag == found.etag.strip('"'))

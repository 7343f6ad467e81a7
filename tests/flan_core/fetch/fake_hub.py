"""A small hub for tests: repositories in memory, over the HTTP routes that ``datasets`` 5 calls.

Run ``serve(repositories)`` and point ``HF_ENDPOINT`` at the address that it returns.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlparse

Repository = Mapping[str, bytes]
"""The files of a repository: path to content."""


def commit_of(files: Repository) -> str:
    """Return the commit that the hub claims for these files: a hash of their content."""
    return sha1(repr(sorted(files.items())).encode()).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    repositories: Mapping[str, Repository]
    broken = 0

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        if type(self).broken:
            self._answer(type(self).broken, b"")
            return
        parts = unquote(urlparse(self.path).path).strip("/").split("/")
        if parts[:2] == ["api", "datasets"] and len(parts) >= 4:
            self._api("/".join(parts[2:4]), parts[4:])
        elif parts[0] == "datasets" and len(parts) > 5 and parts[3] == "resolve":
            self._file("/".join(parts[1:3]), "/".join(parts[5:]))
        else:
            self._missing("RepoNotFound")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        content = json.loads(self.rfile.read(length) or b"{}")
        parts = unquote(urlparse(self.path).path).strip("/").split("/")
        files = self.repositories.get("/".join(parts[2:4]), {})
        found = [self._entry(p, files) for p in content.get("paths", []) if p in files]
        self._json(found)

    def _api(self, repository: str, rest: list[str]) -> None:
        files = self.repositories.get(repository)
        if files is None:
            self._missing("RepoNotFound")
        elif rest[:1] == ["tree"]:
            folder = "/".join(rest[2:])
            inside = [p for p in files if p.startswith(folder + "/" if folder else "")]
            self._json([self._entry(path, files) for path in inside])
        else:
            siblings = [{"rfilename": path} for path in files]
            self._json({"id": repository, "sha": commit_of(files), "siblings": siblings})

    def _file(self, repository: str, path: str) -> None:
        files = self.repositories.get(repository, {})
        if path not in files:
            self._missing("EntryNotFound")
            return
        headers = {
            "ETag": f'"{sha1(files[path]).hexdigest()}"',
            "X-Repo-Commit": commit_of(files),
            "Accept-Ranges": "bytes",
        }
        self._answer(200, files[path], headers)

    @staticmethod
    def _entry(path: str, files: Repository) -> dict[str, object]:
        oid = sha1(files[path]).hexdigest()
        return {"type": "file", "path": path, "size": len(files[path]), "oid": oid}

    def _json(self, value: object) -> None:
        self._answer(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _missing(self, code: str) -> None:
        self._answer(404, b"{}", {"X-Error-Code": code, "Content-Type": "application/json"})

    def _answer(self, status: int, content: bytes, headers: Mapping[str, str] = {}) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a test's output is the test's."""


@contextmanager
def serve(repositories: Mapping[str, Repository], broken: int = 0) -> Iterator[str]:
    """Serve the repositories on a free port; ``broken`` is a status to answer everything with."""
    handler = type("Handler", (_Handler,), {"repositories": repositories, "broken": broken})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()

"""A Kubernetes API server that keeps objects in memory: create, get, list, delete, logs.

    with FakeKubernetes() as fake:
        fake.on_create("jobs", play)          plays the controller
        fake.objects["v1/pods", "flan-0"]     what it holds
        fake.calls                            {("create", "batch", "jobs"), ...}, for RBAC

It answers as the real one does where the launcher looks: uid, 409 AlreadyExists, 404, selectors
and sinceTime. It runs no pods: tests put their status in.
"""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

INSTALLED = ("v1", "batch/v1", "networking.k8s.io/v1", "argoproj.io/v1alpha1")
VERBS = {"GET": "get", "POST": "create", "DELETE": "delete"}


class FakeKubernetes:
    """The server and what it holds; a context manager."""

    def __init__(self, *extensions: str) -> None:
        """Serve Kubernetes' own groups, Argo's, and those of ``extensions``."""
        self.groups = {*INSTALLED, *extensions}
        self.objects: dict[tuple[str, str], dict] = {}
        self.logs: dict[str, list[str]] = {}
        self.calls: set[tuple[str, str, str]] = set()
        self.tokens: set[str] = set()
        """What requests have shown as their right to ask."""
        self.refusals: list[int] = []
        """Status codes of the next answers."""
        self.lock = threading.RLock()
        self._plays: dict[str, Callable] = {}
        self._uids = 0

    def __enter__(self):
        handler = type("Handler", (_Handler,), {"fake": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def configuration(self):
        """Return what the client needs to know, as ``kubernetes.client.Configuration`` has it."""
        return SimpleNamespace(
            host=f"http://127.0.0.1:{self._server.server_port}",
            ssl_ca_cert=None,
            verify_ssl=True,
            cert_file=None,
            key_file=None,
            get_api_key_with_prefix=lambda _: "Bearer token",
        )

    def on_create(self, plural: str, play: Callable) -> None:
        """Call ``play(fake, object)`` whenever an object of this kind was created."""
        self._plays[plural] = play

    def put(self, kind: str, name: str, /, **body) -> dict:
        """Hold an object."""
        with self.lock:
            self._uids += 1
            metadata = {"name": name, "uid": f"uid-{self._uids}", **body.pop("metadata", {})}
            self.objects[kind, name] = {"metadata": metadata, **body}
            return self.objects[kind, name]

    def names(self, kind: str) -> list[str]:
        """Return the names of the objects of a kind."""
        return sorted(name for each, name in self.objects if each == kind)

    def answer(self, method: str, path: str, query: dict, body: dict | None):
        """Return the status and the object of a request."""
        kind, name, part = split(path)
        group = kind.rpartition("/")[0]
        verb = "list" if method == "GET" and not name else VERBS[method]
        plural = kind.rpartition("/")[2] + (f"/{part}" if part else "")
        self.calls.add((verb, group.rpartition("/")[0], plural))
        if self.refusals:
            return refusal(self.refusals.pop(0), "the server is busy")
        if group not in self.groups:
            return refusal(404, "the server could not find the requested resource")
        with self.lock:
            return getattr(self, f"_{verb}")(kind, name, query, body)

    def _create(self, kind, _, query, body):
        name = body["metadata"]["name"]
        if (kind, name) in self.objects:
            return refusal(409, f'"{name}" already exists', "AlreadyExists")
        made = self.put(kind, name, **json.loads(json.dumps(body)))
        play = self._plays.get(kind.rpartition("/")[2])
        if play:
            play(self, made)
        return 201, made

    def _get(self, kind, name, query, body):
        found = self.objects.get((kind, name))
        return (200, found) if found else refusal(404, f'"{name}" not found', "NotFound")

    def _list(self, kind, name, query, body):
        wanted = dict(each.split("=") for each in query.get("labelSelector", "").split(",") if each)
        fields = dict(each.split("=") for each in query.get("fieldSelector", "").split(",") if each)
        items = [
            each
            for (found, _), each in sorted(self.objects.items())
            if found == kind
            and wanted.items() <= each["metadata"].get("labels", {}).items()
            and all(str(field(each, path)) == value for path, value in fields.items())
        ]
        return 200, {"items": items}

    def _delete(self, kind, name, query, body):
        found = self.objects.pop((kind, name), None)
        return (200, found) if found else refusal(404, f'"{name}" not found', "NotFound")


def field(found, path):
    for part in path.split("."):
        found = found.get(part, {})
    return found


def split(path):
    """Return kind, name and subresource of a path: /apis/batch/v1/namespaces/x/jobs/y."""
    parts = path.strip("/").split("/")
    at = parts.index("namespaces")
    group = "/".join(parts[1:at])
    plural, *rest = parts[at + 2 :]
    return f"{group}/{plural}", rest[0] if rest else "", rest[1] if len(rest) > 1 else ""


def refusal(code, message, reason=""):
    return code, {"kind": "Status", "message": message, "reason": reason, "code": code}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: FakeKubernetes

    def log_message(self, *_):
        pass

    def _serve(self):
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.fake.tokens.add(self.headers.get("authorization", ""))
        length = int(self.headers.get("content-length", 0))
        body = json.loads(self.rfile.read(length)) if length else None
        if parts.path.endswith("/log"):
            self._log(parts.path, query)
            return
        status, answer = self.fake.answer(self.command, parts.path, query, body)
        self._send(status, json.dumps(answer).encode())

    def _log(self, path, query):
        self.fake.calls.add(("get", "", "pods/log"))
        lines = self.fake.logs.get(split(path)[1], [])
        since = query.get("sinceTime", "")
        self._send(200, "".join(f"{line}\n" for line in lines if line >= since[:20]).encode())

    def _send(self, status, content):
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = _serve  # noqa: N815  # http.server's names

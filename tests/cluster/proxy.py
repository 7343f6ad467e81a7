"""A proxy between a client and a store that spoils what it is told to.

    client ──▶ Proxy ──▶ server        proxy.faults = [Fault("503"), Fault("cut", method="GET")]

Each fault happens once, to the first request that it matches, in order.
"""

import http.client
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BUSY = (
    b'<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Reduce your rate.</Message>'
    b"<Resource>/</Resource><RequestId>1</RequestId><HostId>1</HostId></Error>"
)


@dataclass
class Fault:
    """What happens to one request: 503, cut (half a body), flip (one bit), hang, reset."""

    kind: str
    method: str = ""
    path: str = ""
    after: int = 0
    """Matching requests that pass unharmed first."""

    def meets(self, method: str, path: str) -> bool:
        """Tell whether this request is the one."""
        if self.method not in {"", method} or self.path not in path:
            return False
        self.after -= 1
        return self.after < 0


@dataclass
class Proxy:
    """A proxy on a port of its own; a context manager."""

    upstream: str
    faults: list[Fault] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of each request that came."""

    def __enter__(self):
        """Serve."""
        handler = type("Handler", (_Handler,), {"proxy": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        """Stop."""
        self._server.shutdown()
        self._server.server_close()

    def fault(self, method: str, path: str) -> str:
        """Return the kind of fault for a request, and strike it off the list."""
        for fault in self.faults:
            if fault.meets(method, path):
                self.faults.remove(fault)
                return fault.kind
        return ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: Proxy

    def log_message(self, format, *args):
        """Be quiet."""

    def _relay(self):
        length = int(self.headers.get("content-length", 0))
        body = self.rfile.read(length)
        self.proxy.requests.append((self.command, self.path))
        kind = self.proxy.fault(self.command, self.path)
        if kind == "hang":
            time.sleep(5)
        if kind in {"reset", "hang"}:
            self.close_connection = True
            self.connection.close()
            return
        if kind == "503":
            self._answer(503, [("content-type", "application/xml")], BUSY)
            return
        self._spoil(kind, *self._ask(body))

    def _ask(self, body):
        connection = http.client.HTTPConnection(self.proxy.upstream, timeout=30)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        content = response.read()
        hop = {"connection", "transfer-encoding", "content-length"}
        headers = [
            (name, value) for name, value in response.getheaders() if name.lower() not in hop
        ]
        sized = response.getheader("content-length")
        connection.close()
        return response.status, headers, content, sized

    def _spoil(self, kind, status, headers, content, sized):
        if kind == "flip" and content:
            middle = len(content) // 2
            content = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        size = sized if self.command == "HEAD" else str(len(content))
        if kind == "cut":
            content = content[: len(content) // 2]
            self.close_connection = True
        self._answer(status, headers, content, size)

    def _answer(self, status, headers, content, size=None):
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("content-length", size if size is not None else str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _relay  # noqa: N815  # http.server's names

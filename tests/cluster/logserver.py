"""The part of a kubelet that the API server asks for logs: over TLS, as long as a pod runs."""

import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

LOOK_S = 0.05


class LogServer:
    """Serves ``/containerLogs/NAMESPACE/POD/CONTAINER``."""

    def __init__(self, certificate, find):
        """Serve the lines of the pods that ``find(namespace, name)`` returns."""
        handler = type("Handler", (_Handler,), {"find": staticmethod(find)})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate / "public.crt", certificate / "private.key")
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port

    def start(self):
        threading.Thread(target=self._server.serve_forever, daemon=True, name="logs").start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):  # http.server's name
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        pod = self.find(*parts.path.split("/")[2:4])
        if pod is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("content-type", "text/plain")
        self.end_headers()
        for line in lines(pod, follow=query.get("follow") == "true"):
            stamp, _, text = line.partition(" ")
            if stamp < query.get("sinceTime", "")[:19]:
                continue
            self.wfile.write((line if query.get("timestamps") == "true" else text).encode())
            self.wfile.flush()


def lines(pod, *, follow):
    """Yield a pod's lines, waiting for more while it runs when ``follow`` says so."""
    sent, over = 0, False
    while not over:
        over = pod.over or not follow
        fresh = pod.lines[sent:]
        sent += len(fresh)
        yield from fresh
        time.sleep(0 if over else LOOK_S)

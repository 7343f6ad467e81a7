"""Requests to the Kubernetes API: plain objects in and out, four kinds of failure.

The configuration (service account or kubeconfig, rotated tokens) is the ``kubernetes`` client's;
the requests are our own, because its generated methods differ between the versions we support.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import urllib3

from flan_core.errors import BadInput, FlanError, Transient

T = TypeVar("T")
Object = dict[str, Any]
"""A Kubernetes object, as JSON has it."""

ATTEMPTS = 8
"""Attempts at a request that the server cannot answer now; with doubling pauses about a minute."""
PAUSE_S = 0.5
NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
LATER = {429, 500, 502, 503, 504}


class NotFound(FlanError):
    """The object does not exist."""


class Exists(FlanError):
    """An object of this name exists already."""


class Cluster:
    """One namespace of a cluster."""

    def __init__(self, configuration: Any, namespace: str, *, pause_s: float = PAUSE_S) -> None:
        """Use a ``kubernetes.client.Configuration``."""
        self.configuration, self.namespace, self._pause_s = configuration, namespace, pause_s
        certificate = {"cert_file": configuration.cert_file, "key_file": configuration.key_file}
        self._pool = urllib3.PoolManager(
            retries=False,
            maxsize=4,  # one for the log that is followed, and those that look meanwhile
            timeout=urllib3.Timeout(connect=10, read=60),
            ca_certs=configuration.ssl_ca_cert,
            cert_reqs="CERT_REQUIRED" if configuration.verify_ssl else "CERT_NONE",
            **{name: path for name, path in certificate.items() if path},
        )

    @classmethod
    def found(cls, namespace: str) -> "Cluster":
        """Use the pod's service account, else the kubeconfig; an empty namespace is their own.

        Raises:
            BadInput: there is neither.
        """
        from kubernetes import client, config

        configuration = client.Configuration()
        try:
            config.load_incluster_config(client_configuration=configuration)
            return cls(configuration, namespace or NAMESPACE.read_text(encoding="utf-8").strip())
        except config.ConfigException:
            pass
        try:
            config.load_kube_config(client_configuration=configuration)
            _, context = config.list_kube_config_contexts()
        except config.ConfigException as error:
            raise BadInput(
                f"no cluster is configured ({error}); set KUBECONFIG, or use scheduler local_cwd"
            ) from error
        return cls(configuration, namespace or context["context"].get("namespace", "default"))

    def at(self, namespace: str) -> "Cluster":
        """Return another namespace of the same cluster; an empty one is this."""
        return Cluster(self.configuration, namespace or self.namespace, pause_s=self._pause_s)

    def path(self, kind: str, name: str = "") -> str:
        """Return the path of a kind in this namespace: ``batch/v1/jobs``, ``v1/pods``."""
        group, _, plural = kind.rpartition("/")
        root = "/api" if "/" not in group else "/apis"
        end = f"/{name}" if name else ""
        return f"{root}/{group}/namespaces/{self.namespace}/{plural}{end}"

    def get(self, kind: str, name: str) -> Object:
        """Return an object.

        Raises:
            NotFound: it does not exist.
        """
        return self._json("GET", self.path(kind, name))

    def list(self, kind: str, labels: Mapping[str, str], **query: str) -> list[Object]:
        """Return the objects that bear these labels."""
        selector = ",".join(f"{name}={value}" for name, value in labels.items())
        query = {"labelSelector": selector, **query} if selector else query
        return list(self._json("GET", self.path(kind), query=query).get("items", []))

    def create(self, kind: str, body: Object) -> Object:
        """Create an object.

        Raises:
            Exists: there is one of this name.
        """
        return self._json("POST", self.path(kind), body=body)

    def delete(self, kind: str, name: str) -> bool:
        """Delete an object and, in the background, what it owns; tell whether it was there."""
        body = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"}
        try:
            self._json("DELETE", self.path(kind, name), body=body)
        except NotFound:
            return False
        return True

    def log(self, pod: str, container: str, **query: str) -> Iterator[str]:
        """Yield the lines of a container's log as they come, each with its time before it."""
        path = self.path("v1/pods", pod) + "/log"
        asked = {"container": container, "follow": "true", "timestamps": "true", **query}
        response = self._again(path, lambda: self._send("GET", path, query=asked, stream=True))
        rest = b""
        try:
            for piece in response.stream(65_536):
                *lines, rest = (rest + piece).split(b"\n")
                yield from (line.decode(errors="replace") for line in lines)
        except urllib3.exceptions.HTTPError:
            return  # the connection broke: the caller knows how far it has got
        finally:
            response.close()

    def _json(
        self, method: str, path: str, *, body: Object | None = None, query: Any = None
    ) -> Object:
        send = lambda: json.loads(self._send(method, path, body=body, query=query).data)  # noqa: E731
        return dict(self._again(f"{method} {path}", send))

    def _again(self, what: str, request: Callable[[], T]) -> T:
        for attempt in range(ATTEMPTS - 1):
            with suppress(Transient, urllib3.exceptions.HTTPError, ConnectionError):
                return request()
            time.sleep(self._pause_s * 2**attempt)
        try:
            return request()
        except (urllib3.exceptions.HTTPError, ConnectionError) as error:
            raise Transient(f"{what}: the cluster does not answer: {error}") from error

    def _send(
        self,
        method: str,
        path: str,
        *,
        body: Object | None = None,
        query: Any = None,
        stream: bool = False,
    ) -> urllib3.BaseHTTPResponse:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        # kubernetes 37 keeps the token under the first name, 30 under the second.
        keys = map(self.configuration.get_api_key_with_prefix, ("BearerToken", "authorization"))
        if token := next(filter(None, keys), None):
            headers["Authorization"] = token
        response = self._pool.request(
            method,
            self.configuration.host + path + (f"?{urlencode(query)}" if query else ""),
            body=json.dumps(body) if body is not None else None,
            headers=headers,
            preload_content=not stream,
            timeout=urllib3.Timeout(connect=10, read=None) if stream else None,
        )
        if response.status >= 400:
            raise _refusal(method, path, response)
        return response


def _refusal(method: str, path: str, response: Any) -> FlanError:
    """Turn a status code into the error that says what to do about it."""
    text = response.read() if not response.data else response.data
    try:
        status = json.loads(text)
    except ValueError:
        status = {}
    words = status.get("message", "") or f"status {response.status}"
    what = f"Kubernetes refused {method} {path}: {words}"
    if response.status == 404:
        return NotFound(what)
    if response.status == 409 and status.get("reason") == "AlreadyExists":
        return Exists(what)
    if response.status in LATER or response.status == 409:
        return Transient(what)
    if response.status in {401, 403}:
        return BadInput(f"{what}; apply manifests/ or give this account the right")
    return BadInput(what)

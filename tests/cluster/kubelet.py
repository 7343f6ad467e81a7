"""A kubelet of a few lines: there is no container runtime here, so containers are processes.

It registers a node and does for the pods that the scheduler puts there what a kubelet does: starts
them, reports their state, serves their logs to the API server, ends them. Containers of our images
run as processes of this machine (tests/cluster/containers.py) with this checkout's Python; any
other image is one that cannot be pulled. So users, capabilities, read-only trees, limits, probes
and networks are not tested by it.
"""

import os
import signal
import subprocess
import threading
import time
from datetime import UTC, datetime

from tests.cluster.containers import Container
from tests.cluster.logserver import LogServer

NODE = "laptop"
ROOM = {
    "cpu": "64", "memory": "256Gi", "ephemeral-storage": "1Ti", "pods": "110", "nvidia.com/gpu": "8"
}  # fmt: skip
OURS = "ghcr.io/flan-on-kubeflow/"
"""Images whose containers are run."""
MESSAGE_LONGEST = 4_096
LOOK_S = 0.1
PHASES = {"waiting": "Pending", "running": "Running"}


def now():
    """Return the time as objects of Kubernetes have it."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def stamp():
    """Return the time to the nanosecond: no two lines of a log have the same."""
    seconds, rest = divmod(time.time_ns(), 10**9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09}Z"


class Kubelet:
    """The node and its pods; a context manager."""

    def __init__(self, api, folder, certificate):
        """Run the pods of the API ``api`` with their files under ``folder``."""
        self.api, self.folder, self.pods = api, folder, {}
        self.environment = {}
        """Variables that every process gets besides its own."""
        self.logs = LogServer(certificate, self.find)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="kubelet")

    def __enter__(self):
        self.logs.start()
        self._register()
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join(timeout=10)
        for pod in self.pods.values():
            pod.kill()
        self.logs.stop()

    def find(self, namespace, name):
        """Return the newest pod of a name."""
        found = [pod for pod in self.pods.values() if pod.key == (namespace, name)]
        return found[-1] if found else None

    def _register(self):
        self.api.post("/api/v1/nodes", {"metadata": {"name": NODE}})
        self.api.patch(f"/api/v1/nodes/{NODE}/status", {"status": {
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "allocatable": ROOM, "capacity": ROOM,
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady",
                            "lastHeartbeatTime": now(), "lastTransitionTime": now()}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": self.logs.port}},
        }})  # fmt: skip
        self.api.patch(f"/api/v1/nodes/{NODE}", {"spec": {"taints": None}})

    def _run(self):
        while not self._done.wait(LOOK_S):
            try:
                self._look_at_all()
            except OSError as error:  # a pod that was changed meanwhile; the next look is right
                print(f"kubelet: {error}")

    def _look_at_all(self):
        for body in self.api.get(f"/api/v1/pods?fieldSelector=spec.nodeName%3D{NODE}")["items"]:
            self._look(body)

    def _look(self, body):
        uid, going = body["metadata"]["uid"], "deletionTimestamp" in body["metadata"]
        pod = self.pods[uid] = self.pods.get(uid) or Pod(self, body)
        if going:
            pod.end(body["metadata"].get("deletionGracePeriodSeconds", 30))
        elif body["status"].get("phase", "Pending") == "Pending":
            pod.start()
        pod.report(body["status"])
        if pod.over and going:
            self.api.delete(pod.path, {"gracePeriodSeconds": 0})


class Pod:
    """One pod, of which the first container is run."""

    def __init__(self, kubelet, body):
        metadata = body["metadata"]
        self.kubelet, self.api = kubelet, kubelet.api
        self.container = Container(kubelet.api, body, kubelet.folder / metadata["uid"])
        self.key = metadata["namespace"], metadata["name"]
        self.path = "/api/v1/namespaces/{}/pods/{}".format(*self.key)
        self.process, self.over, self.lines = None, False, []
        self.state = {"waiting": {"reason": "ContainerCreating"}}
        self._told, self._stop_at = None, None

    def start(self):
        """Start the process, or say why it cannot be started."""
        if self.process or self.over:
            return
        image = self.container.spec["image"]
        if not image.startswith(OURS):
            self._wait("ImagePullBackOff", f'Back-off pulling image "{image}"')
            return
        try:
            command, environment = self.container.command(self.kubelet.environment)
        except LookupError as error:
            self._wait("CreateContainerConfigError", str(error))
            return
        self.process = subprocess.Popen(
            command,
            env=environment,
            cwd=self.container.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.state = {"running": {"startedAt": now()}}
        threading.Thread(target=self._read, daemon=True).start()

    def _wait(self, reason, message):
        if self.state["waiting"]["reason"] != reason:
            self.state = {"waiting": {"reason": reason, "message": message}}

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(f"{stamp()} {line.decode(errors='replace').rstrip()}\n")
        code = self.process.wait()
        self.process.stdout.close()
        self._end_with(code if code >= 0 else 128 - code)

    def _end_with(self, code):
        note = self.container.message()
        told = note.read_text() if note.is_file() else ""
        policy = self.container.spec.get("terminationMessagePolicy")
        if not told and code and policy == "FallbackToLogsOnError":
            told = "".join(line.partition(" ")[2] for line in self.lines[-80:])
        self.state = {"terminated": {
            "exitCode": code, "finishedAt": now(), "message": told[-MESSAGE_LONGEST:],
            "reason": "Error" if code else "Completed",
        }}  # fmt: skip
        self.over = True

    def end(self, grace_s):
        """Ask the process to end; kill it when its time is over."""
        if self.process is None and not self.over:
            self._end_with(137)
        if self.over:
            return
        if self._stop_at is None:
            self._stop_at = time.monotonic() + grace_s
            os.kill(self.process.pid, signal.SIGTERM)
        elif time.monotonic() > self._stop_at:
            self.kill()

    def kill(self):
        """End the process and its children at once."""
        if self.process and not self.over:
            os.killpg(self.process.pid, signal.SIGKILL)

    def report(self, known):
        """Tell the API server the state when it has changed."""
        told = self.state
        if told is self._told:
            return
        (kind,) = told
        failed = told.get("terminated", {}).get("exitCode")
        ready = {"type": "Ready", "status": str(kind == "running"), "lastTransitionTime": now()}
        conditions = [each for each in known.get("conditions", []) if each["type"] != "Ready"]
        status = {"name": self.container.spec["name"], "image": self.container.spec["image"],
                  "imageID": "", "ready": kind == "running", "restartCount": 0,
                  "state": told}  # fmt: skip
        phase = PHASES.get(kind) or ("Failed" if failed else "Succeeded")
        body = {"phase": phase, "conditions": [*conditions, ready], "containerStatuses": [status]}
        self.api.patch(f"{self.path}/status", {"status": body})
        self._told = told

"""A pipeline's run in a cluster, of which one step launches a job with a step of a test's own."""

import textwrap
import threading

from flan_core.config import Launch, Train
from flan_core.errors import FlanError
from flan_core.launch import observe
from flan_core.launch.place import Place
from flan_core.launch.remote import Remote
from flan_core.launch.work import Work
from flan_core.store import Store
from tests.cluster.installed import wait_until
from tests.cluster.kubelet import OURS

FLAN, BATCH = "/api/v1/namespaces/flan", "/apis/batch/v1/namespaces/flan"
POLICIES = "/apis/networking.k8s.io/v1/namespaces/flan/networkpolicies"
WORKFLOWS = "/apis/argoproj.io/v1alpha1/namespaces/flan/workflows"
SMALL = {"cpus": 1, "memory_mb": 512, "disk_mb": 64, "shm_mb": 16, "start_timeout_s": 60}
RESTRICTED = {
    "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}  # fmt: skip
STEP = """
    import argparse, os, signal, sys, time
    from pathlib import Path

    parser = argparse.ArgumentParser()
    for name in ("config", "packs", "checkpoint"):
        parser.add_argument(f"--{name}", type=Path)
    given = parser.parse_args()
    rank, here = int(os.environ.get("RANK", "0")), Path(os.environ["FLAN_TEST"])
    attempts = here / f"attempts-{rank}"
    attempts.write_text(attempts.read_text() + "x" if attempts.exists() else "x")
    attempt = len(attempts.read_text())

    def say(text):
        print(text, file=sys.stderr, flush=True)

    def wait_for(name):
        while not (here / name).exists():
            time.sleep(0.05)

"""
"""What each rank runs, before the test's own lines."""
SAVES = """
    def stop(*_):
        (here / f"saved-{rank}").write_text("")
        sys.exit(75)
    signal.signal(signal.SIGTERM, stop)
    (here / f"ready-{rank}").write_text("")
    if attempt == 1:
        wait_for("never")
"""
"""Lines of a step that saves when it is stopped, and ends by itself when it runs again."""


class Run:
    """A run in the cluster, and what is launched in it."""

    def __init__(self, cluster, folder, monkeypatch, name, scheduler="kubernetes_job"):
        monkeypatch.setattr(observe, "LOOK_S", 0.1)
        self.cluster, self.api, self.folder, self.name = cluster, cluster.api, folder, name
        self.scheduler = scheduler
        labels = {"pipeline/runid": name}
        metadata = {"name": name, "labels": labels}
        body = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": metadata}
        made = self.api.post(WORKFLOWS, {**body, "spec": {}, "status": {"phase": "Running"}})
        self.owner = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "name": name,
                      "uid": made["metadata"]["uid"]}  # fmt: skip
        self.step("step", nodeSelector={"it-never": "runs"})
        monkeypatch.setenv("KFP_POD_NAME", f"{name}-step")

    def step(self, name, *command, **more):
        """Create the pod of a step, as Kubeflow Pipelines does; return its path."""
        main = {
            "name": "main", "image": f"{OURS}train:0.1.0", "securityContext": RESTRICTED,
            "command": list(command), "envFrom": [{"configMapRef": {"name": "flan-s3"}}],
            "env": [{"name": "KFP_POD_NAME", "value": f"{self.name}-{name}"}],
        }  # fmt: skip
        labels = {"pipeline/runid": self.name}
        metadata = {"name": f"{self.name}-{name}", "labels": labels}
        spec = {"containers": [main], "serviceAccountName": "flan-step", "restartPolicy": "Never",
                "automountServiceAccountToken": True, **more}  # fmt: skip
        metadata["ownerReferences"] = [self.owner]
        made = self.api.post(f"{FLAN}/pods", {"metadata": metadata, "spec": spec})
        return f"{FLAN}/pods/{made['metadata']['name']}"

    def write(self, name, text):
        """Write a module of the package ``ranks``, which every container finds."""
        module = self.folder / "ranks" / f"{name}.py"
        module.parent.mkdir(exist_ok=True)
        module.write_text(text)

    def remote(self, body, **launch):
        """Return the launcher of a step that runs ``body``."""
        self.write("train", textwrap.dedent(STEP) + textwrap.dedent(body))
        self.cluster.kubelet.environment |= {
            "FLAN_TEST": str(self.folder),
            "PYTHONPATH": str(self.folder),
            "OMP_NUM_THREADS": "1",
        }
        packs = f"s3://flan/{self.name}/packs"
        Store.of(packs).write("packs.json", b"{}")
        work = Work(
            step="train",
            settings=Train(seed=7),
            inputs={"packs": packs},
            outputs={"checkpoint": f"s3://flan/{self.name}/checkpoint"},
            package="ranks",
        )
        client = self.cluster.real.cluster("flan-step", "flan")
        place = Place.found(client)
        settings = {"image": place.image, "namespace": "flan", **SMALL, **launch}
        return Remote(work, Launch(scheduler=self.scheduler, **settings), client, place, 0.1)

    def jobs(self):
        """Return the run's Jobs by name."""
        found = self.api.get(f"{BATCH}/jobs?labelSelector=flan/run%3D{self.name}")["items"]
        return {each["metadata"]["name"]: each for each in found}

    def pods(self):
        """Return the pods of the run's Jobs."""
        return self.api.get(f"{FLAN}/pods?labelSelector=flan/run%3D{self.name}")["items"]

    def attempts(self, rank=0):
        return len((self.folder / f"attempts-{rank}").read_text())

    def started(self):
        """Wait until a rank runs."""
        wait_until((self.folder / "attempts-0").exists)

    def evict(self, pod):
        name = pod["metadata"]["name"]
        body = {"apiVersion": "policy/v1", "kind": "Eviction"}
        self.api.post(f"{FLAN}/pods/{name}/eviction", {**body, "metadata": {"name": name}})


def in_background(action):
    """Run something in a thread; what it raised is appended to the list that is returned."""
    raised = []

    def guarded():
        try:
            action()
        except FlanError as error:
            raised.append(error)

    thread = threading.Thread(target=guarded, daemon=True)
    thread.start()
    return thread, raised

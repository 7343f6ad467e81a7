"""Launching on a real Kubernetes, with the token of the step's account.

Job controller, scheduler, quotas, garbage collector and the store are real; the pods' containers
are processes of this machine (tests/cluster/kubelet.py), and what they run is ``launch.node`` with
a step of the test's own in it.
"""

import textwrap
import threading
import time

import pytest

from flan_core.config import Launch, Train
from flan_core.errors import BadInput, FlanError, Transient
from flan_core.launch import observe
from flan_core.launch.place import Place
from flan_core.launch.remote import Remote
from flan_core.launch.work import Work
from flan_core.store import Store
from tests.cluster.installed import wait_until
from tests.cluster.kubelet import OURS

pytestmark = pytest.mark.server
FLAN, BATCH = "/api/v1/namespaces/flan", "/apis/batch/v1/namespaces/flan"
POLICIES = "/apis/networking.k8s.io/v1/namespaces/flan/networkpolicies"
WORKFLOWS = "/apis/argoproj.io/v1alpha1/namespaces/flan/workflows"
SMALL = {"cpus": 1, "memory_mb": 512, "disk_mb": 64, "shm_mb": 16, "start_timeout_s": 60}
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


@pytest.fixture
def run(cluster, access, tmp_path, monkeypatch, request):
    """A pipeline's run, of which one step launches: its Workflow, and the step's own pod."""
    return Run(cluster, tmp_path, monkeypatch, f"run-{abs(hash(request.node.name)) % 10**8}")


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
        context = {"runAsNonRoot": True, "allowPrivilegeEscalation": False,
                   "capabilities": {"drop": ["ALL"]},
                   "seccompProfile": {"type": "RuntimeDefault"}}  # fmt: skip
        main = {"name": "main", "image": f"{OURS}train:0.1.0", "securityContext": context}
        spec = {"containers": [main], "nodeSelector": {"it-never": "runs"}}
        metadata = {"name": f"{name}-step", "labels": labels, "ownerReferences": [self.owner]}
        self.api.post(f"{FLAN}/pods", {"metadata": metadata, "spec": spec})
        monkeypatch.setenv("KFP_POD_NAME", f"{name}-step")

    def remote(self, body, **launch):
        """Return the launcher of a step that runs ``body``."""
        module = self.folder / "ranks" / "train.py"
        module.parent.mkdir(exist_ok=True)
        module.write_text(textwrap.dedent(STEP) + textwrap.dedent(body))
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


def test_a_job_runs_its_log_is_followed_and_its_files_travel_through_the_store(run, capfd):
    launched = run.remote("""
        say(f"train: packs are {os.listdir(given.packs)}")
        say("train: $(HOME) is a text")
        (given.checkpoint / "state").mkdir(parents=True, exist_ok=True)
        (given.checkpoint / "model").write_text("whole")
    """)
    launched.run()
    lines = capfd.readouterr().err.splitlines()
    assert "train: packs are ['packs.json']" in lines
    assert "train: $(HOME) is a text" in lines
    content, _ = Store.of(f"s3://flan/{run.name}/checkpoint").read("model")
    assert content == b"whole"
    (job,) = run.jobs().values()
    assert job["metadata"]["ownerReferences"] == [run.owner]
    assert job["status"]["succeeded"] == 1


def test_what_a_run_launched_goes_when_the_run_is_deleted(run):
    run.remote("pass").run()
    (name,) = run.jobs()
    own = [f"{BATCH}/jobs/{name}", f"{FLAN}/services/{name}", f"{POLICIES}/{name}"]
    assert all(run.api.get(path) for path in own)
    run.api.delete(f"{WORKFLOWS}/{run.name}", {"propagationPolicy": "Background"})
    wait_until(lambda: not any(run.api.get(path, missing=None) for path in own))
    wait_until(lambda: not run.pods())


def test_exit_code_93_fails_the_job_at_once_and_says_why(run):
    with pytest.raises(BadInput) as error:
        run.remote("say('train: no such column'); sys.exit(93)", restarts=3).run()
    assert str(error.value).endswith("exited with 93; its last lines:\n    train: no such column")
    assert run.attempts() == 1
    (job,) = run.jobs().values()
    failed = next(each for each in job["status"]["conditions"] if each["type"] == "Failed")
    assert failed["reason"] == "PodFailurePolicy"
    assert "failed with exit code 93 matching FailJob rule" in failed["message"]


def test_a_node_that_crashed_is_started_again_by_kubernetes(run, capfd):
    run.remote("say(f'train: {attempt}'); sys.exit(attempt == 1)", restarts=1).run()
    assert run.attempts() == 2
    (job,) = run.jobs().values()
    assert (job["status"]["failed"], job["status"]["succeeded"]) == (1, 1)
    lines = capfd.readouterr().err.splitlines()
    assert [line for line in lines if line in {"train: 1", "train: 2"}] == ["train: 1", "train: 2"]


SAVES = """
    def stop(*_):
        (here / f"saved-{rank}").write_text("")
        sys.exit(75)
    signal.signal(signal.SIGTERM, stop)
    (here / f"ready-{rank}").write_text("")
    if attempt == 1:
        wait_for("never")
"""


def test_an_evicted_node_saves_is_replaced_and_costs_no_restart(run):
    launcher, raised = in_background(run.remote(SAVES, restarts=0).run)
    wait_until((run.folder / "ready-0").exists)
    (pod,) = run.pods()
    run.evict(pod)
    launcher.join(timeout=60)
    assert not launcher.is_alive()
    assert raised == []
    assert (run.folder / "saved-0").exists()
    assert run.attempts() == 2
    (job,) = run.jobs().values()
    assert job["status"].get("failed", 0) == 0


def test_when_one_of_two_nodes_is_evicted_the_next_attempt_starts_both(run, capfd):
    launcher, raised = in_background(run.remote(SAVES, nodes=2, restarts=1).run)
    for rank in (0, 1):
        wait_until((run.folder / f"ready-{rank}").exists)
    run.evict(run.pods()[1])
    launcher.join(timeout=120)
    assert not launcher.is_alive()
    assert raised == []
    assert [run.attempts(rank) for rank in (0, 1)] == [2, 2]
    states = [job["status"]["conditions"][-1]["type"] for _, job in sorted(run.jobs().items())]
    assert states == ["Failed", "Complete"]
    assert "has condition DisruptionTarget" in capfd.readouterr().err


def test_a_launcher_that_is_started_again_takes_up_the_job(run, capfd):
    body = "say('train: at work'); wait_for('go'); (here / 'done').write_text('')"
    first, lost = in_background(run.remote(body).run)
    run.started()
    second, raised = in_background(run.remote(body).run)
    wait_until(lambda: capfd.readouterr().err.count("in namespace flan") == 1)
    (run.folder / "go").write_text("")
    first.join(timeout=60)
    second.join(timeout=60)
    assert (lost, raised, run.attempts(), len(run.jobs())) == ([], [], 1, 1)


@pytest.mark.parametrize(
    ("launch", "reason"),
    [
        ({"gpus": 25}, "FailedCreate: .*exceeded quota: flan, requested: requests.nvidia.com/gpu"),
        ({"node_selector": {"gpu": "h900"}}, "Unschedulable: 0/1 nodes are available: 1 node"),
        ({"image": "absent:1"}, "ImagePullBackOff: Back-off pulling image"),
        ({"store": "nowhere"}, 'CreateContainerConfigError: secret "nowhere" not found'),
    ],
)
def test_why_a_job_waits_is_said_and_when_it_is_late_it_is_deleted(run, launch, reason):
    with pytest.raises(Transient, match=f"train has waited .* for its pods: {reason}"):
        run.remote("pass", **{**launch, "start_timeout_s": 2}).run()
    wait_until(lambda: not run.jobs() and not run.pods())


def test_the_reaper_ends_the_job_of_a_run_that_is_over_and_lets_it_save(run):
    launcher, raised = in_background(run.remote(SAVES).run)
    wait_until((run.folder / "ready-0").exists)
    reap(run)
    (name,) = run.jobs()  # it is still there: the run goes on
    run.api.patch(f"{WORKFLOWS}/{run.name}", {"status": {"phase": "Failed"}})
    assert f"jobs/{name}" in reap(run)
    launcher.join(timeout=60)
    assert "the job is gone" in str(raised[0])
    wait_until(lambda: not run.pods())
    assert (run.folder / "saved-0").exists()


def reap(run):
    """Start the CronJob's Job now, as the account that it has; return what it printed."""
    name = f"gc-{time.time_ns()}"
    run.cluster.real.kubectl("-n", "flan", "create", "job", name, "--from=cronjob/flan-gc")
    wait = ("wait", f"job/{name}", "--for=condition=Complete", "--timeout=60s")
    run.cluster.real.kubectl("-n", "flan", *wait)
    return run.cluster.real.kubectl("-n", "flan", "logs", f"job/{name}").stdout

"""Each Role allows exactly what its code calls: the calls are counted, not guessed.

The code runs against an API server in memory through everything that it can do: create, take up,
wait, follow the log, fail, be late, reap. What it called is compared with the Role, both ways.
"""

from pathlib import Path

import pytest
import yaml

from flan_core.config import Launch, Train
from flan_core.errors import FlanError
from flan_core.launch import credentials, observe
from flan_core.launch.cluster import Cluster
from flan_core.launch.names import KUEUE_GROUP, PART
from flan_core.launch.place import Place
from flan_core.launch.reap import reap
from flan_core.launch.remote import KINDS, Remote
from flan_core.launch.work import Work
from tests.cluster.fake_kubernetes import FakeKubernetes

MANIFESTS = Path(__file__).parents[2] / "manifests"
WORK = Work(
    step="train",
    settings=Train(),
    inputs={"packs": "s3://flan/packs"},
    outputs={"checkpoint": "s3://flan/checkpoint"},
)


def allowed(*names):
    """Return what Roles allow: (verb, group, resource)."""
    roles = [
        each
        for path in MANIFESTS.rglob("*.yaml")
        if path.parent.parent.name != "overlays" and not path.name.startswith("rules_")
        for each in yaml.safe_load_all(path.read_text())
        if each and each.get("kind") == "Role" and each["metadata"]["name"] in names
    ]
    assert len(roles) == len(names)
    return {
        (verb, group, resource)
        for role in roles
        for rule in role["rules"]
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }


@pytest.fixture
def fake(monkeypatch):
    monkeypatch.setattr(observe, "LOOK_S", 0.02)
    with FakeKubernetes(
        "trainer.kubeflow.org/v1alpha1", "batch.volcano.sh/v1alpha1", KUEUE_GROUP
    ) as fake:
        yield fake


def launch(fake, scheduler, play, **more):
    """Launch once; a failure is part of the exercise."""
    kind = KINDS[scheduler]
    fake.on_create(kind.resource.rpartition("/")[2], play)
    settings = Launch(scheduler=scheduler, image="train:1", nodes=2, restarts=0, **more)
    cluster = Cluster(fake.configuration(), "flan", pause_s=0.01)
    try:
        Remote(WORK, settings, cluster, Place.found(cluster), look_s=0.02).run()
    except FlanError as error:
        return str(error)
    return ""


def exercise(fake, monkeypatch, scheduler, queue=""):
    """Let the launcher meet success, failure and lateness, in a pod of a pipeline's step."""
    monkeypatch.setenv("KFP_POD_NAME", "step")
    fake.put("v1/pods", "step", spec={"containers": []})
    labels = {}

    def pod(state):
        def play(fake, job):
            name = job["metadata"]["name"]
            labels.update(KINDS[scheduler].pods(name) | KINDS[scheduler].node("train", 0))
            status = {"containerStatuses": [{"name": "node", "state": state}]}
            fake.put("v1/pods", f"{name}-0", metadata={"labels": dict(labels)}, status=status)
            ended = "Failed" if "terminated" in state else "Suspended"
            job["status"] = {"conditions": [{"type": ended, "status": "True"}]}
            if "terminated" in state:
                job["status"]["state"] = {"phase": "Failed"}

        return play

    dead = {"terminated": {"exitCode": 1, "message": "boom"}}
    assert "boom" in launch(fake, scheduler, pod(dead), queue=queue)
    waiting = {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}
    late = launch(fake, scheduler, pod(waiting), queue=queue, start_timeout_s=1)
    assert "no such image" in late


def test_the_launcher_calls_what_its_role_allows(fake, monkeypatch):
    exercise(fake, monkeypatch, "kubernetes_job")
    assert fake.calls == allowed("flan-launch")


@pytest.mark.parametrize(
    ("scheduler", "role"),
    [("trainjob", "flan-launch-trainjobs"), ("kubernetes", "flan-launch-volcano")],
)
def test_a_launcher_of_another_kind_needs_one_role_more(fake, monkeypatch, scheduler, role):
    exercise(fake, monkeypatch, scheduler)
    own = {call for call in fake.calls if call[2] == KINDS[scheduler].resource.rpartition("/")[2]}
    assert own == allowed(role)
    assert fake.calls - own <= allowed("flan-launch")


def test_with_a_queue_the_launcher_looks_at_kueue_s_workloads(fake, monkeypatch):
    exercise(fake, monkeypatch, "kubernetes_job", queue="flan")
    assert fake.calls == allowed("flan-launch", "flan-launch-kueue")


def test_the_reaper_calls_what_its_role_allows(fake):
    labels = {**PART, "flan/run": "gone", "flan/run-namespace": "flan"}
    for kind in KINDS.values():
        fake.put(kind.resource, "old", metadata={"labels": labels})
    assert len(reap(Cluster(fake.configuration(), "flan"))) == 3
    assert fake.calls == allowed("flan-gc")


def test_the_maker_of_keys_may_create_secrets_and_read_none(fake):
    cluster = Cluster(fake.configuration(), "flan")
    assert credentials.create(cluster, "flan-s3")
    made = fake.objects["v1/secrets", "flan-s3"]["stringData"]
    assert not credentials.create(cluster, "flan-s3")
    assert fake.objects["v1/secrets", "flan-s3"]["stringData"] == made
    assert len(made["secretkey"]) >= 32
    assert fake.calls == allowed("flan-setup")

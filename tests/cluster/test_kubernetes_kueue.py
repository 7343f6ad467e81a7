"""A queue on a real Kubernetes, with the real Kueue: admitted jobs run, others wait and say why."""

import pytest

from flan_core.errors import Transient
from tests.cluster.installed import wait_until
from tests.cluster.runs import Run

pytestmark = pytest.mark.server
KUEUE = "/apis/kueue.x-k8s.io/v1beta2"


@pytest.fixture
def run(kueue, access, tmp_path, monkeypatch, request):
    """A pipeline's run, of which one step launches."""
    return Run(kueue, tmp_path, monkeypatch, f"run-{abs(hash(request.node.name)) % 10**8}")


@pytest.fixture
def room(kueue):
    """Make this machine a node of the flavor ``spot``, the first that overlay gpu's queue tries."""
    kueue.api.patch("/api/v1/nodes/laptop", {"metadata": {"labels": {"flan/capacity": "spot"}}})
    queue = f"{KUEUE}/clusterqueues/flan"
    wait_until(lambda: holds(kueue.api.get(queue), "Active"))


def holds(found, condition):
    """Tell whether a condition of an object holds."""
    conditions = found.get("status", {}).get("conditions", [])
    return {"type": condition, "status": "True"} in [
        {key: each[key] for key in ("type", "status")} for each in conditions
    ]


def test_a_queued_job_is_admitted_placed_and_run(run, room):
    run.remote("pass", queue="flan", priority="flan-retrain").run()
    (job,) = run.jobs().values()
    assert job["spec"]["suspend"] is False
    assert job["spec"]["template"]["spec"]["nodeSelector"] == {"flan/capacity": "spot"}
    mine = f"labelSelector=kueue.x-k8s.io/job-uid%3D{job['metadata']['uid']}"
    (workload,) = run.api.get(f"{KUEUE}/namespaces/flan/workloads?{mine}")["items"]
    assert workload["spec"]["priority"] == 100


def test_a_job_for_which_there_is_no_room_waits_in_kueue_s_words(run, room):
    words = "Kueue Pending: couldn't assign flavors to pod set main: insufficient quota for cpu"
    with pytest.raises(Transient, match=words):
        run.remote("pass", queue="flan", cpus=300, start_timeout_s=3).run()
    wait_until(lambda: not run.jobs())

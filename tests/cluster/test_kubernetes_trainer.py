"""Scheduler ``trainjob`` on a real Kubernetes, with the real Kubeflow Trainer and JobSet.

The TrainJob passes Trainer's webhooks and its definition's rules; Trainer makes a JobSet of our
TrainingRuntime, JobSet a Job, and the pod runs ``launch.node`` (see test_kubernetes_launch.py).
"""

import pytest

from flan_core.errors import BadInput
from flan_core.launch.reap import reap
from tests.cluster.installed import wait_until
from tests.cluster.runs import SAVES, WORKFLOWS, Run, in_background

pytestmark = pytest.mark.server
TRAINJOBS = "/apis/trainer.kubeflow.org/v1alpha1/namespaces/flan/trainjobs"
JOBSETS = "/apis/jobset.x-k8s.io/v1alpha2/namespaces/flan/jobsets"


@pytest.fixture
def run(trainer, access, tmp_path, monkeypatch, request):
    """A pipeline's run, of which one step launches."""
    name = f"run-{abs(hash(request.node.name)) % 10**8}"
    return Run(trainer, tmp_path, monkeypatch, name, scheduler="trainjob")


def only(run, path):
    """Return the run's one object of a kind."""
    (found,) = run.api.get(f"{path}?labelSelector=flan/run%3D{run.name}")["items"]
    return found


def test_a_trainjob_runs_and_its_log_is_followed(run, capfd):
    run.remote("say(f'train: rank {rank}'); (here / 'done').write_text('')").run()
    assert "train: rank 0\n" in capfd.readouterr().err
    job = only(run, TRAINJOBS)
    assert job["metadata"]["ownerReferences"] == [run.owner]
    assert job["status"]["conditions"][-1]["type"] == "Complete"


def test_nodes_of_a_trainjob_find_each_other_by_what_trainer_tells_them(run):
    run.remote("say(f'train: rank {rank} of {os.environ[\"WORLD_SIZE\"]}')", nodes=2).run()
    assert [run.attempts(rank) for rank in (0, 1)] == [1, 1]


def test_exit_code_93_fails_a_trainjob_and_nothing_is_started_again(run):
    with pytest.raises(
        BadInput, match="exited with 93; its last lines:\n    train: no such column"
    ):
        run.remote("say('train: no such column'); sys.exit(93)").run()
    assert run.attempts() == 1


def test_an_evicted_node_is_started_again_by_jobset_and_costs_no_restart(run):
    launcher, raised = in_background(run.remote(SAVES).run)
    wait_until((run.folder / "ready-0").exists)
    run.evict(run.pods()[0])
    launcher.join(timeout=90)
    assert not launcher.is_alive()
    assert raised == []
    assert run.attempts() == 2
    set_ = run.api.get(f"{JOBSETS}/{only(run, TRAINJOBS)['metadata']['name']}")
    assert set_["status"]["restarts"] == 1
    assert set_["status"].get("restartsCountTowardsMax", 0) == 0


def test_the_reaper_deletes_a_trainjob_whose_run_is_over(run):
    run.remote("pass").run()
    name = only(run, TRAINJOBS)["metadata"]["name"]
    reaper = run.cluster.real.cluster("flan-gc", "flan")
    assert f"trainjobs/{name}" not in reap(reaper)
    run.api.patch(f"{WORKFLOWS}/{run.name}", {"status": {"phase": "Succeeded"}})
    assert f"trainjobs/{name}" in reap(reaper)
    wait_until(lambda: not run.pods())

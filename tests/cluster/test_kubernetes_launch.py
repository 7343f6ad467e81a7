"""Launching on a real Kubernetes, with the token of the step's account.

Job controller, scheduler, quotas, garbage collector and the store are real; the pods' containers
are processes of this machine (tests/cluster/kubelet.py), and what they run is ``launch.node`` with
a step of the test's own in it (tests/cluster/runs.py).
"""

import time

import pytest

from flan_core.errors import BadInput, Transient
from flan_core.store import Store
from tests.cluster.installed import wait_until
from tests.cluster.runs import (
    BATCH,
    FLAN,
    POLICIES,
    SAVES,
    SMALL,
    WORKFLOWS,
    Run,
    in_background,
)

pytestmark = pytest.mark.server


@pytest.fixture
def run(cluster, access, tmp_path, monkeypatch, request):
    """A pipeline's run, of which one step launches: its Workflow, and the step's own pod."""
    return Run(cluster, tmp_path, monkeypatch, f"run-{abs(hash(request.node.name)) % 10**8}")


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


LAUNCHER = """
from flan_core.config import Launch, Train
from flan_core.launch.run import run
from flan_core.launch.work import Work

work = Work(step="train", settings=Train(), inputs={work.inputs!r}, outputs={work.outputs!r},
            package="ranks")
run(work, Launch(scheduler="kubernetes_job", **{small!r}))
"""


def test_a_step_whose_run_is_terminated_ends_its_job_and_lets_it_save(run):
    """The launcher runs in a pod of its own, with the token of its account; SIGTERM ends it."""
    work = run.remote(SAVES).work
    run.write("launcher", LAUNCHER.format(work=work, small=SMALL))
    step = run.step("terminated", "python", "-m", "ranks.launcher")
    wait_until((run.folder / "ready-0").exists)
    (job,) = run.jobs().values()
    assert job["metadata"]["ownerReferences"] == [run.owner]
    run.api.delete(step)
    wait_until(lambda: not run.jobs() and not run.pods())
    assert (run.folder / "saved-0").exists()


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

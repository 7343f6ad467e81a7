"""Launching on a cluster, against a Kubernetes API that keeps objects in memory."""

import json
import threading
from dataclasses import replace

import pytest
from kubernetes import client, config

from flan_core.config import Evaluate, Launch, Train
from flan_core.errors import BadInput, FlanError, Transient
from flan_core.launch import observe
from flan_core.launch.cluster import Cluster
from flan_core.launch.failure import Failure
from flan_core.launch.names import PART
from flan_core.launch.place import Place
from flan_core.launch.reap import reap
from flan_core.launch.remote import Remote
from flan_core.launch.work import Work
from tests.cluster.fake_kubernetes import FakeKubernetes

JOBS, PODS, SERVICES = "batch/v1/jobs", "v1/pods", "v1/services"
WORK = Work(
    step="train",
    settings=Train(seed=7),
    inputs={"packs": "s3://flan/packs"},
    outputs={"checkpoint": "s3://flan/checkpoint"},
)
NAME = WORK.name("run-1")
WORKFLOW = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "name": "flan-x", "uid": "7"}
PLACE = Place(run="run-1", namespace="flan", image="train:1", owners=(WORKFLOW,))


@pytest.fixture
def fake(monkeypatch):
    monkeypatch.setattr(observe, "LOOK_S", 0.02)
    with FakeKubernetes("trainer.kubeflow.org/v1alpha1", "batch.volcano.sh/v1alpha1") as fake:
        yield fake


def remote(fake, work=WORK, **launch):
    settings = Launch(scheduler="kubernetes_job", image="train:1", **launch)
    cluster = Cluster(fake.configuration(), "flan", pause_s=0.01)
    return Remote(work, settings, cluster, PLACE, look_s=0.02)


def pod(fake, job, index=0, *, status, log=()):
    """Put a pod of a job, as the Job controller would."""
    labels = {
        "batch.kubernetes.io/job-name": job["metadata"]["name"],
        "batch.kubernetes.io/job-completion-index": str(index),
    }
    name = f"{job['metadata']['name']}-{index}"
    fake.put(PODS, name, metadata={"labels": labels}, status=status)
    fake.logs[name] = [
        f"2026-01-01T00:00:0{second}.000000000Z {line}" for second, line in enumerate(log)
    ]


def running():
    return {"containerStatuses": [{"name": "node", "state": {"running": {}}}]}


def ended(code, message="", **more):
    state = {"terminated": {"exitCode": code, "message": message, "finishedAt": "2026", **more}}
    return {"containerStatuses": [{"name": "node", "state": state}]}


def condition(job, kind, **more):
    job["status"] = {"conditions": [{"type": kind, "status": "True", **more}]}


def succeed(fake, job):
    pod(fake, job, status=ended(0), log=["train: 50 %", "train: done"])
    condition(job, "Complete")


def fail(code, message=""):
    def play(fake, job):
        pod(fake, job, status=ended(code, message))
        condition(job, "Failed", reason="PodFailurePolicy", message="a pod failed")

    return play


def test_a_job_is_created_followed_and_done(fake, capfd):
    fake.on_create("jobs", succeed)
    remote(fake).run()
    assert fake.names(JOBS) == [f"{NAME}-0"] == fake.names(SERVICES)
    job, service = fake.objects[JOBS, f"{NAME}-0"], fake.objects[SERVICES, f"{NAME}-0"]
    assert job["metadata"]["ownerReferences"] == [WORKFLOW]
    (owner,) = service["metadata"]["ownerReferences"]
    assert owner == {
        "apiVersion": "batch/v1", "kind": "Job", "name": f"{NAME}-0", "uid": job["metadata"]["uid"]
    }  # fmt: skip
    assert "train: 50 %\ntrain: done\n" in capfd.readouterr().err


def test_a_launcher_that_is_started_again_takes_up_the_job_that_runs(fake):
    launched = remote(fake)
    threading.Timer(0.3, lambda: condition(fake.objects[JOBS, f"{NAME}-0"], "Complete")).start()
    fake.on_create("jobs", lambda fake, job: pod(fake, job, status=running()))
    launched.run()
    fake.on_create("jobs", lambda fake, job: pytest.fail("a second job was created"))
    remote(fake).run()
    assert fake.names(JOBS) == [f"{NAME}-0"]


def test_other_settings_or_another_run_are_another_job():
    names = {
        WORK.name("run-1"),
        WORK.name("run-2"),
        replace(WORK, settings=Train(seed=8)).name("run-1"),
        replace(WORK, inputs={"packs": "s3://flan/others"}).name("run-1"),
    }
    assert len(names) == 4
    elsewhere = replace(WORK, outputs={"checkpoint": "s3://flan/elsewhere"})
    assert elsewhere.name("run-1") == WORK.name("run-1")


def test_after_a_failed_attempt_the_next_launcher_makes_another(fake):
    fake.on_create("jobs", fail(1, "boom"))
    with pytest.raises(FlanError, match="boom"):
        remote(fake).run()
    fake.on_create("jobs", succeed)
    remote(fake).run()
    assert fake.names(JOBS) == [f"{NAME}-0", f"{NAME}-1"]


def test_exit_code_93_is_not_tried_again_and_names_the_rank(fake):
    told = Failure(exit_code=93, rank=3, host="n1", message="train: loss is not finite at step 9")
    fake.on_create("jobs", fail(93, told.dumps()))
    with pytest.raises(BadInput) as error:
        remote(fake, nodes=2, restarts=5).run()
    assert str(error.value) == (
        "train failed: rank 3 on n1 exited with 93; its last lines:\n"
        "    train: loss is not finite at step 9"
    )
    assert fake.names(JOBS) == [f"{NAME}-0"]


def test_a_job_of_several_nodes_is_created_anew_after_an_eviction(fake, capfd):
    def play(fake, job):
        if job["metadata"]["labels"]["flan/attempt"] == "1":
            succeed(fake, job)
            return
        target = {"type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI"}
        pod(fake, job, 1, status={"conditions": [target]})
        condition(job, "Failed", reason="PodFailurePolicy", message="a pod was disrupted")

    fake.on_create("jobs", play)
    remote(fake, nodes=2).run()
    assert fake.names(JOBS) == [f"{NAME}-0", f"{NAME}-1"]
    assert "EvictionByEvictionAPI" in capfd.readouterr().err


def test_attempts_are_bounded(fake):
    fake.on_create("jobs", fail(1, "boom"))
    with pytest.raises(FlanError, match="boom"):
        remote(fake, nodes=2, restarts=2).run()
    assert fake.names(JOBS) == [f"{NAME}-0", f"{NAME}-1", f"{NAME}-2"]


def test_a_job_of_one_node_is_left_to_kubernetes(fake):
    fake.on_create("jobs", fail(1, "boom"))
    with pytest.raises(FlanError, match="boom"):
        remote(fake, nodes=1, restarts=2).run()
    assert fake.names(JOBS) == [f"{NAME}-0"]
    assert fake.objects[JOBS, f"{NAME}-0"]["spec"]["backoffLimit"] == 2


def test_out_of_memory_says_what_to_raise(fake):
    def play(fake, job):
        pod(fake, job, status=ended(137, reason="OOMKilled"))
        condition(job, "Failed")

    fake.on_create("jobs", play)
    with pytest.raises(Transient, match=r"SIGKILL.*\n.*raise launch.memory_mb"):
        remote(fake).run()


def test_why_a_job_waits_is_said_and_it_is_deleted_when_it_is_late(fake, capfd):
    def play(fake, job):
        unscheduled = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
        pod(fake, job, status={"conditions": [{**unscheduled, "message": "0/3 nodes have 8 GPUs"}]})
        about = {"involvedObject": {"name": job["metadata"]["name"]}, "type": "Warning"}
        fake.put("v1/events", "e", **about, reason="FailedCreate", message="exceeded quota: flan")

    fake.on_create("jobs", play)
    with pytest.raises(Transient) as error:
        remote(fake, start_timeout_s=1).run()
    reason = "Unschedulable: 0/3 nodes have 8 GPUs; FailedCreate: exceeded quota: flan"
    assert f"waiting, {reason}" in capfd.readouterr().err
    assert f"for its pods: {reason}; make room" in str(error.value)
    assert fake.names(JOBS) == []


def test_what_kueue_says_is_passed_on(fake, capfd):
    fake.groups.add("kueue.x-k8s.io/v1beta2")

    def play(fake, job):
        pending = {"type": "QuotaReserved", "status": "False", "reason": "Pending"}
        labels = {"kueue.x-k8s.io/job-uid": job["metadata"]["uid"]}
        status = {"conditions": [{**pending, "message": "insufficient quota in flavor h200"}]}
        fake.put(
            "kueue.x-k8s.io/v1beta2/workloads", "w", metadata={"labels": labels}, status=status
        )
        condition(job, "Suspended")

    fake.on_create("jobs", play)
    with pytest.raises(Transient):
        remote(fake, start_timeout_s=1, queue="research", priority="retrain").run()
    assert "waiting, Kueue Pending: insufficient quota in flavor h200" in capfd.readouterr().err


def test_queue_and_priority_are_labels_and_the_job_waits_for_admission(fake):
    fake.on_create("jobs", succeed)
    remote(fake, queue="research", priority="retrain").run()
    job = fake.objects[JOBS, f"{NAME}-0"]
    assert job["spec"]["suspend"] is True
    assert job["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "research"
    assert job["metadata"]["labels"]["kueue.x-k8s.io/priority-class"] == "retrain"


def test_a_cluster_that_is_busy_is_asked_again_and_one_that_forbids_is_not(fake):
    fake.on_create("jobs", succeed)
    fake.refusals = [503, 429]
    remote(fake).run()
    fake.refusals = [403]
    with pytest.raises(BadInput, match=r"refused GET .*jobs: .*apply manifests/"):
        remote(fake).run()


def test_the_account_s_token_is_shown_wherever_the_client_keeps_it(fake, tmp_path):
    user = {"name": "me", "user": {"token": "mine"}}
    where = {"name": "here", "cluster": {"server": fake.configuration().host}}
    context = {"name": "here", "context": {"cluster": "here", "user": "me"}}
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "here",
        "clusters": [where], "contexts": [context], "users": [user],
    }))  # fmt: skip
    configuration = client.Configuration()
    config.load_kube_config(str(path), client_configuration=configuration)
    Cluster(configuration, "flan").list(JOBS, {})
    configuration.api_key = {"authorization": "Bearer of an older client"}
    configuration.refresh_api_key_hook = None
    Cluster(configuration, "flan").list(JOBS, {})
    assert fake.tokens == {"Bearer mine", "Bearer of an older client"}


def test_a_log_that_cannot_be_read_is_told_and_the_job_goes_on(fake, capfd):
    class Runner:
        def log_lines(self, *_, **__):
            raise BadInput("pods/log is forbidden")

    remote(fake).show_log(Runner(), "handle")
    assert capfd.readouterr().err == "train: its log is not shown: pods/log is forbidden\n"


def test_a_job_that_somebody_deletes_is_gone(fake):
    threading.Timer(0.2, lambda: fake.objects.pop((JOBS, f"{NAME}-0"))).start()
    with pytest.raises(Transient, match="the job is gone"):
        remote(fake).run()


COMPLETE = {"conditions": [{"type": "Complete", "status": "True"}]}


@pytest.mark.parametrize(
    ("scheduler", "kind", "done"),
    [
        ("trainjob", "trainer.kubeflow.org/v1alpha1/trainjobs", COMPLETE),
        ("kubernetes", "batch.volcano.sh/v1alpha1/jobs", {"state": {"phase": "Completed"}}),
    ],
)
def test_the_other_schedulers_create_their_own_kind(fake, scheduler, kind, done):
    fake.on_create(kind.rpartition("/")[2], lambda _, job: job.update(status=done))
    launch = Launch(scheduler=scheduler, image="train:1", nodes=2)
    cluster = Cluster(fake.configuration(), "flan")
    Remote(WORK, launch, cluster, PLACE, look_s=0.02).run()
    assert fake.names(kind) == [f"{NAME}-0"]


def test_the_launcher_learns_its_run_from_its_own_pod(fake, monkeypatch):
    monkeypatch.setenv("KFP_POD_NAME", "step-pod")
    containers = [{"name": "wait", "image": "argo"}, {"name": "main", "image": "train:1"}]
    owner = {**WORKFLOW, "controller": True}
    metadata = {"labels": {"pipeline/runid": "run-1"}, "ownerReferences": [owner]}
    fake.put(PODS, "step-pod", metadata=metadata, spec={"containers": containers})
    assert Place.found(Cluster(fake.configuration(), "flan")) == PLACE


def test_jobs_whose_run_is_over_or_gone_are_reaped_and_no_others(fake):
    def job(name, run, status=None):
        labels = {**PART, "flan/run": run, "flan/run-namespace": "flan"}
        fake.put(JOBS, name, metadata={"labels": labels}, status=status or {})

    for run, phase in (("going", "Running"), ("ended", "Failed")):
        labels = {"pipeline/runid": run}
        fake.put(
            "argoproj.io/v1alpha1/workflows",
            run,
            metadata={"labels": labels},
            status={"phase": phase},
        )
    job("of-a-run-that-goes-on", "going")
    job("of-a-run-that-ended", "ended")
    job("of-a-run-that-is-gone", "deleted")
    job("done-by-itself", "ended", {"conditions": [{"type": "Complete", "status": "True"}]})
    job("launched-by-a-person", "none")
    fake.put(JOBS, "of-somebody-else", metadata={"labels": {}})
    cluster = Cluster(fake.configuration(), "flan")
    expected = ["jobs/of-a-run-that-ended", "jobs/of-a-run-that-is-gone"]
    assert reap(cluster, dry_run=True) == expected == reap(cluster)
    assert fake.names(JOBS) == [
        "done-by-itself", "launched-by-a-person", "of-a-run-that-goes-on", "of-somebody-else"
    ]  # fmt: skip


def test_without_an_image_the_error_says_where_to_name_one(fake):
    cluster = Cluster(fake.configuration(), "flan")
    work = Work(step="evaluate", settings=Evaluate(), inputs={}, outputs={"scores": "s3://b/s"})
    with pytest.raises(BadInput, match=r"launch.image is empty, .* name an image"):
        Remote(work, Launch(scheduler="kubernetes_job"), cluster, Place(), 0)

"""Scheduler ``kubernetes_job``: an Indexed Job and a headless Service; no extension is needed.

    Job flan-train-3fa9c1d2e8-0                     Service flan-train-3fa9c1d2e8-0 (headless)
      pod 0   flan-train-3fa9c1d2e8-0-0.<service>:29500   ◀── where the ranks of all pods meet
      pod 1

One pod: Kubernetes starts it again after a crash or an eviction, at most ``restarts`` times, never
after exit code 93. Several pods: one that fails ends the Job, because the others cannot go on
without it, and the launcher creates the next attempt (``...-1``) once the pods of this are gone.
"""

from torchx.specs import AppDef, AppState, macros

from flan_core.config import Launch
from flan_core.errors import DO_NOT_RETRY
from flan_core.launch import pods
from flan_core.launch.cluster import Object
from flan_core.launch.names import JOBS
from flan_core.launch.observe import CONTAINER, true_conditions
from flan_core.launch.scheduler import Kind, words_of

PORT = 29_500
KEPT_S = 86_400
"""Seconds that a finished Job stays, to be looked at."""
RANK0 = "FLAN_RANK0"
"""Variable with the address of pod 0."""
INDEX_LABEL = "batch.kubernetes.io/job-completion-index"
NAME_LABEL = "batch.kubernetes.io/job-name"
QUEUE_LABEL, PRIORITY_LABEL = "kueue.x-k8s.io/queue-name", "kueue.x-k8s.io/priority-class"


def objects(app: AppDef, launch: Launch) -> list[Object]:
    """Return the Job of an app, its Service and its network."""
    role = macros.Values(
        img_root="", app_id=app.name, replica_id="$JOB_COMPLETION_INDEX", rank0_env=RANK0
    ).apply(app.roles[0])
    role.env[RANK0] = f"{app.name}-0.{app.name}"
    labels = dict(app.metadata)
    template = pods.pod(role, launch, labels)
    template["spec"]["subdomain"] = app.name
    single = launch.nodes == 1
    spec: Object = {
        "activeDeadlineSeconds": launch.start_timeout_s + launch.run_timeout_s,
        "backoffLimit": launch.restarts if single else 0,
        "completionMode": "Indexed",
        "completions": launch.nodes,
        "parallelism": launch.nodes,
        "podFailurePolicy": {"rules": rules(single=single)},
        "podReplacementPolicy": "Failed",
        "suspend": bool(launch.queue),
        "template": template,
        "ttlSecondsAfterFinished": KEPT_S,
    }
    metadata = {"name": app.name, "labels": {**labels, **queue_labels(launch)}}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec}
    return [job, service(app), pods.network(app.name, labels)]


def queue_labels(launch: Launch) -> dict[str, str]:
    """Return Kueue's labels; Kueue itself takes a job out of suspension when there is room."""
    queue = {QUEUE_LABEL: launch.queue} if launch.queue else {}
    return {**queue, PRIORITY_LABEL: launch.priority} if launch.priority else queue


def rules(*, single: bool) -> list[Object]:
    """Return what a pod's failure means for the Job."""
    hopeless = {"operator": "In", "values": [DO_NOT_RETRY], "containerName": CONTAINER}
    disrupted = [{"type": "DisruptionTarget", "status": "True"}]
    return [
        {"action": "FailJob", "onExitCodes": hopeless},
        {"action": "Ignore" if single else "FailJob", "onPodConditions": disrupted},
    ]


def service(app: AppDef) -> Object:
    """Return the headless Service that gives pods their names, before they are ready."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": app.name, "labels": dict(app.metadata)},
        "spec": {
            "clusterIP": "None",
            "publishNotReadyAddresses": True,
            "ports": [{"name": "rendezvous", "port": PORT, "protocol": "TCP"}],
            "selector": {NAME_LABEL: app.name},
        },
    }


def state_of(job: Object) -> AppState:
    """Return TorchX's word for a Job's state: it runs when all its pods do."""
    held = true_conditions(job)
    if "Complete" in held:
        return AppState.SUCCEEDED
    if "Failed" in held:
        return AppState.FAILED
    status = job.get("status", {})
    ready = status.get("ready", 0) + status.get("succeeded", 0)
    whole = ready >= job["spec"].get("completions", 1)
    return AppState.RUNNING if whole and "Suspended" not in held else AppState.PENDING


KIND = Kind(
    name="kubernetes_job",
    resource=JOBS,
    objects=objects,
    state=state_of,
    words=words_of,
    pods=lambda name: {NAME_LABEL: name},
    node=lambda _, index: {INDEX_LABEL: str(index)},
)

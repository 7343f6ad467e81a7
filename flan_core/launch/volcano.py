"""Scheduler ``kubernetes``: TorchX's own, which makes a Volcano Job, with pods as ours are.

TorchX's pods run as root, with no bound on their disk and no account of their own; what it makes
keeps its tasks and plugins, and each pod is replaced by ``pods.pod``. Volcano starts all pods at
once or none, and starts them all again when one is evicted.
"""

import warnings

from torchx.schedulers.kubernetes_scheduler import app_to_resource
from torchx.specs import AppDef, AppState, macros

from flan_core.config import Launch
from flan_core.errors import DO_NOT_RETRY
from flan_core.launch import pods
from flan_core.launch.cluster import Object
from flan_core.launch.jobs import KEPT_S
from flan_core.launch.names import VOLCANO
from flan_core.launch.scheduler import Kind

STATES = {
    "Completed": AppState.SUCCEEDED,
    "Running": AppState.RUNNING,
    "Restarting": AppState.RUNNING,
    "Completing": AppState.RUNNING,
    "Failed": AppState.FAILED,
    "Terminated": AppState.FAILED,
    "Aborted": AppState.FAILED,
}
"""TorchX's words for Volcano's phases; every other phase waits."""


def objects(app: AppDef, launch: Launch) -> list[Object]:
    """Return TorchX's Volcano Job with our name, our pods and our rules for failures."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # retries are ours: Volcano's count wrongly (#1651)
        made = app_to_resource(app, launch.queue or "default", launch.service_account)
    policies = [
        {"event": "PodEvicted", "action": "RestartJob"},
        {"exitCode": DO_NOT_RETRY, "action": "AbortJob"},
        {"event": "PodFailed", "action": "RestartJob"},
    ]
    spec = {
        **made["spec"],
        "maxRetry": launch.restarts,
        "minAvailable": launch.nodes,
        "policies": policies,
        "tasks": [
            _task(each, index, app, launch) for index, each in enumerate(made["spec"]["tasks"])
        ],
        "ttlSecondsAfterFinished": KEPT_S,
    }
    labels = dict(app.metadata)
    job = {**made, "metadata": {"name": app.name, "labels": labels}, "spec": spec}
    return [job, pods.network(app.name, labels)]


def _task(made: Object, index: int, app: AppDef, launch: Launch) -> Object:
    rank0 = f"VC_{app.roles[0].name}_0_HOSTS".upper()  # set by Volcano's env plugin
    role = macros.Values(
        img_root="", app_id=app.name, replica_id=str(index), rank0_env=rank0
    ).apply(app.roles[0])
    return {
        "name": made["name"],
        "replicas": 1,
        "template": pods.pod(role, launch, dict(app.metadata)),
    }


def state_of(job: Object) -> AppState:
    """Return TorchX's word for a Volcano Job's phase."""
    phase = job.get("status", {}).get("state", {}).get("phase", "")
    return STATES.get(phase, AppState.PENDING)


def words_of(job: Object) -> str:
    """Return what Volcano says about the phase."""
    return str(job.get("status", {}).get("state", {}).get("message", ""))


KIND = Kind(
    name="kubernetes",
    resource=VOLCANO,
    objects=objects,
    state=state_of,
    words=words_of,
    pods=lambda name: {"volcano.sh/job-name": name},
    node=lambda role, index: {"volcano.sh/task-spec": f"{role}-{index}"},
)

"""Scheduler ``trainjob``: a Kubeflow Trainer TrainJob (2.2 or newer) with our TrainingRuntime.

The runtime (manifests/components/trainer) holds what every job shares: the pod's security, scratch
space, shared memory, the store's keys, and the failure policy by which JobSet recreates all pods
after an eviction and none after exit code 93. Trainer tells the pods of each other (``PET_*``).
A TrainJob has no time to live: ``flan gc`` deletes what is left.
"""

from torchx.specs import AppDef, AppState, Role, macros

from flan_core.config import Launch
from flan_core.launch import pods
from flan_core.launch.cluster import Object
from flan_core.launch.jobs import INDEX_LABEL, queue_labels
from flan_core.launch.names import TRAINJOBS
from flan_core.launch.observe import CONTAINER, true_conditions
from flan_core.launch.scheduler import Kind, words_of

API = "trainer.kubeflow.org/v1alpha1"
JOBSET_LABEL = "jobset.sigs.k8s.io/jobset-name"
MANAGER = "flan.dev/launch"


def objects(app: AppDef, launch: Launch) -> list[Object]:
    """Return the TrainJob of an app, and its network."""
    role = macros.Values(
        img_root="", app_id=app.name, replica_id="$PET_NODE_RANK", rank0_env="PET_MASTER_ADDR"
    ).apply(app.roles[0])
    labels = dict(app.metadata)
    reference = {
        "apiGroup": "trainer.kubeflow.org",
        "kind": "TrainingRuntime",
        "name": launch.runtime,
    }
    spec = {
        "activeDeadlineSeconds": launch.start_timeout_s + launch.run_timeout_s,
        "runtimeRef": reference,
        "runtimePatches": [{"manager": MANAGER, "trainingRuntimeSpec": patch(launch, labels)}],
        "suspend": bool(launch.queue),
        "trainer": trainer(role, launch),
    }
    metadata = {"name": app.name, "labels": {**labels, **queue_labels(launch)}}
    job = {"apiVersion": API, "kind": "TrainJob", "metadata": metadata, "spec": spec}
    return [job, pods.network(app.name, labels)]


def trainer(role: Role, launch: Launch) -> Object:
    """Return what the trainer's container runs, and with what."""
    return {
        "image": role.image,
        "command": [role.entrypoint],
        "args": [pods.literal(argument) for argument in role.args],
        "numNodes": launch.nodes,
        "numProcPerNode": launch.processes,
        "resourcesPerNode": pods.resources(launch),
    }


def patch(launch: Launch, labels: dict[str, str]) -> Object:
    """Return what differs from the runtime: labels, and where the pods may go."""
    spec: Object = {"serviceAccountName": launch.service_account}
    if tolerations := pods.tolerations(launch):
        spec["tolerations"] = tolerations
    if launch.node_selector:
        spec["nodeSelector"] = dict(launch.node_selector)
    if launch.volume:
        claim = {"claimName": launch.volume}
        spec["volumes"] = [{"name": "state", "persistentVolumeClaim": claim}]
        mount = {"name": "state", "mountPath": pods.STATE}
        spec["containers"] = [{"name": CONTAINER, "volumeMounts": [mount]}]
    template = {"metadata": {"labels": labels}, "spec": spec}
    node = {"name": "node", "template": {"spec": {"template": template}}}
    return {"template": {"spec": {"replicatedJobs": [node]}}}


def state_of(job: Object) -> AppState:
    """Return TorchX's word for a TrainJob's state: it runs when its nodes are ready."""
    held = true_conditions(job)
    if "Complete" in held:
        return AppState.SUCCEEDED
    if "Failed" in held:
        return AppState.FAILED
    parts = job.get("status", {}).get("jobsStatus", [])
    ready = sum(part.get("ready", 0) + part.get("succeeded", 0) for part in parts)
    return AppState.RUNNING if ready and "Suspended" not in held else AppState.PENDING


KIND = Kind(
    name="trainjob",
    resource=TRAINJOBS,
    objects=objects,
    state=state_of,
    words=words_of,
    pods=lambda name: {JOBSET_LABEL: name},
    node=lambda _, index: {INDEX_LABEL: str(index)},
)

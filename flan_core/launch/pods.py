"""The pod of a node: unprivileged, bounded, with room for shared memory, whoever schedules it.

It passes Pod Security's ``restricted``; a test says so for every scheduler.
"""

from torchx.specs import Role

from flan_core.config import Launch
from flan_core.launch.cluster import Object
from flan_core.launch.failure import ERROR_FILE
from flan_core.launch.names import JOB_LABEL
from flan_core.launch.observe import CONTAINER

USER = 10_001
"""The images' user."""
GRACE_S = 180
"""Seconds between SIGTERM and SIGKILL: ranks save, then the node sends what they saved."""
MESSAGE = "/dev/termination-log"
"""Where Kubernetes looks for a container's last words."""
STATE = "/state"
"""Where a shared claim for restartable state is mounted."""
MEBIBYTE = "Mi"

SECURITY: Object = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
    "runAsGroup": USER,
    "runAsNonRoot": True,
    "runAsUser": USER,
    "seccompProfile": {"type": "RuntimeDefault"},
}

ENVIRONMENT = {
    ERROR_FILE: MESSAGE,
    "HOME": "/tmp",
    "USER": "flan",
    "HF_HOME": "/tmp/huggingface",
    "HF_TOKEN_PATH": "/var/run/secrets/flan/hub/token",
    "TORCHINDUCTOR_CACHE_DIR": "/tmp/inductor",
    "TRITON_CACHE_DIR": "/tmp/triton",
    "PYTHONUNBUFFERED": "1",
}
"""Variables for programs that write to a home, as a user that /etc/passwd may not know."""


def pod(role: Role, launch: Launch, labels: dict[str, str]) -> Object:
    """Return the pod template of a role: metadata and spec."""
    spec: Object = {
        "automountServiceAccountToken": False,
        "containers": [container(role, launch)],
        "enableServiceLinks": False,
        "restartPolicy": "Never",
        "securityContext": {
            "fsGroup": USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "runAsGroup": USER,
            "runAsNonRoot": True,
            "runAsUser": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "serviceAccountName": launch.service_account,
        "terminationGracePeriodSeconds": GRACE_S,
        "tolerations": tolerations(launch),
        "volumes": volumes(launch),
    }
    if launch.node_selector:
        spec["nodeSelector"] = dict(launch.node_selector)
    annotations = {"sidecar.istio.io/inject": "false"}
    return {"metadata": {"labels": labels, "annotations": annotations}, "spec": spec}


def container(role: Role, launch: Launch) -> Object:
    """Return the one container."""
    return {
        "name": CONTAINER,
        "image": role.image,
        "imagePullPolicy": "IfNotPresent",
        "command": [role.entrypoint],
        "args": [literal(argument) for argument in role.args],
        "env": environment(role),
        "envFrom": [{"configMapRef": {"name": launch.store, "optional": True}}],
        "ports": [
            {"name": name, "containerPort": port, "protocol": "TCP"}
            for name, port in role.port_map.items()
        ],
        "resources": resources(launch),
        "securityContext": SECURITY,
        "terminationMessagePath": MESSAGE,
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": mounts(launch),
    }


def environment(role: Role) -> list[Object]:
    """Return the variables of the role and those that every node needs."""
    named = {**ENVIRONMENT, **role.env}
    return [{"name": name, "value": literal(named[name])} for name in sorted(named)]


def literal(text: str) -> str:
    """Keep Kubernetes from replacing what looks like one of its variables."""
    return text.replace("$(", "$$(")


def resources(launch: Launch) -> Object:
    """Return requests and limits, equal: a node that trains gets what it was promised."""
    bounds = {
        "cpu": str(launch.cpus),
        "memory": f"{launch.memory_mb}{MEBIBYTE}",
        "ephemeral-storage": f"{launch.disk_mb}{MEBIBYTE}",
    }
    if launch.gpus:
        bounds["nvidia.com/gpu"] = str(launch.gpus)
    return {"limits": bounds, "requests": dict(bounds)}


def tolerations(launch: Launch) -> list[Object]:
    """Return the settings' tolerations; nodes with GPUs are commonly tainted."""
    gpu = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
    return [*([gpu] if launch.gpus else []), *map(dict, launch.tolerations)]


def volumes(launch: Launch) -> list[Object]:
    """Return scratch space, shared memory, the store's keys, and the claim where there is one."""
    memory = {"medium": "Memory", "sizeLimit": f"{launch.shm_mb}{MEBIBYTE}"}
    found: list[Object] = [
        {"name": "tmp", "emptyDir": {"sizeLimit": f"{launch.disk_mb}{MEBIBYTE}"}},
        {"name": "shm", "emptyDir": memory},
        {"name": "store", "secret": secret(launch.store)},
        {"name": "hub", "secret": {**secret("flan-hub"), "optional": True}},
        {"name": "authority", "configMap": {"name": "flan-authority", "optional": True}},
    ]
    if launch.volume:
        claim = {"claimName": launch.volume}
        found.append({"name": "state", "persistentVolumeClaim": claim})
    return found


def secret(name: str) -> Object:
    """Return the source of a Secret's files, which only the pod's group reads."""
    return {"secretName": name, "defaultMode": 0o440}


def mounts(launch: Launch) -> list[Object]:
    """Return where the volumes are seen; only scratch, shared memory and state can be written."""
    found: list[Object] = [
        {"name": "tmp", "mountPath": "/tmp"},
        {"name": "shm", "mountPath": "/dev/shm"},
        {"name": "store", "mountPath": "/var/run/secrets/flan/s3", "readOnly": True},
        {"name": "hub", "mountPath": "/var/run/secrets/flan/hub", "readOnly": True},
        {"name": "authority", "mountPath": "/etc/flan/authority", "readOnly": True},
    ]
    return [*found, {"name": "state", "mountPath": STATE}] if launch.volume else found


def network(name: str, labels: dict[str, str]) -> Object:
    """Return the policy that lets the pods of one job, and no others, talk on every port.

    NCCL and Gloo choose their ports at random; the namespace's default is to deny (manifests/base).
    """
    peers = {"podSelector": {"matchLabels": {JOB_LABEL: labels[JOB_LABEL]}}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            **peers,
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"from": [peers]}],
            "egress": [{"to": [peers]}],
        },
    }

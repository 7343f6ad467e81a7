"""What each step's pod may use, and the security context that every pod has."""

from dataclasses import dataclass

from kfp import kubernetes
from kfp.dsl import PipelineTask

from flan_core.store.access import SECRET
from flan_core.telemetry import GATEWAY

USER = 10_001
"""The user that every step runs as; the images have it."""


STORE = "flan-s3"
"""The Secret with the store's keys and the ConfigMap with its address (manifests/base)."""
METRICS = "flan-metrics"
"""The ConfigMap with the Pushgateway's address (manifests/components/prometheus)."""
RETRIES = 2
"""Further attempts at a step whose pod failed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pod:
    """Limits of a step's pod, in Kubernetes' units."""

    cpu: str
    memory: str
    timeout_s: int = 6 * 3600


SMALL = Pod(cpu="1", memory="2Gi")
"""fetch, mix and report read and write files."""
WIDE = Pod(cpu="4", memory="8Gi")
"""render and pack use every core."""
HOST = Pod(cpu="4", memory="16Gi", timeout_s=8 * 86_400)
"""train and evaluate wait for the job that they launch, or are it where launch is local."""


def place(task: PipelineTask, pod: Pod, title: str) -> PipelineTask:
    """Name a task for people, bound what it may use, retry it, and run it unprivileged."""
    task.set_display_name(title)
    task.set_cpu_limit(pod.cpu).set_memory_limit(pod.memory)
    # Argo counts from the first start; by KFP's default, an hour, no long step would be retried.
    longest = f"{(RETRIES + 1) * (pod.timeout_s + 3600)}s"
    task.set_retry(RETRIES, "30s", backoff_factor=2.0, backoff_max_duration=longest)
    kubernetes.set_security_context(task, run_as_user=USER, run_as_non_root=True)
    kubernetes.set_timeout(task, pod.timeout_s)
    kubernetes.use_secret_as_volume(task, STORE, mount_path=SECRET, optional=True)
    variables = {name: name for name in ("AWS_ENDPOINT_URL", "AWS_REGION")}
    kubernetes.use_config_map_as_env(task, STORE, variables, optional=True)
    kubernetes.use_config_map_as_env(task, METRICS, {GATEWAY: GATEWAY}, optional=True)
    return task

"""A piece of work as TorchX's AppDef: the one description that every scheduler starts from."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from torchx.specs import AppDef, Resource, Role, macros

from flan_core.config import Launch
from flan_core.launch.work import Work

METRICS = "metrics"
"""Name of the port that Prometheus scrapes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """How one attempt at some work is started."""

    name: str
    """Of the attempt."""
    files: tuple[str, ...]
    """The node's arguments that say where the files are."""
    settings: dict[str, object]
    python: str = "python"
    """The interpreter of the nodes; the image's own, where there is one."""
    port: int = 29_500
    """Port at which node 0 is found."""
    restarts: int = 0
    """Times that a node starts its ranks again by itself."""
    labels: tuple[tuple[str, str], ...] = ()


def app(work: Work, launch: Launch, plan: Plan) -> AppDef:
    """Return the AppDef of a plan: one role, a replica a node, ``launch.node`` on each."""
    arguments: Sequence[str] = [
        "-m",
        "flan_core.launch.node",
        f"--module={work.module}",
        f"--settings={_verbatim(json.dumps(plan.settings, sort_keys=True))}",
        *map(_verbatim, plan.files),
        f"--nodes={launch.nodes}",
        f"--processes={launch.processes}",
        f"--restarts={plan.restarts}",
        f"--node-rank={macros.replica_id}",
        f"--address=$${macros.rank0_env}",
        f"--port={plan.port}",
    ]
    metrics = plan.settings.get("metrics_port")
    role = Role(
        name=work.step,
        image=launch.image,
        entrypoint=plan.python,
        args=list(arguments),
        num_replicas=launch.nodes,
        port_map={METRICS: metrics} if isinstance(metrics, int) and metrics else {},
        resource=Resource(cpu=launch.cpus, gpu=launch.gpus, memMB=launch.memory_mb),
    )
    return AppDef(name=plan.name, roles=[role], metadata=dict(plan.labels))


def _verbatim(text: str) -> str:
    """Keep TorchX from replacing what looks like its macros."""
    return text.replace("$", "$$")

"""Delete jobs that nobody waits for: those whose pipeline run is over, or gone.

Terminating a run ends its pods but not what they launched. The job belongs to the run's Workflow,
so it goes when that does; until then this finds it: a CronJob calls it.
"""

from collections.abc import Iterator

from flan_core.launch.cluster import Cluster, NotFound, Object
from flan_core.launch.names import (
    HOME_LABEL,
    JOBS,
    NONE,
    PART,
    RUN_LABEL,
    TRAINJOBS,
    VOLCANO,
    WORKFLOWS,
)
from flan_core.launch.observe import true_conditions

OVER = {"Succeeded", "Failed", "Error"}
"""Phases of a Workflow that has ended."""


def reap(cluster: Cluster, *, dry_run: bool = False) -> list[str]:
    """Delete the jobs of runs that are over; return ``kind/name`` of each.

    A job that has ended by itself is left to its time to live, or deleted with its run: TrainJobs
    have none. A job that was launched outside a pipeline has no run and is left alone.
    """
    deleted = []
    for kind, job in ours(cluster):
        if not abandoned(cluster, kind, job):
            continue
        name = job["metadata"]["name"]
        deleted.append(f"{kind.rpartition('/')[2]}/{name}")
        if not dry_run:
            cluster.delete(kind, name)
    return deleted


def ours(cluster: Cluster) -> Iterator[tuple[str, Object]]:
    """Yield our jobs, of every kind that the cluster knows."""
    for kind in (JOBS, TRAINJOBS, VOLCANO):
        try:
            found = cluster.list(kind, PART)
        except NotFound:
            continue  # the extension is not installed
        yield from ((kind, job) for job in found)


def abandoned(cluster: Cluster, kind: str, job: Object) -> bool:
    """Tell whether a job's run is over; a job in its own time to live is not touched."""
    labels = job["metadata"].get("labels", {})
    run, home = labels.get(RUN_LABEL, NONE), labels.get(HOME_LABEL, NONE)
    if NONE in {run, home} or (ended(job) and kind != TRAINJOBS):
        return False
    workflows = cluster.at(home).list(WORKFLOWS, {"pipeline/runid": run})
    return all(each.get("status", {}).get("phase") in OVER for each in workflows)


def ended(job: Object) -> bool:
    """Tell whether a job has ended by itself."""
    return bool(true_conditions(job).keys() & {"Complete", "Failed"})

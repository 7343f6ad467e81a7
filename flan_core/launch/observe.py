"""What can be seen of a job from outside: its log, why it waits, how its pods failed."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from flan_core.errors import DO_NOT_RETRY, TRY_AGAIN
from flan_core.launch.cluster import Cluster, NotFound, Object
from flan_core.launch.failure import Failure
from flan_core.launch.names import EVENTS, WORKLOADS

CONTAINER = "node"
"""Name of a pod's one container."""

LOOK_S = 2.0
"""Seconds between looks for a pod whose log can be read."""
STUCK = {
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
}
"""Reasons of a container that does not start."""


def follow(
    cluster: Cluster, newest: Callable[[], list[Object]], ended: Callable[[], bool]
) -> Iterator[str]:
    """Yield the log of a pod and of those that replace it, each line once, until the job ends.

    Lines bear their time, so that a stream that broke is taken up where it broke.
    """
    seen: dict[str, str] = {}
    over = False
    while not over:
        over = ended()
        for pod in filter(_started, newest()):
            yield from _lines(cluster, pod["metadata"]["name"], seen)
        time.sleep(0 if over else LOOK_S)


def _lines(cluster: Cluster, pod: str, seen: dict[str, str]) -> Iterator[str]:
    last = seen.get(pod, "")
    with suppress(NotFound):
        for line in cluster.log(pod, CONTAINER, **({"sinceTime": last} if last else {})):
            stamp, _, text = line.partition(" ")
            fresh, seen[pod] = stamp > seen.get(pod, ""), max(stamp, seen.get(pod, ""))
            yield from [text + "\n"] if fresh else []


def _started(pod: Object) -> bool:
    return any("waiting" not in each["state"] for each in _containers(pod))


def _containers(pod: Object) -> list[Object]:
    return [
        each
        for each in pod.get("status", {}).get("containerStatuses", [])
        if each["name"] == CONTAINER
    ]


def first_failure(pods: Sequence[Object]) -> Failure | None:
    """Return the failure to report: one that forbids a retry, else the first in time."""
    failures = [found for pod in pods if (found := _failure(pod))]
    if not failures:
        return None
    return min(failures, key=lambda item: (item[1].exit_code != DO_NOT_RETRY, item[0]))[1]


def _failure(pod: Object) -> tuple[str, Failure] | None:
    """Return when and how a pod failed; one that was evicted may be tried again."""
    host = pod["metadata"]["name"]
    for condition in pod.get("status", {}).get("conditions", []):
        if condition["type"] == "DisruptionTarget" and condition["status"] == "True":
            message = f"{condition.get('reason', '')}: {condition.get('message', 'evicted')}"
            when = condition.get("lastTransitionTime", "")
            return when, Failure(exit_code=TRY_AGAIN, host=host, message=message)
    for each in _containers(pod):
        end = each["state"].get("terminated") or each.get("lastState", {}).get("terminated")
        if end and end["exitCode"]:
            return end.get("finishedAt", ""), _ended(host, end)
    return None


def _ended(host: str, end: dict[str, Any]) -> Failure:
    """Read what a node said; a node that was killed says nothing."""
    code = int(end["exitCode"])
    if end.get("reason") == "OOMKilled":
        return Failure(exit_code=-9, host=host, message="out of memory: raise launch.memory_mb")
    told = Failure.parse(end.get("message", ""))
    if told.rank >= 0 or told.host:
        return told
    return Failure(exit_code=code if code < 128 else 128 - code, host=host, message=told.message)


def why_waiting(cluster: Cluster, job: Object, pods: Sequence[Object], *, queued: bool) -> str:
    """Say why a job does not run yet, in the words of those who hold it up; empty when unknown."""
    reasons = [reason for pod in pods for reason in _pod_reasons(pod)]
    reasons += _event_reasons(cluster, job["metadata"]["name"])
    if queued:
        reasons += _queue_reasons(cluster, job["metadata"]["uid"])
    return "; ".join(dict.fromkeys(reasons))


def _pod_reasons(pod: Object) -> Iterator[str]:
    status = pod.get("status", {})
    for condition in status.get("conditions", []):
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            yield f"{condition.get('reason', 'unscheduled')}: {condition.get('message', '')}"
    for each in _containers(pod):
        waiting = each["state"].get("waiting", {})
        if waiting.get("reason") in STUCK:
            yield f"{waiting['reason']}: {waiting.get('message', '')}"


def _event_reasons(cluster: Cluster, name: str) -> Iterator[str]:
    """Yield warnings about the job itself: a quota that its pods exceed, say."""
    events = cluster.list(EVENTS, {}, fieldSelector=f"involvedObject.name={name},type=Warning")
    for event in events[-3:]:
        yield f"{event.get('reason', '')}: {event.get('message', '')}"


def _queue_reasons(cluster: Cluster, uid: str) -> Iterator[str]:
    """Yield what Kueue says about the job's Workload."""
    try:
        found = cluster.list(WORKLOADS, {"kueue.x-k8s.io/job-uid": uid})
    except NotFound:
        yield "Kueue is not installed, but launch.queue is set"
        return
    conditions = [each for one in found for each in one.get("status", {}).get("conditions", [])]
    for condition in conditions:
        if condition["type"] == "QuotaReserved" and condition["status"] == "False":
            yield f"Kueue {condition.get('reason', '')}: {condition.get('message', '')}"


def true_conditions(job: Object) -> dict[str, Object]:
    """Return the conditions that hold, by their type."""
    conditions = job.get("status", {}).get("conditions", [])
    return {each["type"]: each for each in conditions if each["status"] == "True"}

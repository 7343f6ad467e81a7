"""A TorchX scheduler for anything that runs pods: what differs between them is a ``Kind``."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from torchx.schedulers.api import DescribeAppResponse, ListAppResponse, Scheduler
from torchx.specs import AppDef, AppDryRunInfo, AppState

from flan_core.config import Launch
from flan_core.errors import TRY_AGAIN
from flan_core.launch.cluster import Cluster, Exists, NotFound, Object
from flan_core.launch.failure import Failure
from flan_core.launch.names import OWNED, PART, PODS
from flan_core.launch.observe import first_failure, follow, true_conditions

ENDED = {AppState.SUCCEEDED, AppState.FAILED}


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A kind of object that runs the nodes of a job as pods."""

    name: str
    """The scheduler's name in settings."""
    resource: str
    """``group/version/plural``."""
    objects: Callable[[AppDef, Launch], list[Object]]
    """Make the job, and behind it what the job owns (``names.OWNED``)."""
    state: Callable[[Object], AppState]
    """Read a job's state."""
    words: Callable[[Object], str]
    """Read what its controller says about its failure."""
    pods: Callable[[str], Mapping[str, str]]
    """Labels of the pods of a job's name."""
    node: Callable[[str, int], Mapping[str, str]]
    """Further labels of the pod of a role's node."""


class ClusterScheduler(Scheduler[Any]):  # type: ignore[misc]  # TorchX is untyped
    """Jobs of one kind in one namespace."""

    def __init__(self, kind: Kind, launch: Launch, cluster: Cluster | None) -> None:
        """Use ``cluster``; without one only ``submit_dryrun`` works."""
        super().__init__(kind.name, "flan")
        self.kind, self.launch, self._cluster = kind, launch, cluster

    @property
    def cluster(self) -> Cluster:
        """Return the cluster, which is looked for when first needed."""
        self._cluster = self._cluster or Cluster.found(self.launch.namespace)
        return self._cluster

    def _submit_dryrun(self, app: AppDef, cfg: Any) -> AppDryRunInfo[list[Object]]:  # noqa: ARG002
        return AppDryRunInfo(self.kind.objects(app, self.launch), repr)

    def schedule(self, dryrun_info: AppDryRunInfo[list[Object]]) -> str:
        """Create the job, or take up the one that an earlier launcher created; then its own."""
        job, *others = dryrun_info.request
        name = str(job["metadata"]["name"])
        try:
            created = self.cluster.create(self.kind.resource, job)
        except Exists:
            created = self.cluster.get(self.kind.resource, name)
        owner = {key: job[key] for key in ("apiVersion", "kind")}
        owner |= {"name": name, "uid": created["metadata"]["uid"]}
        for other in others:
            other["metadata"]["ownerReferences"] = [owner]
            with suppress(Exists):
                self.cluster.create(OWNED[other["kind"]], other)
        return name

    def describe(self, app_id: str) -> DescribeAppResponse | None:
        """Return the job's state, and its first failure when it has failed."""
        try:
            found = self.cluster.get(self.kind.resource, app_id)
        except NotFound:
            return None
        state = self.kind.state(found)
        answer = DescribeAppResponse(app_id=app_id, state=state)
        if state == AppState.FAILED:
            failure = first_failure(self.pods(app_id))
            failure = failure or Failure(exit_code=TRY_AGAIN, message=self.kind.words(found))
            answer.structured_error_msg = failure.dumps()
        return answer

    def pods(self, app_id: str) -> list[Object]:
        """Return the job's pods."""
        return self.cluster.list(PODS, self.kind.pods(app_id))

    def log_iter(
        self, app_id: str, role_name: str, k: int = 0, *_: object, **__: object
    ) -> Iterable[str]:
        """Yield the lines of pod ``k``, and of those that replace it, until the job has ended."""
        labels = {**self.kind.pods(app_id), **self.kind.node(role_name, k)}
        return follow(
            self.cluster, lambda: self.cluster.list(PODS, labels), lambda: self._ended(app_id)
        )

    def _ended(self, app_id: str) -> bool:
        answer = self.describe(app_id)
        return answer is None or answer.state in ENDED

    def _cancel_existing(self, app_id: str) -> None:
        self.cluster.delete(self.kind.resource, app_id)

    def list(self) -> list[ListAppResponse]:
        """Return our jobs of this kind."""
        found = self.cluster.list(self.kind.resource, PART)
        return [ListAppResponse(each["metadata"]["name"], self.kind.state(each)) for each in found]


def words_of(job: Object) -> str:
    """Return the message of the condition ``Failed``."""
    failed = true_conditions(job).get("Failed", {})
    return f"{failed.get('reason', '')}: {failed.get('message', '')}"

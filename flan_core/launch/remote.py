"""Work on a cluster: find or create its job, wait for room, wait for the end, try again.

name flan-train-3fa9c1d2e8  =  run + step + settings + inputs       the same at every retry
  attempt 0   failed            a Job that is running is taken up, one that has failed is not
  attempt 1   running  ◀──      followed by the next, and each goes on from the last checkpoint
"""

import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import NoReturn

from torchx.runner import Runner
from torchx.specs import AppState, AppStatus, is_terminal

from flan_core import telemetry
from flan_core.config import Launch
from flan_core.errors import BadInput, FlanError, Transient
from flan_core.launch import jobs, trainjobs, volcano
from flan_core.launch.cluster import Cluster, NotFound, Object
from flan_core.launch.job import Plan, app
from flan_core.launch.names import (
    ATTEMPT_LABEL,
    HOME_LABEL,
    JOB_LABEL,
    NONE,
    PART,
    RUN_LABEL,
    STEP_LABEL,
)
from flan_core.launch.observe import why_waiting
from flan_core.launch.place import Place
from flan_core.launch.pods import STATE
from flan_core.launch.run import check, show
from flan_core.launch.scheduler import ClusterScheduler, Kind
from flan_core.launch.work import Work
from flan_core.progress import spell
from flan_core.step import ABOUT
from flan_core.store import Missing, Store, uri_of

LOOK_S = 5.0
"""Seconds between looks at the job."""
SAY_EVERY_S = 60.0
"""Seconds between lines about why it waits."""
KINDS: dict[str, Kind] = {kind.name: kind for kind in (jobs.KIND, trainjobs.KIND, volcano.KIND)}
"""The schedulers of clusters by name."""


class Stopped(Exception):  # somebody wants us to end
    """SIGTERM has arrived."""


def run_remote(work: Work, launch: Launch, *, look_s: float = LOOK_S) -> None:
    """Run work on the cluster; returns when it has succeeded and its facts are here.

    Raises:
        BadInput: it failed in a way that no attempt cures, or the cluster refuses it.
        Transient: it was lost, preempted, or has not started in time.
    """
    cluster = Cluster.found(launch.namespace)
    place = Place.found(cluster)
    launch = replace(launch, image=launch.image or place.image, namespace=cluster.namespace)
    Remote(work, launch, cluster, place, look_s).run()
    bring_facts(work)


class Remote:
    """One piece of work on a cluster, attempt by attempt."""

    def __init__(
        self, work: Work, launch: Launch, cluster: Cluster, place: Place, look_s: float
    ) -> None:
        """Find out the work's name; nothing is created yet."""
        if not launch.image:
            raise BadInput("launch.image is empty, and this is no pod of a pipeline; name an image")
        self.work, self.launch, self.cluster, self.place = work, launch, cluster, place
        self.look_s, self.name = look_s, work.name(place.run)
        self.kind = KINDS[launch.scheduler]
        self.scheduler = ClusterScheduler(self.kind, launch, cluster)

    def run(self) -> None:
        """Make attempts until one succeeds or no more are allowed."""
        first = self.next_attempt()
        by_us = self.kind is jobs.KIND and self.launch.nodes > 1
        allowed = self.launch.restarts if by_us else 0  # others recreate their pods themselves
        for attempt in range(first, first + allowed):
            error = self.failure_of(attempt)
            if error is None:
                return
            say(f"{error}\n{self.work.step}: creating the next attempt")
        self.attempt(first + allowed)

    def failure_of(self, attempt: int) -> FlanError | None:
        """Make one attempt; return the failure that another may cure, None for success."""
        try:
            self.attempt(attempt)
        except (BadInput, NotStarted, WasStopped):
            raise
        except FlanError as error:
            return error
        return None

    def next_attempt(self) -> int:
        """Return the attempt to take up or to create."""
        found = {
            int(each["metadata"]["labels"].get(ATTEMPT_LABEL, 0)): each
            for each in self.cluster.list(self.kind.resource, {JOB_LABEL: self.name})
        }
        if not found:
            return 0
        newest = max(found)
        failed = self.kind.state(found[newest]) == AppState.FAILED
        going = "deletionTimestamp" in found[newest]["metadata"]
        return newest + 1 if failed or going else newest

    def attempt(self, number: int) -> None:
        """Create or take up one attempt and see it through."""
        factory = {self.kind.name: lambda _, **__: self.scheduler}
        plan = remote_plan(self.work, self.launch, self.name, number, self.place)
        with Runner("flan", factory) as runner, stoppable():
            planned = runner.dryrun(
                app(self.work, self.launch, plan), self.kind.name, {}, workspace=""
            )
            own(planned.request, self.place, self.cluster.namespace)
            handle = runner.schedule(planned)
            say(f"{self.work.step}: {plan.name} in namespace {self.cluster.namespace}")
            self.follow(runner, handle, plan.name)

    def follow(self, runner: Runner, handle: str, name: str) -> None:
        """Show the log and wait; delete the job when we are stopped or it is late."""
        log = threading.Thread(target=self.show_log, args=(runner, handle), daemon=True)
        log.start()
        try:
            status = self.wait(runner, handle, name)
        except (Stopped, KeyboardInterrupt) as stop:
            runner.cancel(handle)
            raise WasStopped(f"{self.work.step} was stopped; what it saved is kept") from stop
        except NotStarted:
            runner.cancel(handle)
            raise
        finally:
            log.join(timeout=10)
        check(status, self.work.step)

    def show_log(self, runner: Runner, handle: str) -> None:
        """Show the log; the job goes on where it cannot be read."""
        try:
            show(runner, handle, self.work.step)
        except FlanError as error:
            say(f"{self.work.step}: its log is not shown: {error}")

    def wait(self, runner: Runner, handle: str, name: str) -> AppStatus | None:
        """Look at the job until it has ended; say why it waits, and for how long it may."""
        waiting, said = time.monotonic(), ""
        while True:
            status = runner.status(handle)
            if status is None or is_terminal(status.state):
                return status
            if status.state == AppState.RUNNING:
                waiting = time.monotonic()
            elif (reason := self.reason(name)) and reason != said:
                said = reason
                say(f"{self.work.step}: waiting, {reason}")
            waited = time.monotonic() - waiting
            self.tell(waited)
            if waited > self.launch.start_timeout_s:
                raise NotStarted(
                    f"{self.work.step} has waited {spell(waited)} for its pods: "
                    f"{said or 'no reason is known'}; make room, or raise launch.start_timeout_s"
                )
            time.sleep(self.look_s)

    def reason(self, name: str) -> str:
        """Say why the job waits."""
        try:
            found = self.cluster.get(self.kind.resource, name)
        except NotFound:
            return ""
        pods = self.scheduler.pods(name)
        return why_waiting(self.cluster, found, pods, queued=bool(self.launch.queue))

    def tell(self, waited_s: float) -> None:
        """Push how long the job has waited; an alert watches it."""
        telemetry.QUEUE_WAIT.set(waited_s)
        telemetry.push(whole=False)


class NotStarted(Transient):
    """The job's pods did not start in time."""


class WasStopped(Transient):
    """Somebody stopped the launcher, and it stopped the job."""


def remote_plan(work: Work, launch: Launch, name: str, attempt: int, place: Place) -> Plan:
    """Return how an attempt is started on a cluster; its files travel through the store."""
    files = [f"--fetch={key}={address(where)}" for key, where in work.inputs.items()]
    files += [f"--send={key}={address(where)}" for key, where in work.outputs.items()]
    settings = work.settings_dict()
    if "state" in settings:
        settings["state"] = f"{STATE}/{name}" if launch.volume else "/tmp/flan-state"
        kept = "" if launch.volume or launch.nodes > 1 else f"={state_address(work, name)}"
        files.append(f"--state={settings['state']}{kept}")
    labels = {
        **PART,
        STEP_LABEL: work.step,
        JOB_LABEL: name,
        ATTEMPT_LABEL: str(attempt),
        RUN_LABEL: place.run or NONE,
        HOME_LABEL: place.namespace or NONE,
    }
    return Plan(
        name=f"{name}-{attempt}",
        files=tuple(files),
        settings=settings,
        labels=tuple(labels.items()),
    )


def address(where: str) -> str:
    """Return the store's address of a file of the work."""
    return where if where.startswith("s3://") else uri_of(Path(where))


def state_address(work: Work, name: str) -> str:
    """Return where restartable state is kept: beside the outputs' bucket's artifacts."""
    output = address(next(iter(work.outputs.values())))
    bucket = output.removeprefix("s3://").partition("/")[0]
    return f"s3://{bucket}/flan/state/{name}"


def dry_run(work: Work, launch: Launch) -> Sequence[Object]:
    """Return the objects that launching would create, without a cluster."""
    plan = remote_plan(work, launch, work.name("dry-run"), 0, Place(run="dry-run"))
    objects = KINDS[launch.scheduler].objects(app(work, launch, plan), launch)
    for each in objects:
        if launch.namespace:
            each["metadata"]["namespace"] = launch.namespace
    return objects


def own(objects: Sequence[Object], place: Place, namespace: str) -> None:
    """Let the run's Workflow own the job: it is deleted with the run.

    Across namespaces nothing may be owned, Kubernetes would delete the job at once; there
    ``flan gc`` alone sees to it.
    """
    if place.owners and place.namespace == namespace:
        objects[0]["metadata"]["ownerReferences"] = [dict(owner) for owner in place.owners]


def bring_facts(work: Work) -> None:
    """Bring the small files about the outputs here, which become the artifacts' metadata."""
    for where in work.outputs.values():
        if where.startswith("s3://"):
            continue
        try:
            Store.of(address(where)).get(ABOUT, Path(where) / ABOUT)
        except Missing:
            continue
        except FlanError as error:  # the work is done; only the user interface misses something
            say(f"{work.step}: no metadata: {error}")


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn SIGTERM into ``Stopped``: Terminate in the pipelines' UI sends it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001
        raise Stopped

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def say(line: str) -> None:
    """Write a line to the step's log."""
    print(line, file=sys.stderr, flush=True)

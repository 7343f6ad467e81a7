"""Start work through TorchX's runner and stay with it: its log, its deadlines, its end."""

import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import yaml
from torchx.runner import Runner
from torchx.schedulers.local_scheduler import SignalException
from torchx.specs import AppState, AppStatus, is_terminal, macros

import flan_core
from flan_core.config import Launch
from flan_core.errors import FlanError, Transient
from flan_core.launch import local
from flan_core.launch.failure import Failure
from flan_core.launch.job import Plan, app
from flan_core.launch.work import STATE, Work

POLL_S = 0.2
"""Seconds between looks at a local job."""
LOCAL = "local_cwd"


def run(work: Work, launch: Launch) -> None:
    """Run ``work`` where ``launch`` says and return when it has succeeded.

    Raises:
        BadInput: it failed, and no attempt can cure it.
        Transient: it failed, and another attempt may not.
    """
    if launch.scheduler != LOCAL:
        from flan_core.launch.remote import run_remote

        run_remote(work, launch)
        return
    with tempfile.TemporaryDirectory(prefix="flan-launch-") as logs:
        run_local(work, launch, Path(logs))


def run_local(work: Work, launch: Launch, logs: Path) -> None:
    """Run the nodes as processes of this machine."""
    job = app(work, launch, local_plan(work, launch))
    job.roles[0].env["PYTHONPATH"] = python_path()
    with handlers_kept(), Runner("flan", {LOCAL: local.create_scheduler}) as runner:
        handle = runner.run(job, LOCAL, {"log_dir": str(logs)})
        follow(runner, handle, work.step, launch)


def local_plan(work: Work, launch: Launch) -> Plan:
    """Return how the work is started on this machine, with its files where they are."""
    files = [
        f"--{'fetch' if name in work.inputs else 'send'}={name}={address}"
        if address.startswith("s3://")
        else f"--path={name}={Path(address).resolve()}"
        for name, address in {**work.inputs, **work.outputs}.items()
    ]
    settings = work.settings_dict()
    checkpoint = work.outputs.get("checkpoint", "")
    if checkpoint and not checkpoint.startswith("s3://"):
        state = settings.get("state") or Path(checkpoint).resolve() / STATE
        files.append(f"--state={state}")
    return Plan(
        name=work.step,
        files=tuple(files),
        settings=settings,
        python=sys.executable,
        port=free_port(),
        restarts=launch.restarts if launch.nodes == 1 else 0,
    )


def show_manifest(work: Work, launch: Launch) -> str:
    """Return what would be applied, as YAML; for this machine, the command of node 0."""
    if launch.scheduler == LOCAL:
        job = app(work, launch, replace(local_plan(work, launch), port=29_500))
        here = macros.Values(img_root="", app_id=work.step, replica_id="0", rank0_env="RANK0")
        role = here.apply(job.roles[0])
        return yaml.safe_dump({"command": [role.entrypoint, *role.args]}, sort_keys=False)
    from flan_core.launch.remote import dry_run

    return yaml.safe_dump_all(dry_run(work, launch), sort_keys=False)


def follow(runner: Runner, handle: str, step: str, launch: Launch) -> None:
    """Show the log of node 0 and wait for the end; stop the job when we are stopped."""
    log = threading.Thread(target=show, args=(runner, handle, step), daemon=True)
    log.start()
    try:
        status = wait(runner, handle, launch.run_timeout_s)
    except SignalException as stop:
        runner.cancel(handle)
        raise Transient(f"{step} was stopped by {stop.sigval.name}; its state is kept") from stop
    except FlanError:
        runner.cancel(handle)
        raise
    finally:
        log.join(timeout=10)
    check(status, step)


def wait(runner: Runner, handle: str, timeout_s: float) -> AppStatus | None:
    """Look at the job until it has ended."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        status = runner.status(handle)
        if status is None or is_terminal(status.state):
            return status
        time.sleep(POLL_S)
    raise Transient(f"the job has run for {timeout_s:,.0f} s; raise launch.run_timeout_s")


def check(status: AppStatus | None, step: str) -> None:
    """Return when the job has succeeded; raise its first failure otherwise."""
    if status is None:
        raise Transient(f"{step}: the job is gone; somebody has deleted it")
    if status.state == AppState.SUCCEEDED:
        return
    text = status.structured_error_msg
    if text in {"", "<NONE>"}:
        raise Transient(f"{step}: the job ended as {status.state.name} without a word")
    raise Failure.parse(text).error(step)


def show(runner: Runner, handle: str, step: str) -> None:
    """Copy the log of node 0 to stderr, whole lines as they come."""
    rest = ""
    for piece in runner.log_lines(handle, step, 0, should_tail=True):
        rest += piece
        if rest.endswith("\n"):
            sys.stderr.write(rest)
            sys.stderr.flush()
            rest = ""
    sys.stderr.write(rest)


@contextmanager
def handlers_kept() -> Iterator[None]:
    """Give the signal handlers back that TorchX's local scheduler replaces by its own."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


def python_path() -> str:
    """Return PYTHONPATH with this library's parent first: nodes import the same code."""
    home = str(Path(flan_core.__file__).parents[1])
    return os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH", "")]))

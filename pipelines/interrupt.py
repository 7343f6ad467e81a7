"""Ctrl-C ends a run: KFP's local runner would go on with the next variants of an experiment.

Ctrl-C ──▶ the steps that run     end by themselves; training saves its state
           what would start now   never does
           the run                leaves no report, and ``flan runs list`` says so
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

EXIT = 130
"""What a shell expects of a program that Ctrl-C ended."""


@contextmanager
def interruptible() -> Iterator[None]:
    """End this process on Ctrl-C when the steps that it runs have ended; on a second one, now."""
    before = signal.signal(signal.SIGINT, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _stop(*_: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    print("stopping: a step ends first; Ctrl-C again ends now", file=sys.__stderr__, flush=True)
    running = set(children())
    subprocess.Popen.__init__ = _never  # type: ignore[method-assign]  # in every thread of KFP's
    time.sleep(0.1)  # for what was about to start
    for started in set(children()) - running:
        _end(started)
    while running & set(children()):
        time.sleep(0.1)
    for started in children():
        _end(started)
    print("stopped; there is no report", file=sys.__stderr__, flush=True)
    os._exit(EXIT)


def _never(*_: Any, **__: Any) -> None:
    """Wait in place of starting a process, until this one ends."""
    threading.Event().wait()


def children(process: int = 0) -> list[int]:
    """Return the processes that a process (this one if 0) has started and that still run."""
    started = []
    for thread in Path(f"/proc/{process or os.getpid()}/task").glob("*/children"):
        with suppress(OSError):
            started += [int(child) for child in thread.read_text(encoding="ascii").split()]
    return [child for child in started if _runs(child)]


def _runs(process: int) -> bool:
    """Whether a process runs; one that has ended and waits to be asked for its status does not."""
    try:
        status = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def _end(process: int) -> None:
    for child in children(process):
        _end(child)
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)

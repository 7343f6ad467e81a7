"""TorchX's local scheduler, with time for ranks to save when they are stopped."""

import os
import signal
import subprocess
import time
from contextlib import suppress

from torchx.schedulers.api import DescribeAppResponse
from torchx.schedulers.local_scheduler import CWDImageProvider, LocalScheduler

GRACE_S = 120.0
"""Seconds between SIGTERM and SIGKILL, as pods have."""


class PatientScheduler(LocalScheduler):  # type: ignore[misc]  # TorchX is untyped
    """``local_cwd``, but a node gets two minutes after SIGTERM, and all end when one has failed."""

    def _cancel_existing(self, app_id: str) -> None:
        self._ask_to_end(app_id)
        super()._cancel_existing(app_id)

    def describe(self, app_id: str) -> DescribeAppResponse | None:
        """Describe the job; the nodes that wait for one that has failed are stopped first."""
        nodes = self._nodes(app_id)
        if any(node.poll() for node in nodes) and any(node.poll() is None for node in nodes):
            self._ask_to_end(app_id)
        return super().describe(app_id)

    def _nodes(self, app_id: str) -> list[subprocess.Popen[bytes]]:
        return [
            replica.proc
            for replicas in self._apps[app_id].role_replicas.values()
            for replica in replicas
        ]

    def _ask_to_end(self, app_id: str) -> None:
        """Send SIGTERM and wait as long as it is fair; whoever is left will be killed."""
        nodes = self._nodes(app_id)
        for node in nodes:
            with suppress(ProcessLookupError):
                os.kill(node.pid, signal.SIGTERM)
        end = time.monotonic() + GRACE_S
        for node in nodes:
            with suppress(subprocess.TimeoutExpired):
                node.wait(max(0.0, end - time.monotonic()))


def create_scheduler(session_name: str, **_: object) -> PatientScheduler:
    """Return the scheduler, as TorchX's factories do."""
    return PatientScheduler(session_name=session_name, image_provider_class=CWDImageProvider)

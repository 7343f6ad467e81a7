"""How often and why a run was started again, and how much of its time counted.

    state/history.json   {"began": 1763900000.0, "restarts": {"killed": 2}, "ended": ""}

``ended`` is why the last attempt ended, if it could still say so: a killed one says nothing.
"""

import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from flan_core import schemas, telemetry
from flan_core.errors import Transient

SCHEMA = "history/1"
FILE = "history.json"


class Stopped(Transient):
    """SIGTERM came, and the state was saved."""


class Gone(Transient):
    """Another rank died."""


class Hanging(Transient):
    """Another rank did not come in time."""


CAUSES: dict[type[BaseException], str] = {Stopped: "preempted", Gone: "killed", Hanging: "hang"}


class History:
    """The attempts at one run; only the first rank writes them down."""

    def __init__(self, state: Path, *, writes: bool) -> None:
        """Read the history in the ``state`` folder and count this attempt."""
        self._path, self._writes = state / FILE, writes
        known = self._path.is_file()
        found = schemas.read_json(self._path, SCHEMA) if known else {}
        self.began: float = found.get("began", time.time())
        self.restarts: dict[str, int] = dict(found.get("restarts", {}))
        if known:
            cause = found["ended"] or "killed"
            self.restarts[cause] = self.restarts.get(cause, 0) + 1
        for cause, times in self.restarts.items():
            telemetry.RESTARTS.labels(cause=cause).inc(times)
        self._write("")

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Write down why this attempt ended, or delete the file when the run is over."""
        if error is not None:
            self._write(CAUSES.get(type(error), "failed"))
        elif self._writes:
            self._path.unlink(missing_ok=True)

    def goodput(self, useful_s: float) -> float:
        """Return the part of all time since the run began that went into steps that count."""
        return useful_s / max(time.time() - self.began, useful_s, 1e-9)

    def _write(self, ended: str) -> None:
        if self._writes:
            found: dict[str, Any] = {"began": self.began, "restarts": self.restarts, "ended": ended}
            schemas.write_json(self._path, SCHEMA, found)

"""What a node says when it fails: which rank, how, and its last lines; one JSON object.

The node writes it where its surroundings look for it (TorchX's error file on a laptop, the
container's termination message on Kubernetes), the launcher reads it back:

    {"exit_code": 93, "rank": 1, "host": "node-1", "message": "train: loss is not finite ..."}
"""

import json
import signal
from dataclasses import asdict, dataclass
from pathlib import Path

from flan_core.errors import DO_NOT_RETRY, TRY_AGAIN, BadInput, FlanError, Transient

ERROR_FILE = "TORCHELASTIC_ERROR_FILE"
"""Name of the variable that holds the path to write to; TorchX's and torchrun's own name."""
LONGEST = 3_000
"""Most characters of a message: Kubernetes cuts a termination message at 4096 bytes."""
TAIL_LINES = 20
"""Lines of a rank's output that are worth showing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """The first failure of a job."""

    exit_code: int
    """Of the rank; negative for a signal."""
    rank: int = -1
    """Global rank; -1 where it was no rank but the node itself."""
    host: str = ""
    message: str = ""
    """The last lines that the rank wrote."""

    def dumps(self) -> str:
        """Return the JSON object, its message shortened from the front."""
        return json.dumps({**asdict(self), "message": self.message[-LONGEST:]})

    def write(self, path: Path) -> None:
        """Write the JSON object to where it is looked for."""
        path.write_text(self.dumps(), encoding="utf-8")

    @classmethod
    def parse(cls, text: str) -> "Failure":
        """Read what a node wrote; a text that is no such object is taken as the message."""
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError):
            return cls(exit_code=1, message=text.strip())

    def error(self, step: str) -> FlanError:
        """Return the error that the launcher raises for it."""
        who = f"rank {self.rank}" if self.rank >= 0 else "the node"
        where = f" on {self.host}" if self.host else ""
        text = f"{who}{where} {self.how()}; its last lines:\n{indent(self.message)}"
        return _kind(self.exit_code)(f"{step} failed: {text}" if self.message else text)

    def how(self) -> str:
        """Say how it ended, for people."""
        if self.exit_code < 0:
            name = signal.Signals(-self.exit_code).name
            hint = ", out of memory?" if name == "SIGKILL" else ""
            return f"was killed by {name}{hint}"
        return f"exited with {self.exit_code}"


def _kind(exit_code: int) -> type[FlanError]:
    """Choose the error: do not retry, try again, or a plain failure that nobody classified."""
    if exit_code == DO_NOT_RETRY:
        return BadInput
    return Transient if exit_code == TRY_AGAIN or exit_code < 0 else FlanError


def tail(path: Path) -> str:
    """Return the last lines of a log file; empty when there is none."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 16_384))
        text = file.read().decode(errors="replace")
    return "\n".join(text.rstrip().splitlines()[-TAIL_LINES:])


def indent(text: str) -> str:
    """Set lines off from the message around them."""
    return "\n".join(f"    {line}" for line in text.splitlines())

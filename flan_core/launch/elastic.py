"""torchrun with an exit code that means something.

    python -m flan_core.launch.elastic LOGS/failure.json --log-dir=LOGS <arguments of torchrun>

torchrun exits with 1 whatever its ranks exited with. This runs the same agent, writes which rank
failed first, with what and what it last said, and exits with 93 when any rank did: a retry would
fail the same way.
"""

import ctypes
import os
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from flan_core.errors import DO_NOT_RETRY
from flan_core.launch.failure import Failure, tail

if TYPE_CHECKING:
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError, ProcessFailure


STREAMS = ("stderr", "stdout")
"""Where a rank's last words are looked for."""
PR_SET_PDEATHSIG = 1
"""Of prctl(2)."""


def die_with_parent() -> None:
    """Ask the kernel for SIGTERM when the parent dies, so that no rank outlives its launcher."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def main(arguments: list[str]) -> int:
    """Run the agent; return 0, 93, or 1 for a failure that has been written down."""
    from torch.distributed import run  # two seconds and 200 MB
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

    die_with_parent()
    note, rest = Path(arguments[0]), arguments[1:]
    try:
        run.run(run.parse_args(rest))  # type: ignore[no-untyped-call]
    except ChildFailedError as error:
        failure = _first(error, note.parent)
        failure.write(note)
        return DO_NOT_RETRY if failure.exit_code == DO_NOT_RETRY else 1
    except SignalException:
        return 1
    return 0


def _first(error: "ChildFailedError", logs: Path) -> Failure:
    """Choose the failure to report: one that forbids a retry, else the first in time.

    Ranks that the agent stopped because another had failed end by SIGTERM; they come last.
    """
    rank, failed = min(error.failures.items(), key=lambda item: _order(item[1]))
    streams = (logs.glob(f"*/attempt_*/{failed.local_rank}/{name}.log") for name in STREAMS)
    text = next(filter(None, (tail(path) for paths in streams for path in paths)), "")
    return Failure(exit_code=failed.exitcode, rank=rank, host=socket.gethostname(), message=text)


def _order(failed: "ProcessFailure") -> tuple[bool, bool, float]:
    stopped = failed.exitcode == -signal.SIGTERM
    return failed.exitcode != DO_NOT_RETRY, stopped, failed.timestamp


def run_and_leave(arguments: list[str]) -> NoReturn:
    """Leave at once with the exit code: a thread of the agent that hangs must not hold the node."""
    code = 1
    try:
        code = main(arguments)
    except Exception:  # noqa: BLE001  # what stands above the exit has to say it
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    run_and_leave(sys.argv[1:])

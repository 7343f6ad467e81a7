"""One node of a job: bring its files, run torchrun, start it again when that may help.

    python -m flan_core.launch.node --module flan_core.train --settings '{"seed": 0}' \
        --path packs=/data/packs --path checkpoint=/data/checkpoint --nodes 1 --processes 2

        fetch inputs ──▶ torchrun ──▶ ranks ──▶ send outputs          (files: launch/carry.py)
                            ▲           │
                            └── again ──┘  a rank died; not after exit code 93, not without progress

Each attempt is a new torchrun with a new store: ranks that torchrun itself restarts read the
addresses of the attempt before (pytorch#135712). A job of several nodes is never restarted from
within, because the nodes would not agree on the attempt: there the scheduler recreates them all.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from flan_core.errors import DO_NOT_RETRY, TRY_AGAIN, FlanError
from flan_core.launch.carry import Carried
from flan_core.launch.elastic import die_with_parent
from flan_core.launch.failure import ERROR_FILE, TAIL_LINES, Failure

WITHOUT_PROGRESS = 3
"""Attempts in a row that may end without a new checkpoint."""
JOIN_TIMEOUT_S = 900
"""Seconds that a node waits for the others; images are pulled at different speeds."""
SHUTDOWN_S = 90
"""Seconds that ranks get after SIGTERM to save; the pod has 180, the rest is for sending it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """The command line of a node."""

    module: str
    settings: str
    paths: tuple[str, ...]
    fetch: tuple[str, ...]
    send: tuple[str, ...]
    state: str
    nodes: int
    processes: int
    restarts: int
    node_rank: int
    address: str
    port: int


def parse(arguments: Sequence[str]) -> Order:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="flan_core.launch.node", description=__doc__)
    parser.add_argument("--module", required=True, help="what each rank runs")
    parser.add_argument("--settings", required=True, help="settings of the step, as JSON")
    for name, what in (
        ("path", "NAME=FOLDER, used where it is"),
        ("fetch", "NAME=s3://..., fetched before"),
        ("send", "NAME=s3://..., sent afterwards"),
    ):
        parser.add_argument(f"--{name}", action="append", default=[], help=what)
    parser.add_argument("--state", default="", help="FOLDER or FOLDER=s3://... of checkpoints")
    parser.add_argument("--nodes", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--restarts", type=int, default=0)
    parser.add_argument("--node-rank", type=variable, default="0", help="or $NAME of a variable")
    parser.add_argument("--address", type=variable, default="", help="of node 0, or $NAME")
    parser.add_argument("--port", type=int, default=29_500)
    found = vars(parser.parse_args(list(arguments)))
    found["node_rank"] = int(found["node_rank"])
    found["paths"] = found.pop("path")
    lists = {name: tuple(found[name]) for name in ("paths", "fetch", "send")}
    return Order(**{**found, **lists})


def variable(text: str) -> str:
    """Return the text, or the first value of the variable that ``$NAME`` names.

    A scheduler says by a variable what it knows only when the pod starts.
    """
    if not text.startswith("$"):
        return text
    return os.environ.get(text[1:], "").split(",", maxsplit=1)[0]


class Child:
    """The process that does the work: its output is passed on, its last lines are kept."""

    def __init__(self, command: Sequence[str]) -> None:
        """Start it in its own session, so that signals reach it only through us."""
        environment = {name: value for name, value in os.environ.items() if name != ERROR_FILE}
        self._process = subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._lines: deque[str] = deque(maxlen=TAIL_LINES)
        self._reader = threading.Thread(target=self._pass_on, daemon=True)
        self._reader.start()

    def _pass_on(self) -> None:
        for line in self._process.stdout or ():
            text = line.decode(errors="replace")
            self._lines.append(text)
            sys.stderr.write(text)
            sys.stderr.flush()

    def stop(self) -> None:
        """Ask it to end; torchrun passes the signal on to its ranks."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """Return its exit code, negative for a signal."""
        code = self._process.wait()
        self._reader.join(timeout=5)
        return code

    def tail(self) -> str:
        """Return its last lines."""
        return "".join(self._lines)


class Node:
    """Attempts at the work, until one succeeds or none can."""

    def __init__(self, order: Order, folder: Path) -> None:
        """Keep logs, settings and carried files under ``folder``."""
        self.order, self.folder = order, folder
        self.files = Carried(order.paths, order.fetch, order.send, order.state, folder)
        self._child: Child | None = None
        self._stopped = False

    def stop(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Handle SIGTERM: the ranks save and end, and no further attempt is made."""
        self._stopped = True
        if self._child:
            self._child.stop()

    def run(self) -> Failure | None:
        """Do the work; return how it failed, None when it did not."""
        try:
            first = self.order.node_rank == 0
            with self.files.carried(first=first):
                failure = self._attempts()
            if first:
                self.files.finish(failure)
            return failure
        except FlanError as error:
            return Failure(exit_code=error.exit_code, host=socket.gethostname(), message=str(error))

    def _attempts(self) -> Failure | None:
        stale = 0
        for attempt in range(self.order.restarts + 1):
            before = self.files.progress()
            failure = self._attempt(attempt)
            if failure is None or self._stopped or failure.exit_code == DO_NOT_RETRY:
                return self._final(failure)
            stale = stale + 1 if self.files.progress() == before else 0
            if stale == WITHOUT_PROGRESS or attempt == self.order.restarts:
                return failure
            left = self.order.restarts - attempt
            _say(f"{self.order.module}: {failure.how()}; starting again, {left} left")
        raise AssertionError("the last attempt returns")

    def _final(self, failure: Failure | None) -> Failure | None:
        if failure and self._stopped and failure.exit_code != DO_NOT_RETRY:
            return Failure(
                exit_code=TRY_AGAIN,
                host=socket.gethostname(),
                message="stopped by SIGTERM; what was saved is kept",
            )
        return failure

    def _attempt(self, attempt: int) -> Failure | None:
        logs = self.folder / f"attempt-{attempt}"
        logs.mkdir()
        note = logs / "failure.json"
        self._child = Child(command(self.order, self.files.arguments(), self.folder, logs, note))
        if self._stopped:
            self._child.stop()
        code = self._child.wait()
        if code == 0:
            return None
        if note.is_file():
            return Failure.parse(note.read_text(encoding="utf-8"))
        host = socket.gethostname()
        rank = 0 if self.order.nodes * self.order.processes == 1 else -1
        return Failure(exit_code=code, rank=rank, host=host, message=self._child.tail())


def command(order: Order, files: Sequence[str], folder: Path, logs: Path, note: Path) -> list[str]:
    """Return the command of one attempt: torchrun, or the step itself where it is one process."""
    config = folder / "settings.json"
    config.write_text(order.settings, encoding="utf-8")
    step = ["-m", order.module, "--config", str(config), *files]
    if order.nodes * order.processes == 1:
        return [sys.executable, *step]
    agent = [sys.executable, "-m", "flan_core.launch.elastic", str(note)]
    torchrun = [
        f"--nproc-per-node={order.processes}",
        "--max-restarts=0",
        f"--shutdown-timeout={SHUTDOWN_S}",
        "--role=",
        f"--log-dir={logs}",
        "--tee=3",
        "--local-ranks-filter=0",
    ]
    return [*agent, *torchrun, *rendezvous(order), *step]


def rendezvous(order: Order) -> list[str]:
    """Return how the nodes find each other; nothing but their number where Trainer has said it.

    The rendezvous is torchrun's static one: the node's index decides its ranks, so rank 0 is on
    node 0, whose log is followed and which sends the outputs. (Its c10d one orders nodes by
    address, and asks whether a pod knows itself by the name that its peers use, pytorch#73656.)
    """
    if order.nodes == 1:
        return ["--standalone"]
    nodes = [f"--nnodes={order.nodes}", f"--node-rank={order.node_rank}"]
    if "PET_MASTER_ADDR" in os.environ:
        return nodes
    meeting = ["--rdzv-backend=static", f"--rdzv-conf=timeout={JOIN_TIMEOUT_S}"]
    return [*nodes, *meeting, f"--master-addr={order.address}", f"--master-port={order.port}"]


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> int:
    """Run a node; write its failure where the launcher looks for it; return the exit code."""
    die_with_parent()
    order = parse(arguments)
    os.environ["TORCHELASTIC_LOG_LINE_PREFIX_TEMPLATE"] = "${role_name}"
    threads = max(1, len(os.sched_getaffinity(0)) // order.processes)
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))
    with tempfile.TemporaryDirectory(prefix="flan-node-") as folder:
        node = Node(order, Path(folder))
        signal.signal(signal.SIGTERM, node.stop)
        failure = node.run()
    if failure is None:
        return 0
    if ERROR_FILE in os.environ:
        failure.write(Path(os.environ[ERROR_FILE]))
    return failure.exit_code if failure.exit_code in {DO_NOT_RETRY, TRY_AGAIN} else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

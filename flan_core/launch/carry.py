"""The files of a node: used in place, or brought from a store before and sent to it afterwards.

    --path  packs=/data/packs                 used where it is
    --fetch packs=s3://…/packs                fetched before the ranks start
    --send  checkpoint=s3://…/checkpoint      sent when they are done, by node 0
    --state /tmp/state=s3://…/state           brought before, sent whenever a checkpoint is whole

A checkpoint is whole when its folder has a manifest, which is written last; so it is sent last.
The lines of the steps before it (``steps.jsonl``, in the output) go with it.
"""

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree

from flan_core.errors import DO_NOT_RETRY, FlanError, Transient
from flan_core.launch.failure import Failure
from flan_core.store import Store

MANIFEST = "manifest.json"
"""The file that makes a checkpoint whole (flan_core/train/checkpoint.py)."""
STEPS = "steps.jsonl"
"""The file of an output that grows with the training, and without which it would lose its past."""
SEND_EVERY_S = 5.0
"""Seconds between looks for a new checkpoint."""


class Carried:
    """Inputs, outputs and restartable state of the work on this node."""

    def __init__(
        self,
        paths: Sequence[str],
        fetch: Sequence[str],
        send: Sequence[str],
        state: str,
        folder: Path,
    ) -> None:
        """Take ``NAME=WHERE`` pairs; files of stores are put under ``folder``."""
        self._local = {name: Path(where) for name, where in map(_pair, paths)}
        self._fetch, self._send = dict(map(_pair, fetch)), dict(map(_pair, send))
        for name in (*self._fetch, *self._send):
            self._local[name] = folder / "files" / name
        where, _, address = state.partition("=")
        lines = [self._local[name] / STEPS for name in self._send]
        self._state = State(Path(where), address, lines) if where else None

    def arguments(self) -> list[str]:
        """Return the step's arguments: ``--packs FOLDER --checkpoint FOLDER``."""
        return [part for name, path in self._local.items() for part in (f"--{name}", str(path))]

    def progress(self) -> list[str]:
        """Return the names of the checkpoints; a change means that work was kept."""
        return self._state.whole() if self._state else []

    @contextmanager
    def carried(self, *, first: bool) -> Iterator[None]:
        """Bring inputs and state; send new state meanwhile, if this is the first node."""
        for name, address in self._fetch.items():
            _say(f"fetching {name} from {address}")
            Store.of(address).get_folder("", self._local[name])
        if self._state is None or not self._send:
            yield
            return
        self._state.bring()
        with self._state.kept(send=first):
            yield

    def finish(self, failure: Failure | None) -> None:
        """Send the outputs of work that is done, or that says in them why it can never be."""
        if failure is not None and failure.exit_code != DO_NOT_RETRY:
            return
        for name, address in self._send.items():
            if self._local[name].is_dir():
                _say(f"sending {name} to {address}")
                Store.of(address).put_folder(self._local[name])
        if failure is None and self._state:
            self._state.forget()


class State:
    """Checkpoints to go on from, here and in a store."""

    def __init__(self, folder: Path, address: str, lines: Sequence[Path] = ()) -> None:
        """Keep ``folder`` as ``address`` has it; without one, ``folder`` itself outlives the node.

        ``lines`` are files elsewhere that belong to the state, each of a name of its own.
        """
        self.folder, self.address, self.lines = folder, address, lines
        self._sent: set[str] = set()

    def whole(self) -> list[str]:
        """Return the names of whole checkpoints, oldest first."""
        return sorted(path.parent.name for path in self.folder.glob(f"step-*/{MANIFEST}"))

    def bring(self) -> None:
        """Fetch the whole checkpoints of the store; what else is there is half of one."""
        store = self._store()
        entries = store.list()
        for path in self.lines:
            if path.name in {entry.key for entry in entries}:
                store.get(path.name, path)
        if not self.address:
            return
        names = {entry.key.partition("/")[0] for entry in entries if _completes(entry.key)}
        for name in sorted(names):
            _say(f"fetching {name} from {self.address}")
            try:
                store.get_folder(name, self.folder / name)
            except (FlanError, OSError):
                rmtree(self.folder / name, ignore_errors=True)
                raise
        self._sent = names

    def send(self) -> None:
        """Send checkpoints that the store lacks, then remove those that are not kept here."""
        store, here = self._store(), self.whole()
        fresh = sorted(set(here) - self._sent)
        for path in self.lines if fresh else ():
            if path.is_file():
                store.put(path.name, path)
        if not self.address:
            self._sent = set(here)
            return
        for name in fresh:
            paths = [path for path in (self.folder / name).rglob("*") if path.is_file()]
            for path in sorted(paths, key=_last):
                store.put(path.relative_to(self.folder).as_posix(), path)
            self._sent.add(name)
        for name in self._sent - set(here):
            self._remove(store, name)
            self._sent.discard(name)

    def forget(self) -> None:
        """Remove the state from the store: the work is done."""
        if not self.address:
            return
        store = self._store()
        names = {entry.key.partition("/")[0] for entry in store.list() if "/" in entry.key}
        for name in sorted(names):
            self._remove(store, name)
        for path in self.lines:
            store.remove(path.name)

    def _store(self) -> Store:
        return Store.of(self.address or str(self.folder))

    @contextmanager
    def kept(self, *, send: bool) -> Iterator[None]:
        """Send new checkpoints while the body runs, and once more at its end."""
        if not send:
            yield
            return
        done = threading.Event()
        thread = threading.Thread(target=self._keep, args=(done,), daemon=True, name="state")
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _keep(self, done: threading.Event) -> None:
        """Send until done; a store that is away for a while must not end the training."""
        over = False
        while not over:
            over = done.wait(SEND_EVERY_S)
            try:
                self.send()
            except Transient as error:
                _say(f"state is not sent yet: {error}")
            except (FlanError, OSError) as error:
                _say(f"state cannot be sent: {error}")

    @staticmethod
    def _remove(store: Store, name: str) -> None:
        """Remove a checkpoint, its manifest first: half of one must not look whole."""
        keys = [entry.key for entry in store.list(f"{name}/")]
        for key in sorted(keys, key=lambda key: not key.endswith(MANIFEST)):
            store.remove(key)


def _completes(key: str) -> bool:
    return key.endswith(f"/{MANIFEST}")


def _last(path: Path) -> tuple[bool, str]:
    """Sort a manifest behind what it vouches for."""
    return path.name == MANIFEST, str(path)


def _pair(text: str) -> tuple[str, str]:
    name, _, where = text.partition("=")
    return name, where


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)

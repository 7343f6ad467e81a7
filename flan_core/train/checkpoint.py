"""Restartable state: sharded, asynchronous, and never believed before it is checked.

    state/step-00000500/   __0_0.distcp  __1_0.distcp  .metadata      written by DCP, a file a rank
                           manifest.json   SHA-256 of each file, written last: with it, it is whole
    state/step-00000400/   the one before

No format notices a flipped byte, and DCP's ``.metadata`` is a pickle: so nothing in a folder is
opened before every file has the hash that the manifest gives. A folder that fails is left for
people to look at, its manifest renamed, and the one before it is taken.
"""

import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shutil import disk_usage, rmtree
from typing import Any

import torch
from torch import Tensor
from torch.distributed.checkpoint.state_dict_loader import load
from torch.distributed.checkpoint.state_dict_saver import save

from flan_core import schemas, telemetry
from flan_core.errors import BadInput
from flan_core.train.shard import World, buffer_like, local, on_cpu

SCHEMA = "state/1"
MANIFEST = "manifest.json"
REJECTED = "rejected.json"
"""Name of a manifest whose files are not what it says."""
SPARE = 1.05
"""Free space asked for before a save, of the bytes to write."""

State = Mapping[str, Tensor]


@dataclass(frozen=True)
class Saved:
    """A whole checkpoint."""

    folder: Path
    step: int
    """Updates made."""
    notes: dict[str, Any] = field(default_factory=dict)
    """What the loop needs besides tensors."""


class Checkpoints:
    """The checkpoints of one run in one folder that all ranks see."""

    def __init__(
        self, folder: Path, world: World, *, identity: Mapping[str, Any], keep: int, keep_every: int
    ) -> None:
        """Use ``folder``; ``identity`` says of what data and settings its checkpoints must be.

        ``keep`` newest ones stay, and for good those of each ``keep_every`` steps (0: none).
        """
        self.folder, self._world, self._identity = folder, world, dict(identity)
        self._keep, self._keep_every = keep, keep_every
        self._writing: threading.Thread | None = None
        self._failure: BaseException | None = None
        self._buffers: dict[str, Tensor] = {}

    def newest(self) -> Saved | None:
        """Return the newest checkpoint that is whole and unharmed, or None; the same on all ranks.

        Raises:
            BadInput: it was made of other data or with other settings.
        """
        for folder in self._world.share(self._candidates() if self._world.first else []):
            began = time.perf_counter()
            manifest, wrong = _read_manifest(folder)
            wrong = wrong or self._harm(folder, manifest["files"])
            telemetry.CHECKPOINT_SECONDS.labels(phase="verify").observe(time.perf_counter() - began)
            if wrong:
                self._reject(folder, wrong)
                continue
            self._refuse_other(folder, manifest["identity"])
            return Saved(folder, manifest["step"], manifest["notes"])
        return None

    def load(self, saved: Saved, state: State) -> None:
        """Read a checkpoint into the tensors of ``state``, whatever number of ranks wrote it.

        Raises:
            BadInput: it holds other tensors than ``state``.
        """
        manifest = schemas.read_json(saved.folder / MANIFEST, SCHEMA)
        found, wanted = manifest["tensors"], _describe(state)
        for name in sorted(found.keys() | wanted.keys()):
            if found.get(name) != wanted.get(name):
                raise BadInput(
                    f"{saved.folder} holds {name} as {found.get(name, 'nothing')} but the model "
                    f"has {wanted.get(name, 'nothing')}; it is of another model: empty "
                    f"{self.folder}"
                )
        load(dict(state), checkpoint_id=saved.folder, process_group=self._world.background)

    def save(self, step: int, state: State, notes: Mapping[str, Any]) -> None:
        """Begin to save; returns when the state is copied, while a thread writes it.

        Raises:
            BadInput: there is no room, or the save before this one failed.
        """
        self.finish()
        folder = self.folder / f"step-{step:08d}"
        # The first rank writes the manifest last, and another may not see it yet: one decides.
        if self._world.share(self._world.first and (folder / MANIFEST).is_file()):
            return
        began = time.perf_counter()
        self._make_room(folder, state)
        staged = self._stage(state)
        telemetry.CHECKPOINT_SECONDS.labels(phase="stage").observe(time.perf_counter() - began)
        manifest = {
            "step": step,
            "notes": dict(notes),
            "identity": self._identity,
            "tensors": _describe(state),
        }
        self._writing = threading.Thread(
            target=self._write, args=(folder, staged, manifest), name="checkpoint", daemon=True
        )
        self._writing.start()

    def finish(self) -> None:
        """Wait until the last save is whole.

        Raises:
            BadInput: it failed.
        """
        if self._writing is not None:
            self._writing.join()
            self._writing = None
        if self._failure is not None:
            raise BadInput(
                f"a checkpoint could not be written to {self.folder}, which has "
                f"{_mib(disk_usage(self.folder).free)} left: {_first_line(self._failure)}. The one "
                "before is untouched; free some space, or set state to another folder"
            ) from self._failure

    def discard(self) -> None:
        """Delete what is not kept for good: the run is over."""
        if not self._world.first:
            return
        for folder in self.folder.glob("step-*"):
            if not self._for_good(folder):
                rmtree(folder, ignore_errors=True)

    def _candidates(self) -> list[Path]:
        """List the folders that have a manifest, newest first."""
        folders = sorted(self.folder.glob("step-*"), reverse=True)
        return [folder for folder in folders if (folder / MANIFEST).is_file()]

    def _harm(self, folder: Path, files: Mapping[str, Mapping[str, Any]]) -> str:
        """Return what is wrong with a folder's files, each rank hashing its share of them."""
        mine = sorted(files)[self._world.rank :: self._world.size]
        found = [_harm_of(folder / name, files[name]) for name in mine]
        return next((each for part in self._world.gather(found) for each in part if each), "")

    def _reject(self, folder: Path, wrong: str) -> None:
        reason = wrong.partition(":")[0]
        telemetry.CHECKPOINT_REJECTED.labels(reason=reason).inc()
        if self._world.first:
            (folder / MANIFEST).replace(folder / REJECTED)
            print(f"train: {wrong.partition(': ')[2]}; {folder} is not used", file=sys.stderr)
        self._world.wait()

    def _refuse_other(self, folder: Path, identity: Mapping[str, Any]) -> None:
        for name, wanted in self._identity.items():
            if identity.get(name) != wanted:
                raise BadInput(
                    f"{folder} was made with {name} {identity.get(name)!r}, not {wanted!r}; go on "
                    f"with the old one, or empty {self.folder} to begin anew"
                )

    def _make_room(self, folder: Path, state: State) -> None:
        needs = sum(self._world.gather(sum(local(each).nbytes for each in state.values())))
        if self._world.first:
            rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        free = self._world.share(disk_usage(self.folder).free if self._world.first else 0)
        if free < needs * SPARE:
            if self._world.first:
                rmtree(folder, ignore_errors=True)
            raise BadInput(
                f"disk full: the checkpoint {folder} needs {_mib(needs * SPARE)} but {self.folder} "
                f"has {_mib(free)} left; the checkpoint before is untouched. Free some space, keep "
                "fewer (keep), or set state to another folder"
            )

    def _stage(self, state: State) -> dict[str, Tensor]:
        """Copy this rank's parts into buffers on the CPU that stay from save to save."""
        for name, tensor in state.items():
            if name not in self._buffers:
                self._buffers[name] = buffer_like(local(tensor))
            self._buffers[name].copy_(local(tensor), non_blocking=True)
        if self._world.device.type == "cuda":
            torch.cuda.synchronize()
        return {
            name: on_cpu(self._buffers[name], tensor, self._world) for name, tensor in state.items()
        }

    def _write(self, folder: Path, staged: State, manifest: dict[str, Any]) -> None:
        """Write the files, hash them, write the manifest, delete what is old; in a thread."""
        began = time.perf_counter()
        try:
            save(dict(staged), checkpoint_id=folder, process_group=self._world.background)
            mine = folder.glob(f"__{self._world.rank}_*")
            own = [*mine, folder / ".metadata"] if self._world.first else list(mine)
            files = {path.name: _describe_file(path) for path in own}
            gathered = self._world.gather(files)
            if self._world.first:
                manifest["files"] = {k: v for part in gathered for k, v in part.items()}
                schemas.write_json(folder / MANIFEST, SCHEMA, manifest)
                self._prune()
        except BaseException as error:  # noqa: BLE001 - raised again by the training thread
            self._failure = error
            return
        telemetry.CHECKPOINT_SECONDS.labels(phase="write").observe(time.perf_counter() - began)
        telemetry.CHECKPOINT_LAST_SUCCESS.set_to_current_time()

    def _prune(self) -> None:
        """Delete what is older than the newest few, and what a kill left half-written."""
        temporary = [folder for folder in self._candidates() if not self._for_good(folder)]
        halves = [each for each in self.folder.glob("step-*") if not _is_told(each)]
        for folder in [*temporary[self._keep :], *halves]:
            (folder / MANIFEST).unlink(missing_ok=True)
            rmtree(folder, ignore_errors=True)

    def _for_good(self, folder: Path) -> bool:
        step = int(folder.name.partition("-")[2])
        return bool(self._keep_every) and step % self._keep_every == 0


def _read_manifest(folder: Path) -> tuple[dict[str, Any], str]:
    """Return the manifest and what is wrong with it, one of them empty."""
    try:
        return schemas.read_json(folder / MANIFEST, SCHEMA), ""
    except BadInput as error:
        return {}, f"checksum: {error}"


def _is_told(folder: Path) -> bool:
    """Tell whether a folder was once whole."""
    return (folder / MANIFEST).is_file() or (folder / REJECTED).is_file()


def _first_line(error: BaseException) -> str:
    """Return the root of an error in a line; DCP wraps each rank's in its own."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__


def _describe(state: State) -> dict[str, str]:
    return {name: f"{tuple(each.shape)} {each.dtype}" for name, each in state.items()}


def _describe_file(path: Path) -> dict[str, Any]:
    return {"bytes": path.stat().st_size, "sha256": schemas.file_sha256(path)}


def _harm_of(path: Path, wanted: Mapping[str, Any]) -> str:
    """Return ``reason: message`` where a file is not what the manifest says."""
    if not path.is_file():
        return f"missing: {path} is missing"
    size = path.stat().st_size
    if size != wanted["bytes"]:
        return f"truncated: {path} has {size} bytes, not {wanted['bytes']}"
    found = schemas.file_sha256(path)
    if found != wanted["sha256"]:
        return f"checksum: {path} has SHA-256 {found[:12]}…, not {wanted['sha256'][:12]}…"
    return ""


def _mib(size: float) -> str:
    return f"{size / 2**20:,.1f} MiB"

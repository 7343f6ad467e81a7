"""One training run from packs to a finished model, in each of its processes."""

import faulthandler
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from flan_core import schemas, telemetry
from flan_core.config import Train
from flan_core.errors import BadInput
from flan_core.model.adapt import save_soft_prompt
from flan_core.model.proof import prove
from flan_core.packs import Packs
from flan_core.progress import Track
from flan_core.tokens import Tokenizer
from flan_core.train.batches import Feed
from flan_core.train.build import build, finished, trained_parameters
from flan_core.train.checkpoint import Checkpoints, Saved
from flan_core.train.dev import Patience, dev_loss
from flan_core.train.export import STEPS, export, record
from flan_core.train.history import History, Stopped
from flan_core.train.log import FlopsOf, Log, device_name, flops_counts, own_version, peak_flops
from flan_core.train.loop import Result, Trainer
from flan_core.train.optimise import make_optimiser
from flan_core.train.shard import World, full_tensors, joined, losing_ranks, reshard_all

START_TIMEOUT_S = 1_800
"""Seconds that ranks wait for each other before the first step, while weights are read."""

PATIENCE = 1.5
"""A process gives itself up after this many timeouts: a failed exchange says more and is first."""

FREE_SETTINGS = (
    "micro_packs", "checkpoint_activations", "compile", "save_every", "keep", "keep_every", "state",
    "timeout_s", "metrics_port", "metrics_linger_s", "eval_every", "patience",
)  # fmt: skip
"""Settings that a run may be continued with another value of: they do not change what it learns."""


def train(config: Train, *, packs: Path, checkpoint: Path) -> None:
    """Train ``config.model`` on ``packs`` and leave a Hugging Face folder in ``checkpoint``.

    Every process of the job calls this. What to go on from lies in ``checkpoint/state`` (or
    ``config.state``) until the run is over.

    Raises:
        BadInput: what another attempt cannot cure: other data than the state was made of, a model
            that leaks, no memory, no disk, a loss that is not finite.
        Transient: SIGTERM came; the state is saved.
    """
    data = Packs.open(packs)
    with joined(timeout_s=START_TIMEOUT_S) as world:
        state = Path(config.state) if config.state else checkpoint / "state"
        port = config.metrics_port if world.local_rank == 0 else 0
        with (
            telemetry.serve(port, config.metrics_linger_s),
            History(state, writes=world.first) as history,
            losing_ranks(),
        ):
            mixture = data.about.get("mixture_sha256", "")[:12]
            telemetry.BUILD.labels(config.model, mixture, own_version()).set(1)
            Run(config, data, world, Folders(packs, checkpoint, state), history).all()
        if world.first and state.is_dir() and not any(state.iterdir()):
            state.rmdir()


def _dev_packs(packs: Path) -> Packs:
    """Open the dev packs beside the packs.

    Raises:
        BadInput: there are none.
    """
    folder = packs / "dev"
    if not folder.is_dir():
        raise BadInput(
            f"train.eval_every asks for the loss on dev packs, and {packs} has none: set "
            "pack.dev_steps and fetch dev rows, or set train.eval_every to 0"
        )
    return Packs.open(folder)


@dataclass(frozen=True)
class Folders:
    """Where a run reads and writes."""

    packs: Path
    checkpoint: Path
    state: Path


class Run:
    """The parts of one run, in the order they are made."""

    def __init__(
        self, config: Train, data: Packs, world: World, folders: Folders, history: History
    ) -> None:
        """Make the model and prove it."""
        self.config, self.data, self.world = config, data, world
        self.folder, self.history = folders.checkpoint, history
        self.dev = _dev_packs(folders.packs) if config.eval_every else None
        for each in (data, self.dev) if world.first else ():
            if each is not None:
                each.verify()
        self.built = build(config, data, world)
        self.proof = prove(
            self.built.scorer,
            length=data.length,
            dtype=self.built.shape.dtype,
            device=world.device,
        )
        reshard_all(self.built.scorer)
        self.parameters = trained_parameters(self.built.scorer)
        self.optimiser = make_optimiser(config, self.parameters, world.sum_)
        self.checkpoints = Checkpoints(
            folders.state,
            world,
            identity=identity(config, data),
            keep=config.keep,
            keep_every=config.keep_every,
        )
        self.patience = Patience(config.patience)
        self.trainer = Trainer(
            config,
            self.built.scorer,
            self.optimiser,
            world,
            num_steps=data.num_steps,
            num_tasks=len(data.tasks),
        )

    def all(self) -> None:
        """Train from where the state stands to the end, and export."""
        saved = self.checkpoints.newest()
        start = self._resume(saved) if saved else 0
        self.world.set_timeout(self.config.timeout_s)
        with stopping(self.trainer):
            steps = self._train(start)
        self._export(steps)

    def _feed_of(self, packs: Packs) -> Feed:
        return Feed(
            packs,
            rank=self.world.rank,
            size=self.world.size,
            shape=self.built.shape,
            device=self.world.device,
        )

    def _resume(self, saved: Saved) -> int:
        self.checkpoints.load(saved, self._state())
        self.patience.losses = list(saved.notes["dev_losses"])
        self.trainer.spikes.resume(saved.notes["spikes"])
        self.optimiser.resume(saved.step - len(self.trainer.spikes.skipped))
        if self.world.first:
            print(f"train: goes on at step {saved.step} from {saved.folder}", file=sys.stderr)
        return saved.step

    def _state(self) -> dict[str, Tensor]:
        model = {f"model.{name}": each.detach() for name, each in self.parameters.items()}
        return model | {f"optimiser.{name}": each for name, each in self.optimiser.state().items()}

    def _train(self, start: int) -> int:
        """Train to the end or to the end of patience; returns the steps made.

        Raises:
            Transient: SIGTERM came; the state is saved.
        """
        results = self.trainer.run(self._feed_of(self.data), start=start, stop=self.data.num_steps)
        steps = self.data.num_steps - start
        with self._log(start) as log, self._track(steps) as track:
            more = steps > 0 and not self.patience.is_over
            done = self._steps(results, log, track) if more else start
        self._save(done)
        return done

    def _track(self, steps: int) -> AbstractContextManager[Track | None]:
        return Track("train", steps, "steps") if self.world.first else nullcontext()

    def _steps(self, results: Iterator[Result], log: Log, track: Track | None) -> int:
        done = 0
        for result in results:
            self._alive()
            done = result.step.number + 1
            loss = self._dev_loss(done)
            log.add(result, dev_loss=loss)
            if track is not None:
                track.advance(1, note=f"loss {result.loss:.3f}")
            self._save_when_due(done, result.stop)
            if self.patience.is_over:
                break
        return done

    def _alive(self) -> None:
        alive(self.config.timeout_s)

    def _dev_loss(self, done: int) -> float | None:
        if self.dev is None or done % self.config.eval_every:
            return None
        feed = self._feed_of(self.dev)
        loss = dev_loss(self.built.scorer, feed, self.dev.num_steps, self.world, tick=self._alive)
        self.patience.take(loss)
        return loss

    def _save_when_due(self, done: int, stop: bool) -> None:
        due = self.config.save_every and done % self.config.save_every == 0
        if due or stop:
            self._save(done)
        if stop:
            self.checkpoints.finish()
            raise Stopped(f"stopped by SIGTERM after step {done - 1}; its state is saved")

    def _save(self, done: int) -> None:
        faulthandler.cancel_dump_traceback_later()  # a slow disk is no hang
        notes = {"dev_losses": self.patience.losses, "spikes": self.trainer.spikes.state()}
        self.checkpoints.save(done, self._state(), notes)
        self._alive()

    def _log(self, start: int) -> Log:
        counts = flops_counts(self.built.scorer)
        peak = peak_flops(self.world.device) * self.world.size
        path = self.folder / STEPS if self.world.first else None
        flops_of = FlopsOf(*counts, peak)
        return Log(path, self.data, flops_of=flops_of, history=self.history, start=start)

    def _export(self, steps: int) -> None:
        """Write the finished model; the state is deleted when that is whole."""
        faulthandler.cancel_dump_traceback_later()
        trained = full_tensors(self.parameters, self.world)
        if self.world.first:
            model, weights = finished(self.config, self.data, self.built, trained)
            export(self.folder, model, weights, self.data.tokenizer)
            if "prompt" in trained:
                folder = self.folder / "soft_prompt"
                save_soft_prompt(trained["prompt"], model, self.config.model, folder)
            record(self.folder, self.config, self.data.about, self._facts(steps))
        self.checkpoints.finish()
        self.world.wait()
        self.checkpoints.discard()

    def _facts(self, steps: int) -> dict[str, Any]:
        return {
            "steps": steps,
            "skipped_steps": len(self.trainer.spikes.skipped),
            "parameters": sum(each.numel() for each in self.built.scorer.parameters()),
            "trained_parameters": sum(each.numel() for each in self.parameters.values()),
            "world_size": self.world.size,
            "commit": self.built.commit,
            "device": device_name(self.world.device),
            "dtype": str(self.built.stored).removeprefix("torch."),
            "compute_dtype": str(self.built.shape.dtype).removeprefix("torch."),
            "micro_packs": self.built.shape.micro_packs,
            "packs_sha256": self.data.sha256,
            "tokenizer_sha256": Tokenizer.open(self.data.tokenizer).sha256,
            "proof": asdict(self.proof),
            "plan": asdict(self.built.plan),
        }


def identity(config: Train, data: Packs) -> dict[str, Any]:
    """Return what a state must have been made of to be continued."""
    settings = {name: value for name, value in asdict(config).items() if name not in FREE_SETTINGS}
    tokenizer = data.tokenizer / "tokenizer.json"
    digest = schemas.file_sha256(tokenizer) if tokenizer.is_file() else ""
    return {"packs": data.sha256, "tokenizer": digest, **settings}


@contextmanager
def stopping(trainer: Trainer) -> Iterator[None]:
    """Within the block, SIGTERM makes training save and stop after the step it is in."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: object) -> None:
        trainer.stop = True

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def alive(timeout_s: float) -> None:
    """Kill this process, saying where it stood, unless this is called again in time.

    The watch is a thread of C, so it sees a loop that never lets go of the interpreter; a process
    that is stopped altogether is found by the others, whose exchanges fail after the same time.
    """
    faulthandler.dump_traceback_later(PATIENCE * timeout_s, exit=True)

"""The training loop: what happens in one step, in the order it happens.

    batch ─▶ forward, backward (micro by micro) ─▶ one exchange: norm, losses, stop?, paces
          ─▶ every rank sees the same numbers: not finite → all stop before the update
                                               a spike    → all leave out the update
          ─▶ optimiser (its one exchange) ─▶ a line of steps.jsonl ─▶ checkpoint when due

What decides is the same number on every rank, so that none goes on alone.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from flan_core import telemetry
from flan_core.config import Train
from flan_core.errors import BadInput
from flan_core.model.head import Scorer
from flan_core.seeds import seed_of
from flan_core.train.batches import Feed, Step
from flan_core.train.optimise import Optimiser, learning_rate_at
from flan_core.train.pace import Pace, scores
from flan_core.train.shard import World, accumulate, locals_of
from flan_core.train.spikes import Spikes


@dataclass(frozen=True)
class Result:
    """What a step gave, the same on every rank."""

    step: Step
    losses: tuple[float, ...]
    """Summed cross entropy of each task, in nats."""
    gradient_norm: float
    learning_rate: float
    seconds: float
    data_wait: float
    stop: bool
    """Whether some rank was asked to stop."""
    skipped: bool = False
    """Whether the update was left out because of a spike."""

    @property
    def loss(self) -> float:
        """Mean cross entropy of a target token, in nats."""
        return _mean(self.losses, self.step)


class Trainer:
    """A sharded model, its optimiser and the ranks they live on."""

    def __init__(
        self,
        config: Train,
        scorer: Scorer,
        optimiser: Optimiser,
        world: World,
        *,
        num_steps: int,
        num_tasks: int,
    ) -> None:
        """Take what is trained; ``num_steps`` is where the schedule ends."""
        self.num_tasks = num_tasks
        self.config, self.scorer, self.optimiser = config, scorer, optimiser
        self.world, self.num_steps = world, num_steps
        self.stop = False
        self.spikes = Spikes(config.spike_sigmas)
        self.pace = Pace(world.device)
        layer = scorer.layers[len(scorer.layers) // 2]
        layer.forward = self.pace.timed(layer.forward)
        self._trained = [each for each in scorer.parameters() if each.requires_grad]

    def run(self, feed: Feed, *, start: int, stop: int) -> Iterator[Result]:
        """Train from step ``start`` to ``stop``, yielding after each update.

        Raises:
            BadInput: a loss or a gradient is not finite, or spikes once more; the update was not
                made on any rank.
        """
        began, waited = time.perf_counter(), feed.waited
        for step in feed.steps(start, stop):
            losses = self._backward(step)
            numbers = self._exchange(losses)
            self._refuse_non_finite(step, numbers)
            rate = learning_rate_at(self.config, step.number, self.num_steps)
            skipped = self._skips(step, numbers)
            if not skipped:
                self.optimiser.step(rate, self._clipping(numbers.norm))
            self.scorer.zero_grad(set_to_none=True)
            now = time.perf_counter()
            yield Result(
                step=step,
                losses=numbers.losses,
                gradient_norm=numbers.norm,
                learning_rate=rate,
                seconds=now - began,
                data_wait=feed.waited - waited,
                stop=numbers.stop,
                skipped=skipped,
            )
            began, waited = now, feed.waited

    def _backward(self, step: Step) -> Tensor:
        """Compute the gradients; return the summed loss of each task on this rank."""
        sums = torch.zeros(self.num_tasks, dtype=torch.float64, device=self.world.device)
        self.pace.begin()
        for index, micro in enumerate(step.micros):
            accumulate(self.scorer, last=index == len(step.micros) - 1)
            # Dropout depends on names, not on what ran before: a resumed run needs no RNG state.
            name = ("dropout", self.config.seed, step.number, self.world.rank, index)
            torch.manual_seed(seed_of(*name) % 2**63)
            losses = self.scorer(micro.rows)
            (losses.sum() / max(1, step.targets)).backward()
            sums.index_add_(0, micro.tasks, losses.detach().double())
        self.pace.end()
        return sums

    def _exchange(self, losses: Tensor) -> "_Numbers":
        """Add the squares of the gradient, the losses and the wish to stop over all ranks.

        Each rank's pace rides along in a place of its own, zero on the others.
        """
        gradients = [each.grad for each in self._trained if each.grad is not None]
        norms = torch.stack(torch._foreach_norm(locals_of(gradients)))
        stop = torch.tensor([float(self.stop)], dtype=torch.float64, device=losses.device)
        paces = [0.0] * self.world.size
        paces[self.world.rank] = self.pace.seconds
        riding = torch.tensor(paces, dtype=torch.float64, device=losses.device)
        flat = torch.cat([norms.double().square().sum()[None], stop, losses, riding])
        squares, stops, *sums = self.world.sum_(flat).tolist()
        self.pace.take()
        self._measure(sums[self.num_tasks :])
        return _Numbers(norm=squares**0.5, stop=stops > 0, losses=tuple(sums[: self.num_tasks]))

    def _measure(self, paces: list[float]) -> None:
        if self.world.first:
            for rank, score in enumerate(scores(paces)):
                telemetry.RANK_SCORE.labels(rank=str(rank)).set(score)

    def _skips(self, step: Step, numbers: "_Numbers") -> bool:
        spikes = self.spikes.take(step.number, _mean(numbers.losses, step), numbers.norm)
        if spikes:
            telemetry.STEPS_SKIPPED.labels(reason="spike").inc()
        return spikes

    def _refuse_non_finite(self, step: Step, numbers: "_Numbers") -> None:
        wrong = [
            name
            for name, value in (("loss", sum(numbers.losses)), ("gradient norm", numbers.norm))
            if not torch.isfinite(torch.tensor(value))
        ]
        if wrong:
            telemetry.STEPS_SKIPPED.labels(reason="non_finite").inc()
            raise BadInput(
                f"{' and '.join(wrong)} of step {step.number} not finite on at least one rank; all "
                "ranks stopped before the update. Lower the learning rate, or check the rows of "
                "this step; the last checkpoint is untouched"
            )

    def _clipping(self, norm: float) -> float:
        clip = self.config.clip_norm
        return 1.0 if not clip else min(1.0, clip / max(norm, 1e-12))


def _mean(losses: Sequence[float], step: Step) -> float:
    return sum(losses) / max(1, step.targets)


@dataclass(frozen=True)
class _Numbers:
    norm: float
    stop: bool
    losses: tuple[float, ...]

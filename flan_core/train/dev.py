"""The loss on dev rows while training, and when to stop because of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch

from flan_core.model.head import Scorer
from flan_core.train.batches import Feed
from flan_core.train.shard import World, reshard_all


@dataclass
class Patience:
    """How long the dev loss has not become better."""

    limit: int
    """Evaluations in a row without a better loss before stopping; 0 never stops."""
    losses: list[float] = field(default_factory=list)
    """The best loss, then those after it that were not better."""

    def take(self, loss: float) -> None:
        """Take in a loss."""
        better = not self.losses or loss < self.losses[0]
        self.losses = [loss] if better else [*self.losses, loss]

    @property
    def is_over(self) -> bool:
        """Whether to stop."""
        return 0 < self.limit < len(self.losses)


def dev_loss(
    scorer: Scorer, feed: Feed, num_steps: int, world: World, *, tick: Callable[[], None]
) -> float:
    """Return the mean cross entropy of all dev targets, in nats; all ranks call this.

    ``tick`` is called before each step, to say that there is life.
    """
    sums = torch.zeros((), dtype=torch.float64, device=world.device)
    targets = 0
    scorer.eval()
    with torch.no_grad():
        for step in feed.steps(0, num_steps):
            tick()
            targets += step.targets
            sums += sum_of([scorer(micro.rows) for micro in step.micros])
    reshard_all(scorer)
    scorer.train()
    return float(world.sum_(sums)) / max(1, targets)


def sum_of(losses: Sequence[torch.Tensor]) -> torch.Tensor:
    """Return the sum of all elements in float64."""
    return torch.cat(list(losses)).double().sum()

"""The optimiser and the learning rate of each step."""

import math
from collections.abc import Callable, Mapping
from typing import Protocol

import torch
from torch import Tensor, nn

from flan_core.config import Train
from flan_core.train.adafactor import Adafactor, Hyper


class Optimiser(Protocol):
    """What training needs of an optimiser."""

    steps: int

    def step(self, learning_rate: float, scale: float) -> None:
        """Update the parameters by their gradients times ``scale``."""

    def state(self) -> dict[str, Tensor]:
        """Return the state by name, to save and to load into."""

    def resume(self, steps: int) -> None:
        """Count ``steps`` as made."""


def make_optimiser(
    config: Train,
    parameters: Mapping[str, nn.Parameter],
    add_over_ranks: Callable[[Tensor], Tensor],
) -> Optimiser:
    """Return the optimiser of ``config`` over the parameters that are trained."""
    if config.optimizer == "adafactor":
        hyper = Hyper(scale_parameter=config.scale_parameter, weight_decay=config.weight_decay)
        return Adafactor(parameters, add_over_ranks, hyper)
    return AdamW(parameters, weight_decay=config.weight_decay)


class AdamW:
    """torch's fused AdamW, its state named and made at once so that it can be loaded into."""

    def __init__(self, parameters: Mapping[str, nn.Parameter], *, weight_decay: float) -> None:
        """Make the state, all zeros."""
        self._parameters, self.steps = dict(parameters), 0
        self._adamw = torch.optim.AdamW(
            self._parameters.values(), weight_decay=weight_decay, fused=True
        )
        for each in self._parameters.values():
            self._adamw.state[each] = {
                "step": torch.zeros((), dtype=torch.float32, device=each.device),
                "exp_avg": torch.zeros_like(each, requires_grad=False),
                "exp_avg_sq": torch.zeros_like(each, requires_grad=False),
            }

    def step(self, learning_rate: float, scale: float) -> None:
        """Update the parameters by their gradients times ``scale``."""
        self.steps += 1
        gradients = [each.grad for each in self._parameters.values() if each.grad is not None]
        if scale != 1.0:
            torch._foreach_mul_(gradients, scale)
        self._adamw.param_groups[0]["lr"] = learning_rate
        self._adamw.step()

    def resume(self, steps: int) -> None:
        """Count ``steps`` as made, which corrects the bias of the moments."""
        self.steps = steps
        for each in self._parameters.values():
            self._adamw.state[each]["step"].fill_(steps)

    def state(self) -> dict[str, Tensor]:
        """Return both moments by name; the count of steps is the run's."""
        return {
            f"{name}.{moment}": self._adamw.state[each][moment]
            for name, each in self._parameters.items()
            for moment in ("exp_avg", "exp_avg_sq")
        }


def learning_rate_at(config: Train, step: int, num_steps: int) -> float:
    """Return the learning rate of ``step``, counted from zero.

        warm-up   /‾‾‾‾‾‾‾‾  constant, or down to zero on a line or a half cosine

    >>> learning_rate_at(Train(learning_rate=1.0, warmup_steps=2, schedule="linear"), 0, 12)
    0.5
    """
    if step < config.warmup_steps:
        return config.learning_rate * (step + 1) / config.warmup_steps
    if config.schedule == "constant":
        return config.learning_rate
    done = (step - config.warmup_steps) / max(1, num_steps - config.warmup_steps)
    left = 1.0 - done if config.schedule == "linear" else 0.5 * (1.0 + math.cos(math.pi * done))
    return config.learning_rate * left

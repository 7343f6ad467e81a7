"""How fast each rank computes, to find the one that holds up the others.

The ranks of a step end it together, so a step's time tells nothing of one rank. What is timed is
the forward pass of one layer, which holds no exchange: FSDP has gathered it before and shards it
after. Times travel with the next step's exchange; on a GPU they are read from events that are long
past, so that nothing waits.

    seconds  [0.10 0.10 0.13 0.10]      score  [1 1 0.77 1]      median / own, 1 is the median
"""

import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import torch

KEPT = 0.9
"""Share of the mean that a step leaves: packs differ, but a slow rank stays slow."""


class Pace:
    """The time that this rank needs for a layer, a moving mean over steps."""

    def __init__(self, device: torch.device) -> None:
        """Measure on ``device``; nothing is measured outside of ``begin`` and ``end``."""
        self._gpu = device.type == "cuda"
        self._open = False
        self._spans: list[tuple[Any, Any]] = []
        self.seconds = 0.0
        """Of one step; 0 before the first one is over."""

    def timed(self, forward: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``forward``, timed."""

        def run(*arguments: Any, **named: Any) -> Any:
            if not self._open:
                return forward(*arguments, **named)
            began = self._now()
            out = forward(*arguments, **named)
            self._spans.append((began, self._now()))
            return out

        return run

    def begin(self) -> None:
        """Measure from here on."""
        self._open = True

    def end(self) -> None:
        """Measure no more."""
        self._open = False

    def take(self) -> None:
        """Take in what was measured; on a GPU after something else has waited for it."""
        if not self._spans:
            return
        now = sum(self._between(*span) for span in self._spans)
        self.seconds = KEPT * self.seconds + (1 - KEPT) * now if self.seconds else now
        self._spans.clear()

    def _now(self) -> Any:
        if not self._gpu:
            return time.perf_counter()
        event: Any = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        event.record()
        return event

    def _between(self, began: Any, ended: Any) -> float:
        return float(began.elapsed_time(ended) / 1_000 if self._gpu else ended - began)


def scores(seconds: Sequence[float]) -> list[float]:
    """Return each rank's speed against the median; none before all have a time.

    >>> scores([0.1, 0.1, 0.2])
    [1.0, 1.0, 0.5]
    """
    if not all(seconds):
        return []
    middle = median(seconds)
    return [middle / own for own in seconds]

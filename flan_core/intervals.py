"""Compare two scores that are known with their intervals: two runs, champion and challenger."""

from dataclasses import dataclass
from math import hypot

Interval = tuple[float, float]
"""A 95 % interval: low, high."""


@dataclass(frozen=True, slots=True)
class Change:
    """From one score to another: what they were, the difference, its 95 % interval."""

    before: float
    after: float
    difference: float
    interval: Interval

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out no change."""
        return not self.interval[0] <= 0.0 <= self.interval[1]


def change(before: float, was: Interval, after: float, is_now: Interval) -> Change:
    """Return the change between two scores and its interval, as if the two were independent.

    Where both were measured on the same rows the true interval is narrower: this is cautious.
    Source: Zou & Donner 2008, Statistics in Medicine 27(10), the MOVER interval of a difference.

    >>> change(50.0, (47.0, 53.0), 60.0, (56.0, 64.0)).interval
    (5.0, 15.0)
    """
    difference = after - before
    low = difference - hypot(after - is_now[0], was[1] - before)
    high = difference + hypot(is_now[1] - after, before - was[0])
    return Change(before, after, difference, (low, high))

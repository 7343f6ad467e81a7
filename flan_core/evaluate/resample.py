"""How sure a score is: the bootstrap over test rows, and the paired test of two models.

    rows    0 1 2 3 4        one draw: how often each row was taken
    draw    1 0 2 1 1

All templates of a task, and all models, are resampled by the same draws of rows, so that a mean
over templates and a difference between models have honest intervals. Examples that are scored
together (the answers of one question of MultiRC) are drawn together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from flan_core.evaluate.sums import SUMS, Answers, Floats
from flan_core.metrics import Metric
from flan_core.scores import Comparison, Interval
from flan_core.seeds import generator_of

DRAWS_AT_ONCE = 100
"""Draws held in memory together."""
DRAWS_OF_SLOW = 200
"""Draws for a metric that must be computed anew for each (Spearman's correlation)."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric on one set of answers, and on each draw of its rows."""

    value: float
    draws: Floats
    """[draws]"""
    each: Floats | None
    """Per row, where the metric is their mean."""


class Draws:
    """Draws of rows for one task: the same for all its templates and models."""

    def __init__(self, task: str, groups: Sequence[str], count: int, seed: int) -> None:
        """Draw ``count`` times; rows of one group (its name not empty) are drawn together."""
        names = [group or f" {row}" for row, group in enumerate(groups)]
        places = {name: place for place, name in enumerate(dict.fromkeys(names))}
        self.unit: npt.NDArray[np.int64] = np.array([places[name] for name in names], np.int64)
        self.units, self.count, self._names = len(places), count, (task, seed)

    @cached_property
    def _counts(self) -> list[npt.NDArray[np.uint8]]:
        """Blocks of [draws, units]: how often each unit was taken, in a byte."""
        random = generator_of("bootstrap", *self._names)
        blocks = []
        for first in range(0, self.count, DRAWS_AT_ONCE):
            size = min(DRAWS_AT_ONCE, self.count - first)
            taken = random.integers(0, self.units, (size, self.units))
            flat = taken + np.arange(size)[:, None] * self.units
            counts = np.bincount(flat.ravel(), minlength=size * self.units)
            blocks.append(np.minimum(counts, 255).astype(np.uint8).reshape(size, self.units))
        return blocks

    def blocks(self) -> Iterator[Floats]:
        """Yield blocks of [draws, rows]: how often each row was taken."""
        for counts in self._counts:
            yield counts[:, self.unit].astype(np.float64)

    def of_each(self, each: Floats) -> Measured:
        """Return the mean of the rows' values, and of each draw."""
        draws = [(block @ each) / block.sum(1) for block in self.blocks()]
        return Measured(float(each.mean()), np.concatenate(draws), each)

    def of_whole(self, metric: Metric, answers: Answers) -> Measured:
        """Return the metric of the whole set, and of each draw."""
        value = metric.score(answers.accepted, answers.said, answers.groups)
        if metric.name in SUMS:
            summands, finish = SUMS[metric.name](answers)
            draws = [finish(block @ summands) for block in self.blocks()]
            return Measured(value, np.concatenate(draws), None)
        return Measured(value, self._anew(metric, answers), None)

    def _anew(self, metric: Metric, answers: Answers) -> Floats:
        """Score draws from scratch, fewer of them, repeated to the full count."""
        values: list[float] = []
        for taken in (draw for block in self.blocks() for draw in block):
            rows = np.repeat(np.arange(len(taken)), taken.astype(np.int64)).tolist()
            accepted, said = [answers.accepted[i] for i in rows], [answers.said[i] for i in rows]
            values.append(metric.score(accepted, said, [answers.groups[i] for i in rows]))
            if len(values) == DRAWS_OF_SLOW:
                break
        return np.resize(np.array(values), self.count)


def interval_of(draws: Floats) -> Interval:
    """Return the 95 % interval of a bootstrap: its percentiles 2.5 and 97.5."""
    low, high = np.percentile(draws, [2.5, 97.5])
    return float(low), float(high)


def mean_draws(templates: Sequence[Measured]) -> Floats:
    """Return the mean over templates of each draw."""
    mean: Floats = np.mean([template.draws for template in templates], axis=0)
    return mean


def compare(
    ours: Sequence[Measured], theirs: Sequence[Measured], count: int, name: str
) -> Comparison:
    """Compare two models over the same templates and rows.

    Where the metric is a mean over rows, the test flips the signs of the rows' differences
    (averaged over templates) at random and counts how often the mean becomes as large; else it
    counts how often the difference of a bootstrap draw has the other sign. Both are two-sided.
    """
    differences = [a.value - b.value for a, b in zip(ours, theirs, strict=True)]
    draws = mean_draws(ours) - mean_draws(theirs)
    by_row = [
        a.each - b.each
        for a, b in zip(ours, theirs, strict=True)
        if a.each is not None and b.each is not None
    ]
    if len(by_row) == len(ours):
        p_value, test = sign_flip(np.mean(by_row, axis=0), count, name), "sign-flip"
    else:
        p_value, test = other_sign(draws), "bootstrap"
    return Comparison(
        difference=float(np.mean(differences)),
        interval=interval_of(draws),
        p_value=p_value,
        test=test,
    )


def sign_flip(differences: Floats, count: int, name: str) -> float:
    """Return the two-sided p-value of a mean difference under random signs (Fisher 1935)."""
    random = generator_of("sign-flip", name)
    slack = 1e-9 * np.abs(differences).sum()  # sums of the same numbers differ in their last bits
    observed = abs(differences.sum()) - slack
    seen = 0
    for first in range(0, count, DRAWS_AT_ONCE):
        size = min(count - first, DRAWS_AT_ONCE)
        signs = 1.0 - 2.0 * random.integers(0, 2, (size, len(differences)))
        seen += int((np.abs(signs @ differences) >= observed).sum())
    return (1 + seen) / (1 + count)


def other_sign(draws: Floats) -> float:
    """Return the two-sided p-value of a bootstrap of a difference."""
    side = min(int((draws <= 0).sum()), int((draws >= 0).sum()))
    return min(1.0, 2 * (1 + side) / (1 + len(draws)))

"""The shape of a metric: answers accepted for each example, and what the model said, to a number.

Every value is a percentage, 0 to 100 (correlations too, -100 to 100), as the paper prints them;
more is better for all of them. Nothing to score scores 0.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Accepted = Sequence[Sequence[str]]
"""For each example, the answers that count as right, the first being the target."""
Said = Sequence[str]
"""For each example, what the model said."""
Groups = Sequence[str]
"""For each example, the name of the group it is scored with; empty strings where there are none."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric by name: ``score`` over a whole set, ``each`` an example's own share if it has one.

    Where ``each`` is given, ``score`` is the mean of it; intervals then come from resampling its
    values.
    """

    name: str
    score: Callable[[Accepted, Said, Groups], float]
    each: Callable[[Accepted, Said], list[float]] | None = None


def of_each(name: str, each: Callable[[Accepted, Said], list[float]]) -> Metric:
    """Make the metric that is the mean of ``each``."""

    def score(accepted: Accepted, said: Said, groups: Groups) -> float:  # noqa: ARG001 - its type
        values = each(accepted, said)
        return sum(values) / len(values) if values else 0.0

    return Metric(name, score, each)


def best(name: str, of_two: Callable[[str, str], float]) -> Metric:
    """Make the metric that compares two texts, right and said (0 to 1), and keeps the best match.

    The best is over the accepted answers of an example; an example with none scores 0.
    """

    def each(accepted: Accepted, said: Said) -> list[float]:
        pairs = zip(accepted, said, strict=True)
        return [
            100.0 * max((of_two(right, text) for right in rights), default=0.0)
            for rights, text in pairs
        ]

    return of_each(name, each)

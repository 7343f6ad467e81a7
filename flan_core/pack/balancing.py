"""Order packs: shuffled, every step with the same work, and every rank's part of a step too.

    packs by attention cost   9 9 8 8 | 5 4 4 4 | 2 2 1 1      three packs a step, four steps
                              └class┘   └class┘   └class┘      each step gets one of every class:
                                                               the more work, the less it has so far

Attention costs the squares of the examples' lengths, the output layer costs target tokens; the rest
of the work is the same for every pack, since all are of one length.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def balanced(
    costs: Array, targets: Array, packs_per_step: int, generator: np.random.Generator
) -> Array:
    """Return the order of packs for ``len(costs) / packs_per_step`` steps.

    ``costs`` is each pack's sum of squared lengths, ``targets`` its target tokens.
    """
    num_steps = len(costs) // packs_per_step
    work = costs / max(costs.std(), 1e-9) + targets / max(targets.std(), 1e-9)
    shuffled = generator.permutation(len(costs))
    by_cost = shuffled[np.argsort(-costs[shuffled], kind="stable")]
    steps = np.empty((num_steps, packs_per_step), np.int64)
    seen = np.zeros(num_steps)
    for number, packs in enumerate(by_cost.reshape(packs_per_step, num_steps)):
        least_first = np.argsort(seen, kind="stable")
        most_first = packs[np.argsort(-work[packs], kind="stable")]
        steps[least_first, number] = most_first
        seen += work[steps[:, number]]
    return _in_parts(generator.permutation(steps, axis=0), work).ravel()


def _in_parts(steps: Array, work: Array) -> Array:
    """Order each step's packs so that its halves, quarters and so on have about the same work."""
    width = steps.shape[1]
    if width % 2 or width < 4:
        return steps
    order = np.argsort(-work[steps], axis=1, kind="stable")
    falling = np.take_along_axis(steps, order, axis=1)
    place = np.arange(width) % 4
    outer, inner = falling[:, (place == 0) | (place == 3)], falling[:, (place == 1) | (place == 2)]
    return np.concatenate([_in_parts(outer, work), _in_parts(inner, work)], axis=1)

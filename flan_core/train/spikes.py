"""Steps whose loss or gradient jumps: their update is not made, and a second one soon ends the run.

    loss   2.1 2.0 2.2 2.1 9.7 2.1      mean 2.1, σ 0.07: 9.7 is beyond six σ, so no update there

The rule of OLMo-core's SkipStepOptimizer: σ are those of the steps before, at most 128. It sees
only numbers that all ranks have alike and that a checkpoint keeps, so that ranks agree and a
resumed run decides as the undisturbed one.
"""

from collections import deque
from statistics import fmean, pstdev
from typing import Any

from flan_core.errors import BadInput

WINDOW = 128
"""Steps that a step is compared with, and within which a second spike ends the run."""
FEWEST = 64
"""Steps before which nothing is called a spike."""


class Spikes:
    """The last losses and norms, and which updates were not made."""

    def __init__(self, sigmas: float) -> None:
        """Look for what is ``sigmas`` standard deviations above the mean; 0 finds nothing."""
        self._sigmas = sigmas
        self.skipped: list[int] = []
        """Steps without an update."""
        self._usual: dict[str, deque[float]] = {
            name: deque(maxlen=WINDOW) for name in ("loss", "gradient norm")
        }

    def take(self, step: int, loss: float, norm: float) -> bool:
        """Take in a step; tell whether its update must not be made.

        Raises:
            BadInput: it is the second spike within the window.
        """
        if not self._sigmas:
            return False
        found = {"loss": loss, "gradient norm": norm}
        high = [name for name, value in found.items() if self._is_high(name, value)]
        if high:
            self._refuse_second(step, high[0], found[high[0]])
            self.skipped.append(step)
            return True
        for name, value in found.items():
            self._usual[name].append(value)
        return False

    def state(self) -> dict[str, Any]:
        """Return what a resumed run needs."""
        return {
            "skipped": self.skipped,
            "usual": {name: list(each) for name, each in self._usual.items()},
        }

    def resume(self, state: dict[str, Any]) -> None:
        """Go on from what ``state`` gave."""
        self.skipped = list(state["skipped"])
        for name, values in state["usual"].items():
            self._usual[name].extend(values)

    def _is_high(self, name: str, value: float) -> bool:
        usual = self._usual[name]
        return len(usual) >= FEWEST and value > fmean(usual) + self._sigmas * pstdev(usual)

    def _refuse_second(self, step: int, name: str, value: float) -> None:
        before = self.skipped[-1] if self.skipped else step - WINDOW
        if step - before < WINDOW:
            usual = self._usual[name]
            raise BadInput(
                f"the {name} of step {step} is {value:.4g}, where it was {fmean(usual):.4g} ± "
                f"{pstdev(usual):.2g}, and step {before} was skipped for a spike already; all "
                "ranks stopped before the update. Lower the learning rate or warm up, or look at "
                "the rows of these steps; the last checkpoint is untouched"
            )

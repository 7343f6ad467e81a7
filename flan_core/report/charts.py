"""Geometry of the report's plots, in percent of their box; the page draws them with CSS and SVG.

No plotting library: positions in percent keep text at its own size on a phone and on a wide screen,
colours stay the page's own in light and dark, and a plot costs some hundred bytes.

    Axis 0..100      |  .   ..o--|   x         o at 47.5 -> left: 47.5%
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

POINTS = 240
"""Points of a curve at most; longer ones are averaged in bins, their range drawn behind."""

_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where, in percent, and what it says."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear scale from ``low`` to ``high`` with round ticks."""

    low: float
    high: float
    ticks: tuple[Tick, ...]

    def at(self, value: float) -> float:
        """Return the position of a value in percent, kept within the box, two decimals."""
        part = (value - self.low) / (self.high - self.low)
        return round(100 * min(1.0, max(0.0, part)), 2)


def axis_of(values: Iterable[float], ticks: int = 5, low: float | None = None) -> Axis:
    """Return the axis that holds the values, with about so many round ticks.

    ``low`` fixes the lower end (0 for counts and scores); no values give an axis from 0 to 1.
    """
    found = [value for value in values if math.isfinite(value)]
    bottom = min(found, default=0.0) if low is None else min(low, *found, low)
    top = max(found, default=1.0)
    top = top if top - bottom > 1e-6 else bottom + 1.0
    step = _round_step((top - bottom) / ticks)
    first, last = math.floor(bottom / step + 1e-9), math.ceil(top / step - 1e-9)
    start, end = first * step, last * step
    places = max(0, -math.floor(math.log10(step) + 1e-9) + (1 if _is_quarter(step) else 0))
    marks = (round(start + index * step, 10) for index in range(last - first + 1))
    return Axis(
        start,
        end,
        tuple(
            Tick(round(100 * (mark - start) / (end - start), 2), _label(mark, places))
            for mark in marks
        ),
    )


@dataclass(frozen=True, slots=True)
class Curve:
    """A line in a box of 100 by 100, y downwards as in SVG: its path, and the band behind it."""

    line: str
    band: str


def curve_of(points: Sequence[tuple[float, float]], x_axis: Axis, y_axis: Axis) -> Curve:
    """Return the curve through the points; more than ``POINTS`` are averaged in bins.

    The band runs between the least and the greatest value of each bin; without bins it is empty.
    """
    if not points:
        return Curve("", "")
    values = np.asarray(points, np.float64)
    bins = np.array_split(values, min(POINTS, len(values)))
    means = [(float(part[:, 0].mean()), float(part[:, 1].mean())) for part in bins]
    line = "M" + "L".join(_places(x, y, x_axis, y_axis) for x, y in means)
    if len(values) <= POINTS:
        return Curve(line, "")
    return Curve(line, _band(bins, x_axis, y_axis))


def _band(bins: Sequence[npt.NDArray[np.float64]], x_axis: Axis, y_axis: Axis) -> str:
    upper = [(float(part[:, 0].mean()), float(part[:, 1].max())) for part in bins]
    lower = [(float(part[:, 0].mean()), float(part[:, 1].min())) for part in bins]
    around = upper + lower[::-1]
    return "M" + "L".join(_places(x, y, x_axis, y_axis) for x, y in around) + "Z"


def _places(x: float, y: float, x_axis: Axis, y_axis: Axis) -> str:
    return f"{x_axis.at(x):g} {round(100 - y_axis.at(y), 2):g}"


def _round_step(rough: float) -> float:
    scale: float = 10.0 ** math.floor(math.log10(rough))
    return next((step * scale for step in _STEPS if step * scale >= rough - 1e-12), 10 * scale)


def _is_quarter(step: float) -> bool:
    """Tell whether a step is 2.5 times a power of ten, whose labels need one more decimal."""
    return math.isclose(step / 10.0 ** math.floor(math.log10(step) + 1e-9), 2.5)


def _label(value: float, places: int) -> str:
    if abs(value) >= 10_000 and places == 0:
        return f"{value / 1000:,g}k"
    return f"{value:,.{places}f}"

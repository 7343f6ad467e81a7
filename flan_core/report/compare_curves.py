"""Draw an experiment with an axis: a plot a cluster and one of their mean, the paper's beside it.

held-out mean    |            .--o      a point a variant, its 95 % interval behind it
                 |    .--o--´           dashed: the model before tuning, the same for all
                 |--o´
                 1    2    3    4 …     clusters in training
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from flan_core.report.charts import Axis, Tick, axis_of, curve_of
from flan_core.report.compare_variants import Cell, Grid, Line
from flan_core.report.held_out import name_of


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of a curve: where in percent of the box, its interval, what it says."""

    left: float
    bottom: float
    low: float
    high: float
    label: str


@dataclass(frozen=True, slots=True)
class Curve:
    """A line and its points; ``style`` is who: tuned, untuned, paper, and ``few``."""

    name: str
    style: str
    line: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """One cluster, or the mean of all, over the experiment's axis."""

    title: str
    x_axis: Axis
    y_axis: Axis
    curves: tuple[Curve, ...]


def plots_of(grid: Grid) -> list[Plot]:
    """Return the plots of an experiment with an axis: of the mean first, if there is one."""
    lines = [line for line in (*grid.lines, *grid.paper) if line.at is not None]
    level = [line for line in grid.lines if line.at is None]
    if not lines:
        return []
    x_axis = _axis_at(sorted({line.at for line in lines if line.at is not None}))
    columns: list[tuple[str, int]] = [("Mean", -1)]
    columns += [(title, number) for number, title in enumerate(grid.titles)]
    return [
        plot
        for title, column in columns
        if (plot := _plot(title, column, lines, level, x_axis)).curves
    ]


def _axis_at(values: Sequence[float]) -> Axis:
    """Return an axis with a tick at each value, or round ticks where those would not have room."""
    low, high = values[0], values[-1]
    room = (high - low) / 12
    gaps = [after - before for before, after in pairwise(values)]
    if not gaps or min(gaps) < room:
        return axis_of(values)
    axis = Axis(low - room / 2, high + room / 2, ())
    return Axis(axis.low, axis.high, tuple(Tick(axis.at(value), f"{value:g}") for value in values))


def _plot(
    title: str, column: int, lines: Sequence[Line], level: Sequence[Line], x_axis: Axis
) -> Plot:
    shown = [cell for line in (*lines, *level) if (cell := _cell(line, column))]
    y_axis = axis_of([end for cell in shown for end in (cell.mean, *(cell.interval or ()))])
    curves = [*_over(lines, column, x_axis, y_axis), *_level(level, column, x_axis, y_axis)]
    return Plot(title, x_axis, y_axis, tuple(curves))


def _cell(line: Line, column: int) -> Cell | None:
    return line.mean if column < 0 else line.cells[column]


def _over(lines: Sequence[Line], column: int, x_axis: Axis, y_axis: Axis) -> Iterator[Curve]:
    """Yield a curve for each key: the lines of all variants that were asked in that way."""
    for key in dict.fromkeys(line.key for line in lines):
        points = [
            (line, line.at, cell)
            for line in lines
            if line.key == key and line.at is not None and (cell := _cell(line, column))
        ]
        if points:
            curve = curve_of([(at, cell.mean) for _, at, cell in points], x_axis, y_axis)
            marks = tuple(_mark(line, at, cell, x_axis, y_axis) for line, at, cell in points)
            yield Curve(_name(key), _style(key), curve.line, marks)


def _level(lines: Sequence[Line], column: int, x_axis: Axis, y_axis: Axis) -> Iterator[Curve]:
    """Yield a level line for what is the same at every point of the axis."""
    for line in lines:
        cell = _cell(line, column)
        if cell and line.key.startswith(("untuned/", "tuned/")):
            ends = [(end, cell.mean) for end in (x_axis.low, x_axis.high)]
            yield Curve(
                line.name, f"{_style(line.key)} level", curve_of(ends, x_axis, y_axis).line, ()
            )


def _mark(line: Line, at: float, cell: Cell, x_axis: Axis, y_axis: Axis) -> Mark:
    low, high = cell.interval or (cell.mean, cell.mean)
    return Mark(
        left=x_axis.at(at),
        bottom=y_axis.at(cell.mean),
        low=y_axis.at(low),
        high=y_axis.at(high),
        label=f"{line.name}: {cell.mean:.1f}",
    )


def _name(key: str) -> str:
    return "the paper" if key == "paper" else name_of(key)


def _style(key: str) -> str:
    who, _, shots = key.partition("/")
    return who + (" few" if shots not in ("", "0") else "")

"""Curves of an experiment: a point a variant, the untuned model level, the paper beside."""

from flan_core.report.compare_curves import plots_of
from flan_core.report.compare_variants import Cell, Grid, Line


def line(key: str, at: float | None, mean: float) -> Line:
    cell = Cell(mean, None if key == "paper" else (mean - 5.0, mean + 5.0))
    return Line(name=f"{key} at {at}", key=key, variant="", at=at, cells=(cell,), mean=None)


def grid(*lines: Line, paper: tuple[Line, ...] = ()) -> Grid:
    return Grid(columns=("nli",), titles=("NLI",), lines=lines, paper=paper)


def test_a_plot_has_each_variants_point_and_the_untuned_models_level():
    """
    70 |            o     tuned: 40 at 1, 60 at 2; 5 up and down
       |  o - - - - -     untuned: 45 everywhere
    30 |   1        2
    """
    lines = (line("untuned/0", None, 45.0), line("tuned/0", 1, 40.0), line("tuned/0", 2, 60.0))

    (plot,) = plots_of(grid(*lines))

    tuned, untuned = plot.curves
    assert (plot.title, plot.y_axis.low, plot.y_axis.high) == ("NLI", 30.0, 70.0)
    assert [tick.label for tick in plot.x_axis.ticks] == ["1", "2"]
    assert [(mark.bottom, mark.low, mark.high) for mark in tuned.marks] == [
        (25.0, 12.5, 37.5),
        (75.0, 62.5, 87.5),
    ]
    assert (untuned.style, untuned.line, untuned.marks) == ("untuned level", "M0 62.5L100 62.5", ())


def test_the_paper_is_a_curve_of_its_own():
    ours = (line("tuned/0", 1, 40.0), line("tuned/0", 2, 60.0))
    paper = (line("paper", 1, 50.0), line("paper", 2, 55.0))

    (plot,) = plots_of(grid(*ours, paper=paper))

    assert [(curve.name, curve.style, len(curve.marks)) for curve in plot.curves] == [
        ("tuned", "tuned", 2),
        ("the paper", "paper", 2),
    ]


def test_sizes_far_apart_get_round_ticks():
    lines = [line("tuned/0", at, 50.0) for at in (160, 400, 1_000, 12_000)]

    (plot,) = plots_of(grid(*lines))

    assert [tick.label for tick in plot.x_axis.ticks] == [
        "0",
        "2,500",
        "5,000",
        "7,500",
        "10k",
        "12.5k",
    ]


def test_without_an_axis_there_is_no_plot():
    assert plots_of(grid(line("tuned/0", None, 40.0))) == []

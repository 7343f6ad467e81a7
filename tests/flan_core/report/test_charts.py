import pytest
from hypothesis import given
from hypothesis import strategies as st

from flan_core.report.charts import POINTS, Curve, Tick, axis_of, curve_of

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)


@pytest.mark.parametrize(
    ("values", "low", "labels"),
    [
        ((0.0, 100.0), 0.0, ["0", "20", "40", "60", "80", "100"]),
        ((2.11, 8.9), None, ["2", "4", "6", "8", "10"]),
        ((31.0, 71.0), 0.0, ["0", "20", "40", "60", "80"]),
        ((0.0, 0.031), 0.0, ["0.00", "0.01", "0.02", "0.03", "0.04"]),
        ((-12.0, 55.0), 0.0, ["-20", "0", "20", "40", "60"]),
        ((0.0, 30_000.0), 0.0, ["0", "10k", "20k", "30k"]),
        ((), None, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    ],
)
def test_an_axis_has_round_ticks_and_holds_its_values(values, low, labels):
    assert [tick.label for tick in axis_of(values, low=low).ticks] == labels


@given(st.lists(NUMBERS, min_size=1))
def test_every_value_lies_on_its_axis(values):
    axis = axis_of(values)

    assert axis.low - 1e-6 <= min(values) <= max(values) <= axis.high + 1e-6
    assert (axis.ticks[0].at, axis.ticks[-1].at) == (0.0, 100.0)
    assert 2 <= len(axis.ticks) <= 9
    assert all(0.0 <= axis.at(value) <= 100.0 for value in values)


def test_a_position_is_a_percentage_of_the_axis():
    axis = axis_of((0.0, 50.0), low=0.0)

    assert [axis.at(value) for value in (0.0, 12.5, 50.0, 60.0)] == [0.0, 25.0, 100.0, 100.0]
    assert axis.ticks[1] == Tick(20.0, "10")


def test_a_curve_goes_down_the_box_as_values_go_up():
    """Loss 4, 2, 1 over steps 0, 1, 2: from the top left to three quarters down."""
    axis = axis_of((0.0, 4.0))

    curve = curve_of([(0, 4.0), (1, 2.0), (2, 1.0)], axis_of((0.0, 2.0)), axis)

    assert curve == Curve("M0 0L50 50L100 75", "")


def test_a_long_curve_is_averaged_in_bins_with_their_range_behind():
    points = [(step, float(step % 2)) for step in range(10 * POINTS)]

    curve = curve_of(points, axis_of((0, 10 * POINTS)), axis_of((0.0, 1.0)))

    assert curve.line.count("L") == POINTS - 1
    assert {point.split()[1] for point in curve.line[1:].split("L")} == {"50"}
    assert curve.band.count("L") == 2 * POINTS - 1

import pytest

from flan_core.intervals import change


def test_the_interval_of_a_difference_joins_the_sides_that_face_each_other():
    """From 50 (45 to 53) to 60 (57 to 64): down by 3 and 3, up by 4 and 5."""
    found = change(50.0, (45.0, 53.0), 60.0, (57.0, 64.0))

    assert (found.before, found.after, found.difference) == (50.0, 60.0, 10.0)
    assert found.interval == pytest.approx((10 - 18**0.5, 10 + 41**0.5))


def test_a_change_is_clear_when_its_interval_leaves_out_zero():
    wide = change(50.0, (40.0, 60.0), 55.0, (45.0, 65.0))
    narrow = change(50.0, (49.0, 51.0), 55.0, (54.0, 56.0))

    assert (wide.is_clear, narrow.is_clear) == (False, True)

"""Updates that are left out: which, how often, and that a resumed run decides alike."""

import pytest

from flan_core.errors import BadInput
from flan_core.train.spikes import FEWEST, WINDOW, Spikes


def usual(spikes: Spikes, start: int, stop: int) -> None:
    """Take in steps whose loss is 2.0 or 2.2 (σ 0.1) and whose norm is 1.0 or 1.2."""
    for step in range(start, stop):
        assert not spikes.take(step, 2.0 + 0.2 * (step % 2), 1.0 + 0.2 * (step % 2))


def test_what_is_six_sigma_above_the_steps_before_is_left_out() -> None:
    spikes = Spikes(6.0)
    usual(spikes, 0, FEWEST)
    assert not spikes.take(FEWEST, 2.69, 1.69)
    assert spikes.take(FEWEST + 1, 3.5, 1.1)
    assert spikes.skipped == [FEWEST + 1]


def test_a_gradient_may_spike_too() -> None:
    spikes = Spikes(6.0)
    usual(spikes, 0, FEWEST)
    assert spikes.take(FEWEST, 2.1, 9.0)


def test_nothing_is_a_spike_before_there_is_enough_to_compare_with() -> None:
    spikes = Spikes(6.0)
    usual(spikes, 0, FEWEST - 1)
    assert not spikes.take(FEWEST - 1, 99.0, 99.0)


def test_by_default_every_update_is_made() -> None:
    spikes = Spikes(0.0)
    usual(spikes, 0, FEWEST)
    assert not spikes.take(FEWEST, 1e9, 1e9)


def test_a_second_spike_within_the_window_ends_the_run_and_a_later_one_does_not() -> None:
    spikes = Spikes(6.0)
    usual(spikes, 0, 100)
    assert spikes.take(100, 9.0, 1.0)
    usual(spikes, 101, 100 + WINDOW)
    assert spikes.take(100 + WINDOW, 9.0, 1.0)
    wanted = r"the loss of step 229 is 7, where it was 2\.102 ± 0\.1, and step 228 was skipped"
    with pytest.raises(BadInput, match=wanted):
        spikes.take(101 + WINDOW, 7.0, 1.0)


def test_a_resumed_run_decides_as_the_undisturbed_one() -> None:
    whole = Spikes(6.0)
    usual(whole, 0, 90)
    assert whole.take(90, 9.0, 1.0)
    resumed = Spikes(6.0)
    resumed.resume(whole.state())
    assert resumed.state() == whole.state()
    for each in (whole, resumed):
        with pytest.raises(BadInput, match=r"step 91 .* step 90 was skipped"):
            each.take(91, 9.0, 1.0)

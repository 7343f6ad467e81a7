"""The bootstrap and the paired test, on sets so small that the answer is known."""

import math

import numpy as np
import pytest

from flan_core.evaluate.resample import (
    Draws,
    Measured,
    compare,
    interval_of,
    other_sign,
    sign_flip,
)
from flan_core.evaluate.sums import Answers
from flan_core.metrics import METRICS


def draws_of(*groups: str, count: int = 400) -> Draws:
    return Draws("rte", groups, count, seed=0)


def test_each_draw_takes_as_many_rows_as_there_are():
    blocks = list(draws_of("", "", "", "", count=250).blocks())

    assert [block.shape for block in blocks] == [(100, 4), (100, 4), (50, 4)]
    assert all((block.sum(1) == 4).all() for block in blocks)


def test_rows_of_a_group_are_drawn_together():
    [block] = draws_of("q", "r", "q", "", count=50).blocks()

    assert (block[:, 0] == block[:, 2]).all()
    assert (block[:, 0] != block[:, 1]).any()
    assert (block[:, [0, 1, 3]].sum(1) == 3).all()


def test_draws_come_from_the_names_of_task_and_seed_alone():
    [first], [again] = (list(draws_of("", "", "", count=9).blocks()) for _ in range(2))
    [other] = Draws("rte", ("", "", ""), 9, seed=1).blocks()

    assert (first == again).all()
    assert (first != other).any()


def test_the_interval_of_a_share_is_the_binomial_one():
    """60 of 100 right: the standard error is 4.9 points."""
    each = np.array([100.0] * 60 + [0.0] * 40)

    measured = draws_of(*[""] * 100, count=2_000).of_each(each)
    low, high = interval_of(measured.draws)

    assert measured.value == 60.0
    assert low == pytest.approx(60 - 1.96 * 4.9, abs=1.0)
    assert high == pytest.approx(60 + 1.96 * 4.9, abs=1.0)


@pytest.mark.parametrize("name", ["multirc_f1", "spearman"])
def test_a_metric_of_the_whole_set_is_drawn_from_sums_or_anew(name):
    numbers = [str(number % 5) for number in range(30)]
    answers = {
        "multirc_f1": Answers([["yes"], ["no"]] * 15, ["yes", "yes", "no"] * 10, [""] * 30),
        "spearman": Answers([[each] for each in numbers], [*"0134"] * 7 + ["2", "2"], [""] * 30),
    }[name]

    measured = draws_of(*[""] * 30, count=300).of_whole(METRICS[name], answers)

    direct = METRICS[name].score(answers.accepted, answers.said, answers.groups)
    assert measured.value == direct
    assert measured.draws.shape == (300,)
    low, high = interval_of(measured.draws)
    assert low < direct < high


def test_the_sign_flip_test_counts_what_chance_does():
    """Four equal differences: 2 of 16 patterns of signs are as far out, so p is an eighth."""
    assert sign_flip(np.array([5.0] * 4), 4_000, "rte") == pytest.approx(2 / 16, abs=0.02)
    assert sign_flip(np.zeros(4), 100, "rte") == 1.0


def test_the_other_sign_of_a_bootstrap_is_two_sided():
    assert other_sign(np.array([-1.0] * 10 + [1.0] * 89)) == pytest.approx(2 * 11 / 100)
    assert other_sign(np.array([0.0] * 99)) == 1.0


def measured(*each: float) -> Measured:
    return draws_of(*[""] * len(each)).of_each(np.array(each))


def test_two_models_are_compared_row_by_row_over_the_same_templates():
    ours = [measured(100, 100, 100, 0), measured(100, 100, 0, 0)]
    theirs = [measured(0, 100, 0, 0), measured(0, 0, 0, 0)]

    comparison = compare(ours, theirs, 2_000, "rte")

    assert comparison.difference == 50.0
    assert comparison.test == "sign-flip"
    assert comparison.p_value == pytest.approx(2 / 8, abs=0.03)  # differences 100, 50, 50, 0
    assert comparison.interval[0] <= 50.0 <= comparison.interval[1]


def test_where_rows_have_no_values_of_their_own_the_bootstrap_compares():
    ours = [Measured(60.0, np.linspace(50, 70, 101), None)]
    theirs = [Measured(40.0, np.linspace(50, 30, 101), None)]

    comparison = compare(ours, theirs, 100, "cb")

    assert (comparison.difference, comparison.test) == (20.0, "bootstrap")
    assert comparison.p_value == pytest.approx(4 / 102)
    assert math.isclose(comparison.interval[0], 1.0) and math.isclose(comparison.interval[1], 39.0)

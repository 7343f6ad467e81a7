"""Planning: every example in one pack, none too full, few slots left over."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from flan_core.pack.balancing import balanced
from flan_core.pack.planning import best_fit, filling, grouped
from flan_core.seeds import generator_of


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int32)


def test_the_tightest_room_is_filled_first():
    pack_of, num_packs = best_fit(ints(3, 5, 1, 4, 3), 8)
    plan, starts = grouped(pack_of, num_packs)

    assert num_packs == 2
    assert plan.tolist() == [0, 1, 2, 3, 4]
    assert starts.tolist() == [0, 2, 5]


sizes = st.lists(st.integers(1, 70), min_size=1, max_size=80)


@given(sizes)
def test_every_example_is_in_one_pack_and_no_pack_overflows(lengths: list):
    pack_of, num_packs = best_fit(ints(*lengths), 70)
    loads = np.bincount(pack_of, lengths, minlength=num_packs)

    assert len(pack_of) == len(lengths)
    assert 0 < loads.min() <= loads.max() <= 70
    assert (loads <= 35).sum() <= 1


@given(sizes)
def test_grouping_keeps_the_order_inside_a_pack(lengths: list):
    pack_of, num_packs = best_fit(ints(*lengths), 70)
    plan, starts = grouped(pack_of, num_packs)

    assert sorted(plan.tolist()) == list(range(len(lengths)))
    for pack in range(num_packs):
        mine = plan[starts[pack] : starts[pack + 1]]
        assert mine.tolist() == np.flatnonzero(pack_of == pack).tolist()


def test_a_real_spread_of_lengths_wastes_nothing_to_speak_of():
    drawn = np.exp(np.random.default_rng(0).normal(np.log(150), 0.9, 100_000))
    lengths = np.clip(drawn, 8, 1_280).astype(np.int32)
    for size in (1_280, 2_048):
        _, num_packs = best_fit(lengths, size)
        assert lengths.sum() / (num_packs * size) > 0.9996


@given(sizes, st.integers(1, 6))
def test_the_first_examples_fill_exactly_the_packs_asked_for(lengths: list, num_packs: int):
    lengths = ints(*(lengths * (num_packs * 70 // sum(lengths) + 1)))
    pack_of, kept = filling(lengths, 70, num_packs)
    loads = np.bincount(pack_of, lengths[:kept], minlength=num_packs)

    assert len(pack_of) == kept
    assert 0 < loads.min() <= loads.max() <= 70
    assert len(loads) == num_packs


def test_more_examples_would_not_fit():
    generator = np.random.default_rng(1)
    lengths = generator.integers(1, 60, 5_000).astype(np.int32)
    _, kept = filling(lengths, 70, 1_000)

    assert best_fit(lengths[: kept + 30], 70)[1] > 1_000
    assert lengths[:kept].sum() / 70_000 > 0.995


def test_steps_and_ranks_get_the_same_work():
    generator = np.random.default_rng(2)
    costs, targets = generator.lognormal(10, 0.5, 6_400), generator.lognormal(4, 0.5, 6_400)
    order = balanced(costs, targets, 8, generator_of("test"))
    anyhow = generator.permutation(6_400)

    def spread(values: np.ndarray, packs: np.ndarray) -> float:
        return float(values[packs.reshape(800, 8)].sum(axis=1).std())

    assert sorted(order.tolist()) == list(range(6_400))
    work = costs / costs.std() + targets / targets.std()
    assert spread(work, order) < spread(work, anyhow) / 4
    assert spread(costs, order) < spread(costs, anyhow) / 1.5
    assert spread(targets, order) < spread(targets, anyhow) / 1.5
    halves = work[order.reshape(800, 2, 4)].sum(axis=2)
    assert np.abs(halves[:, 0] - halves[:, 1]).mean() < 0.1 * halves.mean()


def test_the_order_is_the_same_for_the_same_seed_and_another_for_another():
    costs = np.arange(64.0)
    one, same, other = (balanced(costs, costs, 4, generator_of(name)) for name in "aab")

    assert one.tolist() == same.tolist() != other.tolist()

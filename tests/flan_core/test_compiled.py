"""Hashing and shuffling by counter: the same everywhere, and no element lost."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from flan_core.compiled import compiled, mixed, share_of, shuffled

keys = st.integers(0, 2**64 - 1).map(np.uint64)


@compiled
def permutation(size, key):
    """Every place of a permutation."""
    places = np.empty(size, np.int64)
    for index in range(size):
        places[index] = shuffled(index, size, key)
    return places


def test_a_hash_is_the_same_on_every_machine():
    assert int(mixed(np.uint64(0), np.uint64(0))) == 16294208416658607535


@given(st.integers(1, 3000), keys)
def test_a_permutation_has_every_place_once(size: int, key: np.uint64):
    assert sorted(permutation(size, key)) == list(range(size))


def test_permutations_of_two_keys_differ():
    one, other = permutation(1000, np.uint64(1)), permutation(1000, np.uint64(2))

    assert (one != other).mean() > 0.99


@given(keys)
def test_a_share_is_from_zero_up_to_one(key: np.uint64):
    assert 0 <= share_of(key) < 1

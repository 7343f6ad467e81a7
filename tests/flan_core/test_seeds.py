"""Seeds: a function of names, the same everywhere."""

from hypothesis import given
from hypothesis import strategies as st

from flan_core.seeds import generator_of, seed_of

names = st.lists(st.one_of(st.text(max_size=5), st.integers(-9, 9)), max_size=4)


def test_a_seed_is_the_same_on_every_machine():
    assert seed_of("rte", "train", 7) == 11144304436086144504


@given(names, names)
def test_different_names_give_different_seeds(one: list, other: list):
    same = [(type(x), x) for x in one] == [(type(x), x) for x in other]

    assert (seed_of(*one) == seed_of(*other)) == same


def test_a_generator_repeats():
    assert (
        generator_of("a", 1).integers(0, 100, 5).tolist()
        == generator_of("a", 1).integers(0, 100, 5).tolist()
    )

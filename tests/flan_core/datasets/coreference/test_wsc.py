"""WSC marks the pronoun; WSC273 puts each candidate in its place."""

import pytest

from flan_core.datasets.coreference.wsc import read_273, read_fixed
from flan_core.task import BadRow, Example


def fixed(text: str, index: int) -> dict[str, object]:
    return {
        "text": text,
        "span1_text": "Ann",
        "span2_text": "she",
        "span2_index": index,
        "label": 1,
    }


def original(text: str, pronoun: str, options: tuple[str, str]) -> dict[str, object]:
    return {
        "text": text.replace("*", ""),
        "pronoun": pronoun,
        "pronoun_loc": text.index("*"),
        "options": list(options),
        "label": 0,
    }


def test_of_two_equal_pronouns_the_one_at_the_index_is_marked():
    text = "If she calls, Ann says she is out."
    assert read_fixed(fixed(text, 1)).fields["text"] == "If *she* calls, Ann says she is out."
    assert read_fixed(fixed(text, 5)) == Example(
        fields={"text": "If she calls, Ann says *she* is out.", "pronoun": "she", "noun": "Ann"},
        options=("no", "yes"),
        answer="yes",
    )


def test_a_pronoun_inside_another_word_is_not_the_pronoun():
    with pytest.raises(BadRow, match="the pronoun is not in the text"):
        read_fixed(fixed("Ann mends shelves.", 1))


def test_a_candidate_has_a_capital_only_where_it_opens_a_sentence():
    row = original("The dog saw a cat  because *it* moved.", "it", ("The dog", "A cat"))
    assert read_273(row) == Example(
        fields={"start": "The dog saw a cat because ..."},
        options=("the dog moved.", "a cat moved."),
        answer="the dog moved.",
    )
    row = original("The dog saw a cat. *It* ran.", "It", ("the dog", "a cat"))
    assert read_273(row).options == ("The dog ran.", "A cat ran.")


def test_a_candidate_in_the_place_of_a_possessive_owns_what_follows():
    row = original("The boys told Max that *their* boat sank.", "their", ("The boys", "Max"))
    assert read_273(row).options == ("the boys' boat sank.", "Max's boat sank.")
    row = original("Eve saw Amy but did not greet *her*.", "her", ("Eve", "Amy"))
    assert read_273(row).options == ("Eve.", "Amy.")


def test_a_location_that_is_not_the_pronouns_is_bad():
    row = {**original("Eve saw *her*.", "her", ("Eve", "Amy")), "pronoun_loc": 3}
    with pytest.raises(BadRow, match="pronoun_loc does not point at the pronoun"):
        read_273(row)

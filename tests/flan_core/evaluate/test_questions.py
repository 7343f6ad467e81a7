"""What is asked: rows, templates, exemplars, lengths, and rows that cannot be asked."""

import numpy as np
import pytest

from flan_core.errors import BadInput
from flan_core.evaluate.questions import (
    Choice,
    Form,
    Part,
    Quiz,
    majority_of,
    without_middle,
)
from flan_core.task import Template

ALL = Choice(max_rows=0, max_dev_rows=200, templates=10, seed=0)


def form(
    shots: int = 0, *, max_input: int = 1_000, shown: bool = True, context: int = 4_000
) -> Form:
    return Form(shots=shots, with_options=shown, max_input=max_input, context=context)


def quiz_of(cluster, tokenizer, task: str, **choice) -> Quiz:
    return Quiz(
        cluster / "prompts",
        task,
        Choice(**{**ALL.__dict__, **choice}) if choice else ALL,
        tokenizer,
    )


def choice(**changed) -> Choice:
    return Choice(**{"max_rows": 0, "max_dev_rows": 200, "templates": 10, "seed": 0, **changed})


@pytest.fixture
def quiz(cluster, tokenizer):
    def make(task: str, **changed) -> Quiz:
        return Quiz(cluster / "prompts", task, choice(**changed), tokenizer)

    return make


def test_a_prompt_is_its_text_and_eos_and_an_option_is_its_text_and_eos(quiz, tokenizer):
    sky = quiz("sky")

    asked = sky.ask(Part("sky", 0, 0, 2), form())

    text = "The sun is seen by day. Is this so?\n\nOPTIONS:\n- yes\n- no"
    assert asked.inputs[0] == text
    assert tokenizer.decode(asked.trunks[0][:-1]) == text
    assert asked.trunks[0][-1] == tokenizer.eos
    assert [tokenizer.decode(branch) for branch in asked.branches[0]] == ["yes<eos>", "no<eos>"]
    assert (asked.options[0], asked.accepted[0], asked.groups[0]) == (["yes", "no"], ["yes"], "sun")
    assert asked.splits == ["test", "test"]


def test_without_options_the_list_is_gone_and_the_options_are_not(quiz):
    asked = quiz("sky").ask(Part("sky", 0, 0, 1), form(shown=False))

    assert asked.inputs == ["The sun is seen by day. Is this so?"]
    assert asked.options == [["yes", "no"]]


def test_only_normal_templates_are_asked_and_each_way_apart(quiz):
    assert quiz("sky").directions == {"": (0, 1)}
    assert quiz("ways").directions == {"from English": (0,), "into English": (1, 2)}
    assert quiz("ways", templates=1).directions == {"from English": (0,), "into English": (1,)}


def test_parts_are_rows_by_template_test_before_dev(quiz):
    sky = quiz("sky", max_rows=4, max_dev_rows=2)

    assert list(sky.parts()) == [Part("sky", 0, 0, 6), Part("sky", 1, 0, 6)]
    assert [split for split, _ in sky.asked] == ["test"] * 4 + ["dev"] * 2


def test_groups_are_chosen_whole(quiz):
    rows = [row for split, row in quiz("sky", max_rows=5, max_dev_rows=0).asked]

    assert len(rows) == 6
    assert {row // 2 * 2 for row in rows} | {row // 2 * 2 + 1 for row in rows} == set(rows)


def test_exemplars_are_the_same_rows_for_every_query_and_more_shots_begin_alike(quiz):
    place = quiz("place")

    two = place.ask(Part("place", 0, 0, 3), form(2))
    three = place.ask(Part("place", 0, 0, 3), form(3))

    befores = {text.rpartition("Where does a ")[0] for text in two.inputs}
    assert len(befores) == 1
    before = befores.pop()
    assert before.count("Where does a ") == 2
    assert all(text.startswith(before) for text in three.inputs)
    assert (two.shots, three.shots) == ([2] * 3, [3] * 3)


def test_whole_exemplars_are_left_out_until_the_prompt_fits(quiz):
    place = quiz("place")
    whole = place.ask(Part("place", 0, 0, 6), form(5))
    longest = max(len(trunk) for trunk in whole.trunks)

    asked = place.ask(Part("place", 0, 0, 6), form(5, max_input=longest - 1))

    assert set(asked.shots) == {4, 5}
    assert all(len(trunk) < longest for trunk in asked.trunks)
    assert asked.truncated == [False] * 6
    for text, shots in zip(asked.inputs, asked.shots, strict=True):
        assert text.count("Where does a ") == shots + 1


def test_a_long_query_is_shortened_in_its_long_field_and_counted(tmp_path, written, tokenizer):
    """The question behind the long field stays whole."""
    rows = [
        {
            "text": "the otter and the carp " * size,
            "asks": "Who?",
            "options": ("otter", "carp"),
            "answer": "carp",
        }
        for size in (1, 60)
    ]
    written(tmp_path, "long", "test", rows, (Template("{text}\n\n{asks}\n{options_}"),))
    quiz = Quiz(tmp_path, "long", choice(), tokenizer)

    asked = quiz.ask(Part("long", 0, 0, 2), form(max_input=64))

    assert asked.truncated == [False, True]
    assert [len(trunk) <= 64 for trunk in asked.trunks] == [True, True]
    assert tokenizer.decode(asked.trunks[1][:-1]).endswith("Who?\nOPTIONS:\n- otter\n- carp")


def test_a_prompt_leaves_room_in_the_context_for_what_follows(quiz):
    place = quiz("place")
    whole = place.ask(Part("place", 0, 0, 6), form(5))
    room = max(len(trunk) for trunk in whole.trunks) + 8

    tight = place.ask(Part("place", 0, 0, 6), form(5, context=room - 2))

    assert max(len(trunk) for trunk in tight.trunks) <= room - 2 - 8


def test_a_context_that_is_too_short_is_an_error(quiz):
    with pytest.raises(BadInput, match="context of 9 tokens leaves no room for a prompt"):
        quiz("place").ask(Part("place", 0, 0, 1), form(context=9))


def test_a_task_without_test_rows_is_an_error(tmp_path, written, tokenizer):
    written(tmp_path, "sky", "train", [{"thing": "sun", "answer": "yes"}], (Template("{thing}"),))

    with pytest.raises(BadInput, match=r"task sky has no test rows in .*test.parquet; fetch rows"):
        Quiz(tmp_path, "sky", ALL, tokenizer)


@pytest.mark.parametrize(
    ("options", "answer", "message"),
    [
        (("yes",), "yes", r"sky test row 0: ranking needs two options or more, not \['yes'\]"),
        (
            ("yes", "no"),
            "maybe",
            r"sky test row 0: answer \['maybe'\] is not among \['yes', 'no'\]",
        ),
    ],
)
def test_rows_that_cannot_be_ranked_are_errors(
    tmp_path, written, tokenizer, options, answer, message
):
    rows = [{"thing": "sun", "options": options, "answer": answer}]
    written(tmp_path, "sky", "test", rows, (Template("{thing}\n{options_}"),))

    with pytest.raises(BadInput, match=message):
        Quiz(tmp_path, "sky", ALL, tokenizer).ask(Part("sky", 0, 0, 1), form())


def test_shots_need_train_rows(tmp_path, written, tokenizer):
    rows = [{"thing": "sun", "options": ("yes", "no"), "answer": "yes"}]
    written(tmp_path, "sky", "test", rows, (Template("{thing}\n{options_}"),))

    with pytest.raises(BadInput, match="task sky has no train rows to take 2 exemplars from"):
        Quiz(tmp_path, "sky", ALL, tokenizer).ask(Part("sky", 0, 0, 1), form(2))


def test_an_option_stands_where_the_target_has_the_answer(tmp_path, written, tokenizer):
    rows = [{"thing": "sun", "options": ("yes", "no"), "answer": "yes"}]
    written(tmp_path, "sky", "test", rows, (Template("{thing}\n{options_}", "It is: {answer}."),))

    asked = Quiz(tmp_path, "sky", ALL, tokenizer).ask(Part("sky", 0, 0, 1), form())

    assert [tokenizer.decode(each) for each in asked.branches[0]] == [
        "It is: yes.<eos>",
        "It is: no.<eos>",
    ]
    assert (asked.targets, asked.accepted) == (["It is: yes."], [["yes"]])


def test_the_majority_is_an_answer_or_a_place_where_options_differ(quiz):
    place = quiz("place")

    assert majority_of(place, [["a", "b", "c"], ["d", "e"]]) == ["a", "d"]


def test_the_middle_goes_when_nothing_else_helps():
    assert without_middle(np.arange(7), 4).tolist() == [0, 1, 5, 6]
    assert without_middle(np.arange(4), 4).tolist() == [0, 1, 2, 3]

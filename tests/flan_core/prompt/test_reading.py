"""Prompts: rows and templates in, the exact text out."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flan_core.errors import BadInput
from flan_core.prompt import Prompts, few_shot
from flan_core.prompt.copying import NUM_FORMS, Wording
from flan_core.task import Template
from tests.flan_core.data import SONGS, TEMPLATES, about, songs, table

LIST = "OPTIONS:\n- yes\n- no"


def worded(prompts: Prompts, row: int, template: int, form: int = 0, order: int = 0) -> list[str]:
    """The input and target of one line."""
    one = np.ones(1, np.int64)
    texts = prompts.texts(
        Wording(
            task=0 * one,
            row=row * one,
            template=template * one,
            shown=np.ones(1, np.uint8),
            form=form * one,
            order=np.array([order], np.uint64),
        )
    )
    blob = texts.text.tobytes()
    return [blob[a:b].decode() for a, b in zip(texts.ends[:-1], texts.ends[1:], strict=True)]


def test_rows_and_templates_give_exactly_this_text():
    found = songs().render([0, 1, 2], [0, 1, 2])

    assert found.inputs == [
        f"Ann sang.\n\nSo Ann made a sound.?\n{LIST}",
        f"{LIST}\n\nGiven Bob slept., is it true that Bob was awake.",
        "Write a text that yes fits.",
    ]
    assert found.targets == ["yes", "no, it is.", "Eve left Köln."]
    assert found.options == [["yes", "no"], ["yes, it is.", "no, it is."], []]
    assert found.references == [["yes"], ["no, it is."], ["Eve left Köln."]]
    assert found.groups == ["", "", ""]


def test_the_long_field_is_found_in_characters():
    found = songs().render([2, 2, 2], [0, 1, 2])

    spans = [text[a:b] for text, (a, b) in zip(found.inputs, found.cuts, strict=True)]
    assert spans == ["Eve left Köln.", "Eve left Köln.", ""]


def test_options_can_be_left_out():
    found = songs().render(0, [0, 1], with_options=[False, True])

    assert found.inputs[0] == "Ann sang.\n\nSo Ann made a sound.?"
    assert found.inputs[1].startswith(LIST)


def test_rows_may_have_options_of_their_own():
    own = [["a tune", "nothing"], ["no", "yes", "maybe"], ["yes", "no"]]
    prompts = Prompts(about(), table(SONGS, own))

    assert [text.partition("OPTIONS:")[2] for text in prompts.render([0, 1], 0).inputs] == [
        "\n- a tune\n- nothing",
        "\n- no\n- yes\n- maybe",
    ]


def test_a_lettered_list_asks_for_the_letter():
    assert worded(songs(), 1, 0, form=4) == [
        "Bob slept.\n\nSo Bob was awake.?\nOPTIONS:\n(A) yes\n(B) no",
        "B",
    ]


def test_a_target_that_is_more_than_the_answer_keeps_the_plain_list():
    assert worded(songs(), 1, 1, form=4) == worded(songs(), 1, 1)


@given(st.integers(0, NUM_FORMS - 1), st.integers(1, 2**63), st.integers(0, 1))
def test_every_form_and_order_lists_all_options_and_the_target_is_one(
    form: int, order: int, row: int
):
    prompt, target = worded(songs(), row, 0, form, order)
    lines = prompt.splitlines()[-2:]
    label, right = target, SONGS[row]["answer"]

    assert sorted(line.split()[-1] for line in lines) == ["no", "yes"]
    assert [line.split()[-1] for line in lines if label in line.replace("- ", "")] == [right]


def test_what_is_out_of_range_is_refused():
    with pytest.raises(BadInput, match="rte train has no row 3: it has 3"):
        songs().render([0, 3], 0)
    with pytest.raises(BadInput, match="rte train has no template -1: it has 3"):
        songs().render(0, -1)


texts = st.text(max_size=40).filter(lambda text: "\x00" not in text)


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=5), st.data())
def test_a_prompt_is_what_replacing_the_slots_by_hand_gives(rows: list, data: st.DataObject):
    examples = [{"premise": a, "hypothesis": b, "answer": "yes"} for a, b in rows]
    prompts = Prompts(about(), table(examples))
    row = data.draw(st.integers(0, len(rows) - 1))
    template = TEMPLATES[data.draw(st.integers(0, 2))]
    wanted = (
        template.inputs.replace("{options_}", LIST)
        .replace("{premise}", "\x00P")
        .replace("{hypothesis}", rows[row][1])
        .replace("{answer}", "yes")
        .replace("\x00P", rows[row][0])
    )

    assert prompts.render(row, TEMPLATES.index(template)).inputs == [wanted]


def test_every_attribute_of_a_template_survives_the_file():
    templates = (replace(TEMPLATES[0], direction="en-de"), Template("{premise}", inverse=True))
    prompts = Prompts(about(templates=[_asdict(each) for each in templates]), table(SONGS))

    assert prompts.templates == templates
    assert prompts.normal == (0,)


def _asdict(template: Template) -> dict:
    from dataclasses import asdict

    return asdict(template)


def test_few_shot_puts_exemplars_before_the_query():
    text, before = few_shot([("2+2?", "4"), ("1+1?", "2")], "3+3?")

    assert text == "2+2?\n\n4\n\n\n1+1?\n\n2\n\n\n3+3?"
    assert text[before:] == "3+3?"

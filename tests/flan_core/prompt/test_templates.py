"""Templates: what they compile to, and what they must not ask for."""

import pytest

from flan_core.errors import BadInput
from flan_core.prompt.templates import (
    CONSTANT,
    OPTION_LIST,
    TaskPatterns,
    check_template,
    compile_templates,
    without_options,
)
from flan_core.task import Template


def test_a_template_becomes_constants_and_columns():
    buffer = bytearray()

    def put(text: bytes) -> int:
        buffer.extend(text)
        return len(buffer) - len(text)

    task = TaskPatterns("rte", ("a", "b", "answer"), ("b",), (Template("{a} and {b}\n{options_}"),))
    patterns = compile_templates([task], put)

    assert bytes(buffer) == b" and \n"
    assert patterns.pieces.tolist() == [
        [0, 0, 0],
        [CONSTANT, 0, 5],
        [1, 0, 0],
        [CONSTANT, 5, 6],
        [OPTION_LIST, 0, 0],
        [0, 0, 0],
        [CONSTANT, 0, 5],
        [1, 0, 0],
        [2, 0, 0],
    ]
    assert patterns.first.tolist() == [0, 5, 8, 9]
    assert patterns.cut.tolist() == [2, 7, -1]
    assert patterns.labelled.tolist() == [1]


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("{a}\n\n{options_}", "{a}"),
        ("{options_}\n{a}", "{a}"),
        ("{a}\n\n{options_}\nAnswer:", "{a}\n\nAnswer:"),
        ("{a}", "{a}"),
    ],
)
def test_the_list_of_options_leaves_with_the_space_around_it(pattern: str, left: str):
    assert without_options(pattern) == left


def test_a_template_that_asks_for_too_much_is_named():
    with pytest.raises(BadInput) as error:
        check_template(Template("{a} {b}"), 3, "rte", ("a", "answer"))

    assert str(error.value) == (
        "template 3 of task rte asks for {b}, which its rows do not have; they have a, answer: "
        "correct the template"
    )

"""Take a template apart into pieces, so that a page can show what fills which slot.

    "{premise} So {hypothesis}? {options_}"
     field     text field     t options

The texts of the pieces, joined, are the rendered text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from flan_core.task import ANSWER, OPTIONS, Example

Kind = Literal["text", "field", "options", "answer"]

_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a pattern: fixed words (``slot`` is empty) or a slot."""

    kind: Kind
    text: str
    slot: str = ""


def pieces(pattern: str, values: Mapping[str, str]) -> tuple[Piece, ...]:
    """Return the pieces of a filled pattern in order; their texts joined are the rendered text.

    Raises:
        KeyError: a slot has no value.
    """
    parts = _SLOT.split(pattern)
    found = [
        Piece(_kind(part), values[part], part) if index % 2 else Piece("text", part)
        for index, part in enumerate(parts)
    ]
    return tuple(piece for piece in found if piece.slot or piece.text)


def values_of(example: Example) -> dict[str, str]:
    """Return what each slot stands for in this example: its fields, the options, the answer."""
    options = "OPTIONS:\n- " + "\n- ".join(example.options) if example.options else ""
    return {**example.fields, OPTIONS: options, ANSWER: example.answer}


def _kind(slot: str) -> Kind:
    if slot == OPTIONS:
        return "options"
    return "answer" if slot == ANSWER else "field"

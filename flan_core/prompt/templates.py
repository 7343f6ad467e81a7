r"""Compile templates: each pattern becomes pieces, each piece a constant or a column of the rows.

    "{premise}\n\nSo {hypothesis}?"    ->    column 0 | constant "\n\nSo " | column 1 | constant "?"

A template gives three patterns: its input, its input without the list of options, its target.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from flan_core.errors import BadInput
from flan_core.task import ANSWER, OPTIONS, Template

PATTERNS = 3
"""Patterns of a template, in this order: input, input without options, target."""
CONSTANT, OPTION_LIST = -1, -2
"""Kinds of pieces that are no column; a column's kind is its number."""

_SLOT = re.compile(r"\{(\w+)\}")
_OPTIONS_AND_SPACE = re.compile(r"(\s*)\{" + OPTIONS + r"\}(\s*)")

Array = npt.NDArray[Any]


class Patterns(NamedTuple):
    """Compiled templates of one or more tasks, as arrays that compiled loops read.

    ``pieces`` has a line a piece: its kind and, of a constant, where it starts and ends in the
    text. Pattern ``p`` has the pieces ``first[p]`` to ``first[p + 1]``; template ``t`` has the
    patterns from ``3 * t`` on; task ``k`` has the templates from ``of_task[k]`` on. ``cut[p]`` is
    the piece that may be shortened, or -1. ``labelled[t]`` is 1 where the list of options may
    have labels, the target being the bare answer.
    """

    pieces: Array
    first: Array
    cut: Array
    labelled: Array
    of_task: Array


class TaskPatterns(NamedTuple):
    """What compiling needs to know of one task."""

    name: str
    columns: tuple[str, ...]
    long: tuple[str, ...]
    templates: tuple[Template, ...]


def without_options(inputs: str) -> str:
    r"""Take the list of options out of a pattern, and the white space that set it off.

    >>> without_options("{a}\n\n{options_}"), without_options("{options_}\n{a}")
    ('{a}', '{a}')
    """

    def gap(found: re.Match[str]) -> str:
        at_edge = found.start() == 0 or found.end() == len(inputs)
        return "" if at_edge else max(found.group(1), found.group(2), key=len)

    return _OPTIONS_AND_SPACE.sub(gap, inputs)


def check_template(template: Template, number: int, task: str, known: Sequence[str]) -> None:
    """Refuse a template that asks for what the task's rows do not have.

    Raises:
        BadInput: a slot is not among ``known`` (fields, ``answer``, and ``options_`` if there are
        any).
    """
    for slot in template.slots:
        if slot not in known:
            raise BadInput(
                f"template {number} of task {task} asks for {{{slot}}}, which its rows do not "
                f"have; they have {', '.join(known)}: correct the template"
            )


def compile_templates(tasks: Sequence[TaskPatterns], put: Callable[[bytes], int]) -> Patterns:
    """Compile the templates of these tasks, in this order; ``put`` keeps a constant's text."""
    maker = _Maker(put)
    of_task = [0]
    labelled: list[bool] = []
    for task in tasks:
        for template in task.templates:
            maker.add(task, template.inputs)
            maker.add(task, without_options(template.inputs))
            maker.add(task, template.targets)
            bare = template.targets == "{" + ANSWER + "}"
            labelled.append(bare and template.shows_options and not template.inverse)
        of_task.append(len(labelled))
    return Patterns(
        pieces=np.array(maker.pieces, np.int64).reshape(-1, 3),
        first=np.array(maker.first, np.int64),
        cut=np.array(maker.cut, np.int64),
        labelled=np.array(labelled, np.uint8),
        of_task=np.array(of_task, np.int64),
    )


class _Maker:
    """Collects pieces; a constant that several patterns share is kept once."""

    def __init__(self, put: Callable[[bytes], int]) -> None:
        self.pieces: list[tuple[int, int, int]] = []
        self.first = [0]
        self.cut: list[int] = []
        self._place = cache(put)

    def add(self, task: TaskPatterns, pattern: str) -> None:
        cuts: list[tuple[int, int]] = []
        for text, slot in zip(*_split(pattern), strict=True):
            if text:
                start = self._place(text.encode())
                self.pieces.append((CONSTANT, start, start + len(text.encode())))
            if slot in task.long:
                cuts.append((task.long.index(slot), len(self.pieces)))
            if slot:
                kind = OPTION_LIST if slot == OPTIONS else task.columns.index(slot)
                self.pieces.append((kind, 0, 0))
        self.first.append(len(self.pieces))
        self.cut.append(min(cuts)[1] if cuts else -1)


def _split(pattern: str) -> tuple[list[str], list[str]]:
    """Return the constants and the slots that follow them; the last slot is empty."""
    parts = _SLOT.split(pattern)
    return parts[0::2], [*parts[1::2], ""]

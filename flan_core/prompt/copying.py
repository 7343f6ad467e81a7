"""Compiled loops that copy pieces of prompts into one buffer.

Every ``_put_*`` function appends to ``out`` at ``at`` and returns the new end; where ``out`` is
too small it only counts, so that a second call with enough room can follow.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from flan_core.compiled import Array, Int, compiled, copied, mixed, same
from flan_core.prompt.cells import Cells, CellsWriter
from flan_core.prompt.templates import (
    CONSTANT,
    OPTION_LIST,
    Patterns,
    TaskPatterns,
    compile_templates,
)

MOST_SHUFFLED = 64
"""Longer lists of options keep their order."""
_LETTERS = 26


class Wording(NamedTuple):
    """What to render, a line each: which row of which task, by which template, in which form.

    ``shown`` is 0 where the options are left out; ``form`` indexes the forms of the list of
    options; ``order`` seeds the options' order, 0 being the task's own.
    """

    task: Array
    row: Array
    template: Array
    shown: Array
    form: Array
    order: Array


class Forms(NamedTuple):
    """The forms of a list of options.

    ``parts[f]`` is where the header, the text before and the text after each label start and end;
    ``label[f]`` is the kind of label.
    """

    parts: Array
    label: Array


class Book(NamedTuple):
    """All that prompts are copied from: rows, templates, forms of lists; one buffer of text."""

    cells: Cells
    patterns: Patterns
    forms: Forms


NO_LABEL, LETTER, NUMBER = 0, 1, 2

_FORMS = (
    ("OPTIONS:", "\n- ", "", NO_LABEL),  # the paper's, and the only one unless asked otherwise
    ("Options:", "\n- ", "", NO_LABEL),
    ("Choices:", "\n* ", "", NO_LABEL),
    ("Possible answers:", "\n- ", "", NO_LABEL),
    ("OPTIONS:", "\n(", ") ", LETTER),
    ("Choices:", "\n", ". ", LETTER),
    ("Options:", "\n", ") ", NUMBER),
)
NUM_FORMS = len(_FORMS)


def bind(writer: CellsWriter, tasks: Sequence[TaskPatterns]) -> Book:
    """Return the book of the rows that a writer collected and of these tasks' templates."""
    patterns = compile_templates(tasks, writer.put)
    parts = []
    for form in _FORMS:
        for text in form[:3]:
            start = writer.put(text.encode())
            parts += [start, start + len(text.encode())]
    forms = Forms(
        parts=np.array(parts, np.int64).reshape(NUM_FORMS, 6),
        label=np.array([form[3] for form in _FORMS], np.int64),
    )
    return Book(writer.cells(), patterns, forms)


@compiled
def _put(text: Array, start: Int, end: Int, out: Array, at: Int) -> Int:
    if at + end - start <= out.size:
        copied(text, start, end, out, at)
    return at + end - start


@compiled
def _put_label(number: Int, kind: Int, out: Array, at: Int) -> Int:
    """Append ``A`` or ``1`` for option number 0."""
    if kind == LETTER:
        if at < out.size:
            out[at] = 65 + number
        return at + 1
    value = number + 1
    digits = 1 + (value > 9) + (value > 99)
    if at + digits <= out.size:
        for place in range(digits - 1, -1, -1):
            out[at + place] = 48 + value % 10
            value //= 10
    return at + digits


@compiled
def _label_of(forms: Forms, form: Int, size: Int) -> Int:
    """Return the kind of label that a list of ``size`` options can have in this form."""
    return NO_LABEL if size > _LETTERS else forms.label[form]


@compiled
def _order(size: Int, seed: Int, order: Array) -> None:
    """Fill ``order`` with the order of ``size`` options: a Fisher-Yates shuffle by counter."""
    for number in range(min(size, order.size)):
        order[number] = number
    if seed == np.uint64(0) or size > order.size:
        return
    for number in range(size - 1, 0, -1):
        other = np.int64(mixed(seed, np.uint64(number)) % np.uint64(number + 1))
        order[number], order[other] = order[other], order[number]


@compiled
def _put_options(book: Book, form: Int, options: Int, order: Array, out: Array, at: Int) -> Int:
    """Append the list of options ``options`` in ``form``, in ``order``."""
    text = book.cells.text
    first, size = book.cells.lists[options, 2], book.cells.lists[options, 3]
    kind = _label_of(book.forms, form, size)
    parts = book.forms.parts[form if kind == book.forms.label[form] else 0]
    at = _put(text, parts[0], parts[1], out, at)
    for number in range(size):
        at = _put(text, parts[2], parts[3], out, at)
        if kind:
            at = _put_label(number, kind, out, at)
        at = _put(text, parts[4], parts[5], out, at)
        option = book.cells.options[first + (order[number] if size <= order.size else number)]
        at = _put(text, option[0], option[1], out, at)
    return at


@compiled
def _answer_number(cells: Cells, span: tuple[Int, Int], options: Int, order: Array) -> Int:
    """Return the place of the answer, the text at ``span``, in the shown order; -1 if none."""
    first, size = cells.lists[options, 2], cells.lists[options, 3]
    length = span[1] - span[0]
    for number in range(size if size <= order.size else 0):
        option = cells.options[first + order[number]]
        fits = option[1] - option[0] == length
        if fits and same(cells.text, option[0], cells.text, span[0], length):
            return number
    return -1


@compiled
def _arrays(book: Book) -> tuple[Array, Array, Array, Array]:
    return book.cells.text, book.cells.ends, book.patterns.pieces, book.cells.lists


@compiled
def _put_pieces(  # noqa: PLR0913, PLR0917  (arrays in a tuple would be counted at every call)
    text: Array,
    ends: Array,
    pieces: Array,
    lists: Array,
    wanted: tuple[Int, Int, Int, Int],
    out: Array,
    at: Int,
) -> Int:
    """Append pieces that are constants, columns, or lists of options in the paper's form.

    ``wanted`` is the first piece, the last but one, the row's first cell, its list of options.
    """
    for piece in range(wanted[0], wanted[1]):
        kind = pieces[piece, 0]
        if kind >= 0:
            cell = wanted[2] + kind
            start, end = ends[cell], ends[cell + 1]
        elif kind == CONSTANT:
            start, end = pieces[piece, 1], pieces[piece, 2]
        else:
            start, end = lists[wanted[3], 0], lists[wanted[3], 1]
        at = _put(text, start, end, out, at)
    return at


@compiled
def _put_in_form(
    book: Book, wanted: tuple[Int, Int, Int, Int], form: Int, seed: Int, out: Array, at: Int
) -> Int:
    """Append pieces as ``_put_pieces`` does, lists of options in another form or order."""
    text, ends, pieces, lists = _arrays(book)
    first, last, cell, options = wanted
    for piece in range(first, last):
        if pieces[piece, 0] == OPTION_LIST:
            order = np.empty(MOST_SHUFFLED, np.int64)
            _order(lists[options, 3], seed, order)
            at = _put_options(book, form, options, order, out, at)
        else:
            one = (piece, piece + 1, cell, options)
            at = _put_pieces(text, ends, pieces, lists, one, out, at)
    return at


@compiled
def _put_label_of_answer(book: Book, aim: Array, form: Int, seed: Int, out: Array, at: Int) -> Int:
    """Append the label that the list of options gives the answer; -1 if it has no labels."""
    cells, options = book.cells, aim[OPTIONS_OF]
    kind = _label_of(book.forms, form, cells.lists[options, 3])
    if kind == NO_LABEL:
        return -1
    order = np.empty(MOST_SHUFFLED, np.int64)
    _order(cells.lists[options, 3], seed, order)
    answer = aim[CELL] + book.patterns.pieces[aim[TARGET], 0]
    number = _answer_number(cells, (cells.ends[answer], cells.ends[answer + 1]), options, order)
    return _put_label(number, kind, out, at) if number >= 0 else -1


INPUT, CUT, AFTER_CUT, INPUT_END, TARGET, TARGET_END, CELL, OPTIONS_OF, FORM, TOUCH = range(10)
"""Columns of an aim: a line's pieces (first, long field, after it, end), its row and its form."""


@compiled
def _aims(book: Book, wording: Wording) -> Array:
    """Return what each line is made of; see the columns' names."""
    cells, patterns = book.cells, book.patterns
    columns, first_cell, first_row = cells.columns, cells.first_cell, cells.first_row
    list_of, first, cut, labelled = cells.list_of, patterns.first, patterns.cut, patterns.labelled
    task_of, row_of, template_of, shown, form_of, _ = wording
    of_task = patterns.of_task
    aims = np.empty((row_of.size, 10), np.int64)
    text, cell_ends = cells.text, cells.ends
    for line in range(row_of.size):
        aim = aims[line]
        task, row = task_of[line], row_of[line]
        template = of_task[task] + template_of[line]
        pattern = 3 * template + (0 if shown[line] else 1)
        aim[INPUT], aim[INPUT_END] = first[pattern], first[pattern + 1]
        aim[CUT] = cut[pattern] if cut[pattern] >= 0 else aim[INPUT_END]
        aim[AFTER_CUT] = min(aim[CUT] + 1, aim[INPUT_END])
        aim[TARGET], aim[TARGET_END] = first[3 * template + 2], first[3 * template + 3]
        aim[CELL] = first_cell[task] + row * columns[task]
        aim[OPTIONS_OF] = list_of[first_row[task] + row]
        aim[TOUCH] = text[cell_ends[aim[CELL]]]  # rows lie anywhere: fetch many at a time
        aim[FORM] = form_of[line] if labelled[template] and shown[line] else 0
    return aims


@compiled
def _put_line(book: Book, aim: Array, seed: Int, out: Array, at: Int, marks: Array) -> Int:
    """Append a line whose list of options is not the paper's.

    ``marks`` gets where its long field begins and ends, and where its input ends.
    """
    form, cell, options = aim[FORM], aim[CELL], aim[OPTIONS_OF]
    at = _put_in_form(book, (aim[INPUT], aim[CUT], cell, options), form, seed, out, at)
    marks[0] = at
    at = _put_in_form(book, (aim[CUT], aim[AFTER_CUT], cell, options), form, seed, out, at)
    marks[1] = at
    at = _put_in_form(book, (aim[AFTER_CUT], aim[INPUT_END], cell, options), form, seed, out, at)
    marks[2] = at
    past = _put_label_of_answer(book, aim, form, seed, out, at) if form else -1
    if past >= 0:
        return past
    target = (aim[TARGET], aim[TARGET_END], cell, options)
    return _put_in_form(book, target, np.int64(0), np.uint64(0), out, at)


@compiled
def _nine(aims: Array, line: Int) -> tuple[Int, Int, Int, Int, Int, Int, Int, Int, Int]:
    a, b, c, d, e = aims[line, 0], aims[line, 1], aims[line, 2], aims[line, 3], aims[line, 4]
    return a, b, c, d, e, aims[line, 5], aims[line, 6], aims[line, 7], aims[line, 8]


@compiled
def put_prompts(book: Book, wording: Wording, out: Array, ends: Array, cuts: Array) -> None:
    """Write each line's input and target to ``out``, one after the other, as far as there is room.

    ``ends`` gets where each of them ends (input 0, target 0, input 1, ...), also beyond ``out``;
    ``cuts`` gets, per line, where its long field begins and ends in ``out``.
    """
    text, cell_ends, pieces, lists = _arrays(book)
    aims, seeds, marks = _aims(book, wording), wording.order, np.empty(3, np.int64)
    at = np.int64(0)
    for line in range(aims.shape[0]):
        a, b, c, d, e, f, cell, options, form = _nine(aims, line)
        if form or seeds[line]:
            at = _put_line(book, aims[line], seeds[line], out, at, marks)
            cuts[line, 0], cuts[line, 1], ends[2 * line + 1] = marks[0], marks[1], marks[2]
        else:
            at = _put_pieces(text, cell_ends, pieces, lists, (a, b, cell, options), out, at)
            cuts[line, 0] = at
            at = _put_pieces(text, cell_ends, pieces, lists, (b, c, cell, options), out, at)
            cuts[line, 1] = at
            at = _put_pieces(text, cell_ends, pieces, lists, (c, d, cell, options), out, at)
            ends[2 * line + 1] = at
            at = _put_pieces(text, cell_ends, pieces, lists, (e, f, cell, options), out, at)
        ends[2 * line + 2] = at

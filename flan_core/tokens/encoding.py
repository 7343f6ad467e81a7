"""Encode texts: cut words off, look them up, merge the new ones; shorten what is too long.

A text that does not fit is shortened inside one span: a cut at a word's start, then encoded again.
"""

import numpy as np

from flan_core.compiled import Array, Int, compiled, copied
from flan_core.tokens.merging import (
    KEY_BYTES,
    LONGEST_WORD,
    SCANNED,
    Machine,
    keep,
    key_of,
    merge,
    slot_of,
)
from flan_core.tokens.splitting import has_special, word_end

WHOLE, SHORTENED, TOO_LONG, IN_DOUBT = 0, 1, 2, 3
"""What became of a text."""
_ROUNDS = 8


@compiled
def _put_new(machine: Machine, text: Array, number: Int, slot: Int, out: Array, at: Int) -> Int:
    """Append the ids of a scanned word that is not kept; keep it at the free ``slot`` (-1: no)."""
    found = machine.found
    start, size = np.int64(found[number, 4]), np.int64(found[number, 5])
    count = merge(machine, text, start, start + size)
    if slot >= 0:
        key = (found[number, 0], found[number, 1], found[number, 2])
        keep(machine.words, slot, key, machine.parts[0], count)
    for step in range(count):
        out[at + step] = machine.parts[0, step]
    return at + count


@compiled
def _scan(
    text: Array,
    span: tuple[Int, Int],
    classes: Array,
    ways: tuple[Int, Int, Int],
    found: Array,
    count: Int,
) -> tuple[Int, Int]:
    """Cut words off until the scratch lines are full.

    ``ways`` are digits a word, whether whole words are tokens, lines of the table of words. Returns
    how many scratch lines are used, and where the next word begins; -1 if the text is in doubt. A
    scratch line has a word's three numbers, its line in the table, its start and its size.
    """
    start, end = span
    digits, whole_words, slots = ways
    while start < end and count < found.shape[0]:
        stop = word_end(text, start, end, classes, digits)
        size = stop - start
        if stop < 0 or size > LONGEST_WORD or (whole_words and size > KEY_BYTES):
            return -1, start
        if size <= KEY_BYTES:
            a, b, c = key_of(text, start, size)
            found[count, 0], found[count, 1], found[count, 2] = a, b, c
            found[count, 3] = slot_of(a, b, c, slots)
        found[count, 4], found[count, 5] = start, size
        count += 1
        start = stop
    return count, start


@compiled
def _look_up(lines: Array, found: Array, number: Int) -> tuple[Int, Int]:
    """Return the place of a scanned word's ids, 0 if it is not kept, and its line in the table."""
    if found[number, 5] > KEY_BYTES:
        return np.uint64(0), np.int64(-1)
    slot = np.int64(found[number, 3])
    a, b, c = found[number, 0], found[number, 1], found[number, 2]
    while lines[slot, 3] != 0:
        if lines[slot, 0] == a and lines[slot, 1] == b and lines[slot, 2] == c:
            return lines[slot, 3], slot
        slot = (slot + 1) & (lines.shape[0] - 1)
    return np.uint64(0), slot


@compiled
def _put_scanned(machine: Machine, text: Array, count: Int, out: Array, at: Int) -> Int:
    """Append the ids of the scanned words; where each word's begin stays in its scratch line."""
    lines, ids, found = machine.words.lines, machine.words.ids, machine.found
    for number in range(count):
        place, slot = _look_up(lines, found, number)
        found[number, 3] = at
        kept = np.int64(place & np.uint64(255))
        begin = np.int64(place >> np.uint64(8))
        if kept == 1:
            out[at] = begin
            at += 1
        elif kept:
            at = copied(ids, begin, begin + kept, out, at)
        else:
            at = _put_new(machine, text, number, slot, out, at)
    return at


@compiled
def _ways(machine: Machine) -> tuple[Int, Int, Int]:
    return machine.rules.digits, machine.pairs.whole_words, machine.words.lines.shape[0]


@compiled
def _encode(
    machine: Machine, text: Array, span: tuple[Int, Int], out: Array, at: Int, marks: Array
) -> Int:
    """Append the ids of ``text[span[0]:span[1]]``; -1 if it must be left to the tokenizer itself.

    ``marks``, if it has room, gets where each word starts and how many ids stand before it, and one
    more line for the end.
    """
    start, end = span
    first, seen = at, 0
    classes, found, ways = machine.rules.classes, machine.found, _ways(machine)
    while start < end:
        count, start = _scan(text, (start, end), classes, ways, found, np.int64(0))
        if count < 0:
            return -1
        at = _put_scanned(machine, text, count, out, at)
        for number in range(count if marks.size else 0):
            marks[seen, 0] = found[number, 4]
            marks[seen, 1] = np.int64(found[number, 3]) - first
            seen += 1
    if marks.size:
        marks[seen, 0], marks[seen, 1] = end, at - first
    return at


@compiled
def _cut_place(marks: Array, cut: tuple[Int, Int], end: Int, excess: Int) -> Int:
    """Return the last word's start in ``cut`` from which on at least ``excess`` ids go.

    What stands from there to the end of the cut goes. Returns the cut's start if it is not enough.
    """
    last = 0
    while marks[last, 0] < cut[1] and marks[last, 0] < end:
        last += 1
    here = last
    while here > 0 and marks[here, 0] > cut[0] and marks[last, 1] - marks[here, 1] < excess:
        here -= 1
    return max(marks[here, 0], cut[0])


@compiled
def _fit(
    machine: Machine,
    text: Array,
    span: tuple[Int, Int],
    cut: tuple[Int, Int],
    out: Array,
    size: Int,
) -> Int:
    """Write the ids of ``span`` with ``cut`` shortened so that there are at most ``size``.

    Returns how many; more than ``size`` if it cannot be done; -1 if it must be left to the
    tokenizer.
    """
    start, end = span
    marks = np.empty((end - start + 2, 2), np.int64)
    count = _encode(machine, text, span, out, np.int64(0), marks)
    shorter, no_marks = np.empty(end - start, np.uint8), np.empty((0, 2), np.int64)
    excess = count - size
    for _ in range(_ROUNDS):
        place = _cut_place(marks, cut, end, excess)
        kept = place - start
        copied(text, start, place, shorter, np.int64(0))
        size_now = copied(text, cut[1], end, shorter, kept)
        count = _encode(machine, shorter, (np.int64(0), size_now), out, np.int64(0), no_marks)
        if count <= size or place == cut[0]:
            return count
        excess += count - size
    return count


@compiled
def _scan_texts(machine: Machine, text: Array, ends: Array, number: Int, firsts: Array) -> Int:
    """Scan texts from ``number`` on, as many as surely fit the scratch lines; returns the next.

    ``firsts`` gets each one's first word, and the end of the last; a text in doubt gets no words
    and a negative number, its first word's less ``SCANNED``.
    """
    rules, found, ways = machine.rules, machine.found, _ways(machine)
    classes, first, count = rules.classes, number, np.int64(0)
    while number < ends.size - 1 and ends[number + 1] - ends[number] <= found.shape[0] - count:
        firsts[number - first] = count
        span = (ends[number], ends[number + 1])
        past, _ = _scan(text, span, classes, ways, found, count)
        if past < 0 or has_special(text, span[0], span[1], rules):
            firsts[number - first] = count - SCANNED - 1
        else:
            count = past
        number += 1
        if number - first + 1 == firsts.size:
            break
    firsts[number - first] = count
    return number


@compiled
def encode_texts(machine: Machine, text: Array, ends: Array, ids: Array, id_ends: Array) -> Array:
    """Encode every text ``text[ends[i]:ends[i + 1]]`` into ``ids``; ``id_ends`` gets the ends.

    Returns what became of each text: WHOLE, or IN_DOUBT and without ids.
    """
    fates = np.zeros(ends.size - 1, np.uint8)
    no_marks, firsts = np.empty((0, 2), np.int64), np.empty(SCANNED + 2, np.int64)
    at: Int = np.int64(0)
    number = 0
    while number < ends.size - 1:
        begin, number = number, _scan_texts(machine, text, ends, number, firsts)
        past = _put_scanned(machine, text, firsts[number - begin], ids, at)
        for each in range(begin, number):
            fates[each] = IN_DOUBT if firsts[each - begin] < 0 else WHOLE
            after = firsts[each - begin + 1]
            after = after if after >= 0 else after + SCANNED + 1
            is_last = after == firsts[number - begin]
            id_ends[each + 1] = past if is_last else machine.found[after, 3]
        at = past
        if begin == number:  # longer than the scratch lines: on its own
            span = (ends[number], ends[number + 1])
            special = has_special(text, span[0], span[1], machine.rules)
            past = np.int64(-1) if special else _encode(machine, text, span, ids, at, no_marks)
            fates[number] = IN_DOUBT if past < 0 else WHOLE
            at = at if past < 0 else past
            number += 1
            id_ends[number] = at
    return fates


@compiled
def fit_texts(
    machine: Machine, text: Array, ends: Array, limits: tuple[Array, Array, Array], out: Array
) -> tuple[Array, Array]:
    """Encode texts that are too long, each shortened inside its span to fit.

    ``limits`` are the chosen texts' numbers, and for every text the most ids and the span in
    ``text`` that may be shortened; ``out`` must have room for the most ids of each chosen one.
    Returns where each one's ids end in ``out``, and its fate: SHORTENED, or TOO_LONG or IN_DOUBT
    and without ids.
    """
    chosen, sizes, cuts = limits
    id_ends, fates = np.zeros(chosen.size + 1, np.int64), np.zeros(chosen.size, np.uint8)
    for place in range(chosen.size):
        number = chosen[place]
        span, cut = (ends[number], ends[number + 1]), (cuts[number, 0], cuts[number, 1])
        at, size = id_ends[place], sizes[number]
        room = np.empty(span[1] - span[0] + 1, out.dtype)
        count = _fit(machine, text, span, cut, room, size) if cut[1] > cut[0] else size + 1
        if 0 <= count <= size:
            fates[place] = SHORTENED
            at = copied(room, np.int64(0), count, out, at)
        else:
            fates[place] = IN_DOUBT if count < 0 else TOO_LONG
        id_ends[place + 1] = at
    return id_ends, fates


@compiled
def gather(mine: Array, others: Array, source: Array, ends: Array, out: Array) -> None:
    """Copy text after text to ``out``: from ``mine``, or from ``others`` where it begins beyond."""
    for number in range(source.size):
        begin, size = source[number], ends[number + 1] - ends[number]
        if begin >= mine.size and size:
            begin -= mine.size
            copied(others, begin, begin + size, out, ends[number])
        else:
            copied(mine, begin, begin + size, out, ends[number])

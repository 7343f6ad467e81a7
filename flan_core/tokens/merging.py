"""Byte-pair encoding as compiled loops: a table of words seen, and merging for the others.

    words    " the"  -> [262]          a word is three 64-bit numbers: up to 23 bytes and its size
             "ally"  -> [453]
             " gaol" -> [308, 78, 349]   merged once by the ranks, then kept

Tables are open: a search goes on from a key's hash to the next free line.
"""

from typing import NamedTuple

import numpy as np

from flan_core.compiled import Array, Int, compiled
from flan_core.tokens.splitting import Rules

KEY_BYTES = 23
"""Longer words are merged each time."""
SCANNED = 512
"""Words that are cut off before they are looked up: the processor then waits for many at a time."""
LONGEST_WORD = 2_048
"""A text with a longer word, in bytes, is left to the tokenizer itself."""
_NO_RANK = np.int64(1) << 62


class Pairs(NamedTuple):
    """Merges: an open table of (left << 32 | right) + 1, rank and result beside it."""

    byte_ids: Array
    keys: Array
    ranks: Array
    results: Array
    whole_words: Int
    """1 where a word that is a token is never merged (Llama 3's ``ignore_merges``)."""


class Words(NamedTuple):
    """Words seen, an open table: a line has the three numbers of a word and the place of its ids.

    A place is first id << 8 | number of ids, the id itself instead of the first if it is one
    only; 0 is a free line. A line is half a cache line, so that a word in hand costs one or two.
    """

    lines: Array
    ids: Array
    used: Array
    """Words kept, ids kept."""


class Machine(NamedTuple):
    """All that encoding reads, and the words that it learns; one a thread."""

    rules: Rules
    pairs: Pairs
    words: Words
    parts: Array
    """Scratch: ids of the word in hand, and ranks of its pairs; two lines of LONGEST_WORD."""
    found: Array
    """Scratch: words cut off and not yet looked up; see ``_scan``."""


@compiled
def slot_of(a: Int, b: Int, c: Int, size: Int) -> Int:
    """Return the line of an open table of ``size`` lines where a search begins."""
    h = np.uint64(a) * np.uint64(0x9E3779B97F4A7C15) ^ np.uint64(b) * np.uint64(0xC2B2AE3D27D4EB4F)
    h ^= np.uint64(c) * np.uint64(0x165667B19E3779F9)
    h = (h ^ (h >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    return np.int64((h ^ (h >> np.uint64(32))) & np.uint64(size - 1))


@compiled
def put_pair(pairs: Pairs, left: Int, right: Int, rank: Int, result: Int) -> None:
    """Enter one merge."""
    key = (np.uint64(left) << np.uint64(32) | np.uint64(right)) + np.uint64(1)
    slot = slot_of(key, 0, 0, pairs.keys.size)
    while pairs.keys[slot] != 0:
        slot = (slot + 1) & (pairs.keys.size - 1)
    pairs.keys[slot], pairs.ranks[slot], pairs.results[slot] = key, rank, result


@compiled
def put_pairs(pairs: Pairs, merges: Array) -> None:
    """Enter all merges: left, right, result, in the order of their ranks."""
    for rank in range(merges.shape[0]):
        put_pair(pairs, merges[rank, 0], merges[rank, 1], rank, merges[rank, 2])


@compiled
def _find(pairs: Pairs, left: Int, right: Int) -> Int:
    """Return the slot of a pair, or -1."""
    key = (np.uint64(left) << np.uint64(32) | np.uint64(right)) + np.uint64(1)
    slot = slot_of(key, 0, 0, pairs.keys.size)
    while pairs.keys[slot] != 0:
        if pairs.keys[slot] == key:
            return slot
        slot = (slot + 1) & (pairs.keys.size - 1)
    return -1


@compiled
def _rank(pairs: Pairs, left: Int, right: Int) -> Int:
    slot = _find(pairs, left, right)
    return pairs.ranks[slot] if slot >= 0 else _NO_RANK


@compiled
def _best(ranks: Array, size: Int) -> Int:
    """Return the leftmost pair of the lowest rank among ``size`` parts."""
    best = 0
    for step in range(1, size - 1):
        if ranks[step] < ranks[best]:
            best = step
    return best


@compiled
def _join(pairs: Pairs, ids: Array, ranks: Array, place: Int, size: Int) -> Int:
    """Merge the pair at ``place``; returns how many parts are left."""
    ids[place] = pairs.results[_find(pairs, ids[place], ids[place + 1])]
    size -= 1
    for step in range(place + 1, size):
        ids[step] = ids[step + 1]
        ranks[step - 1] = ranks[step]
    if place > 0:
        ranks[place - 1] = _rank(pairs, ids[place - 1], ids[place])
    if place < size - 1:
        ranks[place] = _rank(pairs, ids[place], ids[place + 1])
    return size


@compiled
def merge(machine: Machine, text: Array, start: Int, end: Int) -> Int:
    """Merge one word's bytes; its ids are then in ``machine.parts[0]``. Returns how many."""
    pairs, ids, ranks = machine.pairs, machine.parts[0], machine.parts[1]
    size = end - start
    for step in range(size):
        ids[step] = pairs.byte_ids[text[start + step]]
    for step in range(size - 1):
        ranks[step] = _rank(pairs, ids[step], ids[step + 1])
    while size > 1:
        best = _best(ranks, size)
        if ranks[best] == _NO_RANK:
            break
        size = _join(pairs, ids, ranks, best, size)
    return size


@compiled
def keep(words: Words, slot: Int, key: tuple[Int, Int, Int], ids: Array, size: Int) -> None:
    """Keep a word unless the table is as full as it may be."""
    full = 2 * words.used[0] > words.lines.shape[0] or words.used[1] + size > words.ids.size
    if full or size > 255:
        return
    line = words.lines[slot]
    line[0], line[1], line[2] = key
    first = words.used[1]
    for step in range(size):
        words.ids[first + step] = ids[step]
    line[3] = ((ids[0] if size == 1 else first) << 8) | size
    words.used[0] += 1
    words.used[1] = first + size


@compiled
def key_of(text: Array, start: Int, size: Int) -> tuple[Int, Int, Int]:
    """Return a word's bytes and size as three numbers; ``size`` is at most KEY_BYTES."""
    a = b = np.uint64(0)
    c = np.uint64(size)
    for step in range(min(size, 8)):
        a = (a << np.uint64(8)) | np.uint64(text[start + step])
    for step in range(8, min(size, 16)):
        b = (b << np.uint64(8)) | np.uint64(text[start + step])
    for step in range(16, size):
        c = (c << np.uint64(8)) | np.uint64(text[start + step])
    return a, b, c


@compiled
def put_known(machine: Machine, text: Array, ends: Array, ids: Array) -> None:
    """Enter words that are tokens: word ``i`` is ``text[ends[i]:ends[i + 1]]``."""
    one = np.zeros(1, np.int64)
    for number in range(ids.size):
        start, end = ends[number], ends[number + 1]
        if end - start > KEY_BYTES or end == start:
            continue
        a, b, c = key_of(text, start, end - start)
        slot = slot_of(a, b, c, machine.words.lines.shape[0])
        while machine.words.lines[slot, 3] != 0:
            slot = (slot + 1) & (machine.words.lines.shape[0] - 1)
        one[0] = ids[number]
        keep(machine.words, slot, (a, b, c), one, 1)

r"""Cut text into words where the tokenizer's regular expression cuts it, without a regex engine.

Two patterns cover GPT-2, GPT-NeoX, OLMo, Phi and Llama 3, Qwen 2 and 3 and their children:

    gpt2    's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
    llama   (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}
            | ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+      (Qwen: \p{N}, not {1,3})

A character's class comes from a table. Characters that Python's Unicode tables do not know, that a
normaliser could change, or that fold to an ASCII letter are of the class DOUBT: their text is
left to the tokenizer itself.
"""

import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np

from flan_core.compiled import Array, Int, compiled, same

OTHER, LETTER, NUMBER, SPACE, NEWLINE, DOUBT = 0, 1, 2, 3, 4, 5
GPT2, LLAMA = 0, 1
KNOWN = 0x20000
"""Characters from here on (rare Han, tags) are in doubt."""
_LONG_S = 0x17F
"""Folds to ``s``, so that it can end a contraction."""
_SPACES = "\t\v\f \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)

_CONTRACTIONS = "'s|'t|'re|'ve|'m|'ll|'d"
_LLAMA = (
    rf"(?i:{_CONTRACTIONS})|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|%s"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
PATTERNS = {
    rf"{_CONTRACTIONS}| ?\p{{L}}+| ?\p{{N}}+| ?[^\s\p{{L}}\p{{N}}]+|\s+(?!\S)|\s+": 0,
    _LLAMA % r"\p{N}{1,3}": 3,
    _LLAMA % r"\p{N}": 1,
}
"""Known patterns: how many digits a word may have; 0 is GPT-2's pattern."""


class Rules(NamedTuple):
    """How to cut: class of each character, digits a word (0: GPT-2's way), texts to leave alone.

    ``first[b]`` is 1 where a special token's text starts with byte ``b``; the texts are
    ``special[special_ends[i]:special_ends[i + 1]]``.
    """

    classes: Array
    digits: Int
    first: Array
    special: Array
    special_ends: Array


@cache
def _all_classes() -> Array:
    of_category = {"L": LETTER, "N": NUMBER}
    categories = list(map(unicodedata.category, map(chr, range(KNOWN))))
    kinds = {name: of_category.get(name[0], OTHER) for name in set(categories)} | {"Cn": DOUBT}
    classes = np.array([kinds[name] for name in categories], np.uint8)
    classes[[ord(each) for each in _SPACES]] = SPACE
    classes[[10, 13]] = NEWLINE
    classes[_LONG_S] = DOUBT
    return classes


@cache
def _changed_by_nfc() -> Array:
    """Return 1 for each character that normal form C may change, alone or after another one."""
    changed = np.zeros(KNOWN, np.uint8)
    for code in range(0xC0, KNOWN):
        char = chr(code)
        parts = unicodedata.decomposition(char).split()
        if unicodedata.combining(char) or not unicodedata.is_normalized("NFC", char):
            changed[code] = 1
        if len(parts) == 2 and not parts[0].startswith("<") and int(parts[1], 16) < KNOWN:
            changed[int(parts[1], 16)] = 1
    changed[0x1100:0x1200] = 1  # Hangul letters, which join to syllables
    return changed


def classes_of(nfc: bool) -> Array:
    """Return the class of every character below ``KNOWN``; ``nfc`` doubts what it changes."""
    classes = _all_classes().copy()
    if nfc:
        classes[_changed_by_nfc() == 1] = DOUBT
    return classes


@compiled
def _char(text: Array, at: Int, classes: Array) -> tuple[Int, Int]:
    """Return the class of the character at ``at`` and how many bytes it has."""
    byte = np.int64(text[at])
    if byte < 0x80:
        return np.int64(classes[byte]), 1
    if byte < 0xE0:
        code = ((byte & 0x1F) << 6) | (text[at + 1] & 0x3F)
        return np.int64(classes[code]), 2
    if byte < 0xF0:
        code = ((byte & 0x0F) << 12) | (np.int64(text[at + 1] & 0x3F) << 6) | (text[at + 2] & 0x3F)
        return np.int64(classes[code]), 3
    code = ((byte & 0x07) << 18) | (np.int64(text[at + 1] & 0x3F) << 12)
    code |= (np.int64(text[at + 2] & 0x3F) << 6) | (text[at + 3] & 0x3F)
    return (np.int64(classes[code]) if code < classes.size else 5), 4


@compiled
def _run(text: Array, at: Int, end: Int, classes: Array, wanted: Int) -> Int:
    """Return where the run of characters of class ``wanted`` ends; -1 at a character in doubt."""
    while at < end:
        kind, size = _char(text, at, classes)
        if kind != wanted:
            return -1 if kind == DOUBT else at
        at += size
    return at


@compiled
def _contraction(text: Array, at: Int, end: Int, fold: Int) -> Int:
    """Return the end of ``'s``, ``'ll`` and so on at ``at``, or ``at`` if there is none."""
    if text[at] != 39 or at + 1 >= end:
        return at
    one = np.int64(text[at + 1]) | fold
    if one in (115, 116, 109, 100):  # s t m d
        return at + 2
    if at + 2 >= end:
        return at
    two = np.int64(text[at + 2]) | fold
    if (one in (114, 118) and two == 101) or (one == 108 and two == 108):  # re ve ll
        return at + 3
    return at


@compiled
def _space_end(text: Array, at: Int, end: Int, classes: Array, pattern: Int) -> Int:
    r"""Return the end of white space by ``\s+(?!\S)|\s+``; with llama, by ``\s*[\r\n]+`` first."""
    here, last, after_newline = at, at, at
    while here < end:
        kind, size = _char(text, here, classes)
        if kind == DOUBT:
            return -1
        if kind < SPACE:
            break
        last = here
        here += size
        if kind == NEWLINE:
            after_newline = here
    if pattern == LLAMA and after_newline > at:
        return after_newline
    return here if here == end or last == at else last


@compiled
def _gpt2_end(text: Array, at: Int, end: Int, classes: Array) -> Int:
    past = _contraction(text, at, end, 0)
    if past > at:
        return past
    kind, _ = _char(text, at, classes)
    start = at
    if text[at] == 32 and at + 1 < end:
        following, _ = _char(text, at + 1, classes)
        if following <= NUMBER:
            kind, start = following, at + 1
    if kind <= NUMBER:
        return _run(text, start, end, classes, kind)
    return _space_end(text, at, end, classes, GPT2)


@compiled
def _digits_end(text: Array, at: Int, end: Int, classes: Array, digits: Int) -> Int:
    for _ in range(digits):
        if at >= end:
            return at
        kind, size = _char(text, at, classes)
        if kind != NUMBER:
            return at
        at += size
    return at


@compiled
def _marks_end(text: Array, at: Int, end: Int, classes: Array) -> Int:
    r"""Return the end of ``[^\s\p{L}\p{N}]+[\r\n]*``."""
    past = _run(text, at, end, classes, OTHER)
    while 0 <= past < end and text[past] in (10, 13):
        past += 1
    return past


@compiled
def _llama_end(text: Array, at: Int, end: Int, classes: Array, digits: Int) -> Int:
    past = _contraction(text, at, end, 32)
    kind, size = _char(text, at, classes)
    after, following = at + size, -1
    if kind != LETTER and after < end:
        following, _ = _char(text, after, classes)
    if past > at:
        return past
    if kind == LETTER or (following == LETTER and kind in (OTHER, SPACE)):
        return _run(text, at if kind == LETTER else after, end, classes, LETTER)
    if kind == NUMBER:
        return _digits_end(text, at, end, classes, digits)
    if kind == OTHER or (text[at] == 32 and following == OTHER):
        return _marks_end(text, at if kind == OTHER else after, end, classes)
    return _space_end(text, at, end, classes, LLAMA)


@compiled
def word_end(text: Array, at: Int, end: Int, classes: Array, digits: Int) -> Int:
    """Return where the word that starts at ``at`` ends; -1 if a character is in doubt.

    ``digits`` of 0 means GPT-2's pattern; else it is how many digits a word may have in Llama's.
    """
    if digits == 0:
        return _gpt2_end(text, at, end, classes)
    return _llama_end(text, at, end, classes, digits)


@compiled
def _is_special(text: Array, at: Int, end: Int, rules: Rules) -> bool:
    """Say whether the text of a special token starts at ``at``."""
    for number in range(rules.special_ends.size - 1):
        begin, past = rules.special_ends[number], rules.special_ends[number + 1]
        if past - begin <= end - at and same(text, at, rules.special, begin, past - begin):
            return True
    return False


@compiled
def has_special(text: Array, start: Int, end: Int, rules: Rules) -> bool:
    """Say whether the text of a special token occurs."""
    first = rules.first
    found = False
    for at in range(start, end):
        if first[text[at]]:
            found = found or _is_special(text, at, end, rules)
    return found

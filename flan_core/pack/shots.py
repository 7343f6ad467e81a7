"""Put exemplars before the query of few-shot draws: whole ones, as many as fit.

The first exemplars are kept whose inputs and targets, without what stands between them, have at
most 15/16 of an input's tokens less those of the query: 960 of 1,024, as
google-research/FLAN@e9e4ec6 flan/preprocessors.py does.
"""

import numpy as np

from flan_core.compiled import Array, Int, compiled, copied
from flan_core.mixture import Draws
from flan_core.prompt.copying import Book, Wording
from flan_core.prompt.reading import Texts, written
from flan_core.prompt.shots import ANSWER_BREAK, EXEMPLAR_BREAK
from flan_core.seeds import seed_of
from flan_core.tokens import Tokenizer

_BREAKS = np.frombuffer(bytearray((ANSWER_BREAK + EXEMPLAR_BREAK).encode()), np.uint8)
_ANSWER_BREAK = len(ANSWER_BREAK)
_ORDER = np.uint64(seed_of("exemplars' order"))


def budget_of(max_input: int) -> int:
    """Return how many tokens exemplars and query may have together.

    >>> budget_of(1024)
    960
    """
    return max_input * 15 // 16


def with_exemplars(
    book: Book, tokenizer: Tokenizer, draws: Draws, texts: Texts, max_input: int
) -> tuple[Texts, Array]:
    """Return the texts with exemplars before the queries, and how many each draw has."""
    asked = draws.exemplars >= 0
    lines, places = np.nonzero(asked)
    num_draws = len(asked)
    if not lines.size:
        return texts, np.zeros(num_draws, np.int64)
    exemplars = written(book, _wording_of(draws, lines, places))
    sizes = np.diff(tokenizer.encode_bytes(exemplars.text, exemplars.ends).ends)
    sizes = sizes[0::2] + sizes[1::2]
    queries = np.diff(tokenizer.encode_bytes(texts.text, texts.ends).ends)[0::2]
    first = np.concatenate([[0], np.cumsum(asked.sum(axis=1))]).astype(np.int64)
    kept = _kept(sizes, first, budget_of(max_input + 1) - queries)
    return _joined(texts, exemplars, first, kept), kept


def _wording_of(draws: Draws, lines: Array, places: Array) -> Wording:
    """Word each exemplar as its query, but for the order of the options."""
    query = Wording(*(array[lines] for array in draws.wording))
    shuffles = query.order != 0
    order = (query.order ^ _ORDER) + (places.astype(np.uint64) << np.uint64(1))
    return query._replace(
        row=draws.exemplars[lines, places], order=np.where(shuffles, order, np.uint64(0))
    )


@compiled
def _fitting(sizes: Array, first: Int, last: Int, budget: Int) -> Int:
    total = 0
    for exemplar in range(first, last):
        total += sizes[exemplar]
        if total > budget:
            return exemplar - first
    return last - first


@compiled
def _kept(sizes: Array, first: Array, budgets: Array) -> Array:
    """Return how many exemplars of each draw fit its budget."""
    kept = np.empty(budgets.size, np.int64)
    for draw in range(budgets.size):
        kept[draw] = _fitting(sizes, first[draw], first[draw + 1], budgets[draw])
    return kept


def _joined(texts: Texts, exemplars: Texts, first: Array, kept: Array) -> Texts:
    between = len(_BREAKS)
    added = np.zeros(len(kept), np.int64)
    sizes = exemplars.ends[2::2] - exemplars.ends[0:-2:2] + between
    running = np.concatenate([[0], np.cumsum(sizes)])
    added[:] = running[first[:-1] + kept] - running[first[:-1]]
    lengths = np.diff(texts.ends)
    lengths[0::2] += added
    ends = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    text = np.empty(int(ends[-1]), np.uint8)
    _join((texts.text, texts.ends), (exemplars.text, exemplars.ends), (first, kept), text, _BREAKS)
    shift = ends[0:-1:2] + added - texts.ends[0:-1:2]
    return Texts(text=text, ends=ends, cuts=texts.cuts + shift[:, None])


@compiled
def _join(
    texts: tuple[Array, Array],
    exemplars: tuple[Array, Array],
    chosen: tuple[Array, Array],
    out: Array,
    breaks: Array,
) -> None:
    """Write each draw's exemplars, its query, its target."""
    text, ends = texts
    other, other_ends = exemplars
    first, kept = chosen
    at = 0
    for draw in range(kept.size):
        for exemplar in range(first[draw], first[draw] + kept[draw]):
            middle = other_ends[2 * exemplar + 1]
            at = copied(other, other_ends[2 * exemplar], middle, out, at)
            at = copied(breaks, 0, _ANSWER_BREAK, out, at)
            at = copied(other, middle, other_ends[2 * exemplar + 2], out, at)
            at = copied(breaks, _ANSWER_BREAK, breaks.size, out, at)
        at = copied(text, ends[2 * draw], ends[2 * draw + 2], out, at)

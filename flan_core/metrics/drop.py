"""DROP: answers that are numbers, dates or several spans, compared span by span.

A text stands for several spans where it has ``SPAN_SEPARATOR`` between them:

    right  "Denver Broncos; Chicago Bears"      spans  [denver broncos] [chicago bears]
    said   "the Bears; Broncos"                 spans  [bears] [broncos]
    pairs  broncos-denver broncos 2/3, bears-chicago bears 2/3      F1 67, exact match 0

Spans are paired one to one so that the sum of F1 is largest; what has no partner scores 0. A span
with numbers in it matches nothing that has none of these numbers. An example's F1, 0 to 1, is
rounded to two digits. Source: the data set's script, allenai/allennlp-reading-comprehension@d4a19b5
allennlp_rc/eval/drop_eval.py (its behaviour, not its code).
"""

import re
import string

import numpy as np

from flan_core.metrics.metric import best

SPAN_SEPARATOR = "; "
"""Stands between the spans of one answer."""

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_DROPPED = str.maketrans("", "", string.punctuation)


def _number(text: str) -> str:
    """Return the one spelling of a number, ``"7"`` as ``"7.0"``; empty if the text is none."""
    try:
        return str(float(text))
    except ValueError:
        return ""


def _word(text: str) -> str:
    """Return a word as DROP compares it: a number keeps its point, another word nothing such."""
    bare = text if _number(text) else text.translate(_DROPPED)
    return " ".join(_ARTICLES.sub(" ", _number(bare) or bare).split())


def normalised_drop(text: str) -> str:
    """Return a span as DROP compares it; words are parted at spaces and hyphens."""
    words = [_word(word) for word in re.split("[ -]", text.lower())]
    return " ".join(word for word in words if word)


def _spans(text: str) -> list[str]:
    return [normalised_drop(span) for span in text.split(SPAN_SEPARATOR)]


def _same_spans(right: str, said: str) -> float:
    if not right.strip():
        return 0.0
    known, found = _spans(right), _spans(said)
    return float(set(known) == set(found) and len(known) == len(found))


def _aligned_overlap(right: str, said: str) -> float:
    if not right.strip():
        return 0.0
    known = [set(span.split()) for span in _spans(right)]
    found = [set(span.split()) for span in _spans(said)]
    table = np.array([[_overlap(one, other) for other in found] for one in known])
    return float(np.round(_largest_pairing(table) / max(table.shape), 2))


def _overlap(right: set[str], said: set[str]) -> float:
    numbers = {word for word in right if _number(word)}
    if numbers and not numbers & said:
        return 0.0
    if not right and not said:
        return 1.0
    shared = len(right & said)
    if not shared:
        return 0.0
    precision, recall = shared / len(said), shared / len(right)
    return (2 * precision * recall) / (precision + recall)  # as the script, for the same rounding


def _largest_pairing(table: np.ndarray) -> float:
    """Return the largest sum of a table's cells with no two in one row or column."""
    if table.size == 1:
        return float(table[0, 0])
    from scipy.optimize import linear_sum_assignment

    return float(table[linear_sum_assignment(table, maximize=True)].sum())


drop_exact_match = best("drop_exact_match", _same_spans)
"""The same spans in any order."""
drop_f1 = best("drop_f1", _aligned_overlap)
"""Mean word F1 of the best pairing of spans; the paper's metric of DROP."""

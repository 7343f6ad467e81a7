"""Longer texts: ROUGE, BLEU and word edit distance.

Source: t5 0.9.2 t5/evaluation/metrics.py on top of ``rouge-score`` and ``sacrebleu``. One thing
differs: t5 prints the median of 1,000 bootstrap means for ROUGE; here it is the plain mean, which
needs no seed.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from flan_core.metrics.metric import Accepted, Groups, Metric, Said, best, of_each


def _rouge(name: str, kind: str) -> Metric:
    """Make a ROUGE metric: F-measure, no stemmer, the best reference of each example."""

    def each(accepted: Accepted, said: Said) -> list[float]:
        scorer = _scorer(kind)
        pairs = zip(accepted, said, strict=True)
        return [_best_rouge(scorer, kind, rights, text) for rights, text in pairs]

    return of_each(name, each)


@cache
def _scorer(kind: str) -> Any:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer([kind])


def _best_rouge(scorer: Any, kind: str, rights: Sequence[str], text: str) -> float:
    if not rights:
        return 0.0
    best_of = scorer.score_multi([_by_sentence(right) for right in rights], _by_sentence(text))
    return 100.0 * float(best_of[kind].fmeasure)


def _by_sentence(text: str) -> str:
    """Put sentences on their own lines, which is where R-Lsum parts a text (t5 does the same)."""
    return text.replace(" . ", " .\n")


rouge1 = _rouge("rouge1", "rouge1")
"""Words in common."""
rouge2 = _rouge("rouge2", "rouge2")
"""Pairs of neighbouring words in common."""
rouge_lsum = _rouge("rouge_lsum", "rougeLsum")
"""Longest common subsequence, sentence by sentence."""


def _bleu(accepted: Accepted, said: Said, groups: Groups) -> float:  # noqa: ARG001 - its type
    """Score a corpus; an example with fewer references than another counts the ones it has."""
    if not said or not all(accepted):
        return 0.0
    from sacrebleu.metrics.bleu import BLEU

    most = max(len(rights) for rights in accepted)
    streams = [[rights[i] if i < len(rights) else None for rights in accepted] for i in range(most)]
    score = BLEU(tokenize="intl", smooth_method="exp", lowercase=False)
    return float(score.corpus_score(list(said), streams).score)


bleu = Metric("bleu", _bleu)
"""Corpus BLEU: tokeniser ``intl``, exponential smoothing, case kept, several references."""


def word_distance(right: str, said: str) -> int:
    """Return the fewest insertions, deletions and replacements of words from one text to the other.

    Both are lower-cased and parted at every character that is no word character, so that ``"a, b"``
    has three parts of which one is empty: punctuation counts. Source: t5's ``edit_distance``.
    """
    return _distance(_parts(right), _parts(said))


def _parts(text: str) -> list[str]:
    return re.split(r"\W", text.lower())


def _distance(right: list[str], said: list[str]) -> int:
    row = list(range(len(said) + 1))
    for i, one in enumerate(right, 1):
        before, row = row, [i]
        for j, other in enumerate(said, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (one != other)))
    return row[-1]


def _closeness(right: str, said: str) -> float:
    return 1.0 - word_distance(right, said) / max(len(_parts(right)), len(_parts(said)))


edit_distance = best("edit_distance", _closeness)
"""Word edit distance, turned so that more is better: 100 x (1 - distance / words of the longer).

The same text is 100, nothing in common is 0. t5 prints the bare mean distance in words, where less
is better and long texts weigh more (``word_distance`` gives it). Case does not count.
"""

"""Short answers: exact match and word overlap under the rules of SQuAD and TriviaQA.

    squad     lower-case, drop punctuation, drop a/an/the, squeeze spaces     "The U.S." -> "us"
    trivia    the same, but punctuation becomes a space                       "The U.S." -> "u s"

Source: the two data sets' evaluation scripts, as t5 0.9.2 has them (t5/evaluation/qa_utils.py).
"""

import re
import string
from collections import Counter
from collections.abc import Callable

from flan_core.metrics.metric import best

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_DROPPED = str.maketrans("", "", string.punctuation)
_SPACED = str.maketrans(dict.fromkeys(string.punctuation + "‘’´`_", " "))


def normalised_squad(text: str) -> str:
    """Return the text as SQuAD compares it."""
    return _without_articles(text.lower().translate(_DROPPED))


def normalised_trivia(text: str) -> str:
    """Return the text as TriviaQA compares it."""
    return _without_articles(text.lower().translate(_SPACED))


def _without_articles(text: str) -> str:
    return " ".join(_ARTICLES.sub(" ", text).split())


def _same(normalised: Callable[[str], str]) -> Callable[[str, str], float]:
    return lambda right, said: float(normalised(right) == normalised(said))


def _overlap(normalised: Callable[[str], str]) -> Callable[[str, str], float]:
    """Compare bags of words; two empty bags share nothing, as in SQuAD 1.1."""

    def of_two(right: str, said: str) -> float:
        words, known = Counter(normalised(said).split()), Counter(normalised(right).split())
        shared = (words & known).total()
        return 2 * shared / (words.total() + known.total()) if shared else 0.0

    return of_two


accuracy = best("accuracy", lambda right, said: float(right == said))
"""Exact, case-sensitive match with an accepted answer (t5 0.9.2 evaluation/metrics.py)."""
exact_match = best("exact_match", _same(normalised_squad))
"""Match under SQuAD's normalisation."""
f1 = best("f1", _overlap(normalised_squad))
"""Harmonic mean of precision and recall of words, under SQuAD's normalisation."""
trivia_exact_match = best("trivia_exact_match", _same(normalised_trivia))
"""Match under TriviaQA's normalisation; the paper's metric of closed-book question answering."""
trivia_f1 = best("trivia_f1", _overlap(normalised_trivia))
"""Word F1 under TriviaQA's normalisation."""

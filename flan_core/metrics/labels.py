"""Labels and numbers: F1 over classes, correlations, and MultiRC's groups.

Source: t5 0.9.2 t5/evaluation/metrics.py on top of ``scikit-learn`` and ``scipy``. The target of an
example is its first accepted answer. What a model says may be no label at all: then it is wrong.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from flan_core.metrics.metric import Accepted, Groups, Metric, Said

POSITIVE = "yes"
"""The positive class of the binary F1: MRPC, QQP and MultiRC ask yes or no."""
_NEGATIVE = "no"

Floats = NDArray[np.float64]


def _targets(accepted: Accepted) -> list[str]:
    return [rights[0] for rights in accepted]


def _f1_of(label: str, targets: list[str], said: Said) -> float:
    """Return the F1 of one class, 0 to 1; a class that nobody names has 0."""
    pairs = list(zip(targets, said, strict=True))
    hits = sum(right == label == text for right, text in pairs)
    named = sum((right == label) + (text == label) for right, text in pairs)
    return 2 * hits / named if named else 0.0


def _f1_binary(accepted: Accepted, said: Said, groups: Groups) -> float:  # noqa: ARG001 - its type
    targets = _targets(accepted)
    opposite = {POSITIVE: _NEGATIVE, _NEGATIVE: POSITIVE}
    judged = [
        text if text in opposite else opposite[right]
        for right, text in zip(targets, said, strict=True)
    ]
    return 100.0 * _f1_of(POSITIVE, targets, judged)


def _f1_macro(accepted: Accepted, said: Said, groups: Groups) -> float:  # noqa: ARG001 - its type
    targets = _targets(accepted)
    labels = sorted(set(targets))
    scores = [_f1_of(label, targets, said) for label in labels]
    return 100.0 * sum(scores) / len(scores) if scores else 0.0


def _group_match(accepted: Accepted, said: Said, groups: Groups) -> float:
    right: dict[str, bool] = {}
    for rights, text, group in zip(accepted, said, groups, strict=True):
        right[group] = right.get(group, True) and text in rights
    return 100.0 * sum(right.values()) / len(right) if right else 0.0


def _matthews(accepted: Accepted, said: Said, groups: Groups) -> float:  # noqa: ARG001 - its type
    """Correlate two labellings of any number of classes; all that is no label is one more class.

    Source: Gorodkin 2004, R_K, which for two classes is Matthews' coefficient.
    """
    targets = _targets(accepted)
    labels = {label: i for i, label in enumerate(sorted(set(targets)))}
    size = len(labels) + 1
    counts = np.zeros((size, size))
    for right, text in zip(targets, said, strict=True):
        counts[labels[right], labels.get(text, size - 1)] += 1
    actual, given, total = counts.sum(1), counts.sum(0), counts.sum()
    spread = math.sqrt((total**2 - given @ given) * (total**2 - actual @ actual))
    return 100.0 * float(counts.trace() * total - actual @ given) / spread if spread else 0.0


def _as_number(text: str) -> float:
    """Return the number a text spells, or -1 (t5's mark of what cannot be read)."""
    try:
        number = float(text)
    except ValueError:
        return -1.0
    return number if math.isfinite(number) else -1.0


def _correlation(of_two: Callable[[Floats, Floats], float], name: str) -> Metric:
    def score(accepted: Accepted, said: Said, groups: Groups) -> float:  # noqa: ARG001 - its type
        targets = np.array([_as_number(text) for text in _targets(accepted)])
        numbers = np.array([_as_number(text) for text in said])
        if len(targets) < 2 or not np.ptp(targets) or not np.ptp(numbers):
            return 0.0
        return 100.0 * of_two(targets, numbers)

    return Metric(name, score)


def _pearson(targets: Floats, numbers: Floats) -> float:
    return float(np.corrcoef(targets, numbers)[0, 1])


def _spearman(targets: Floats, numbers: Floats) -> float:
    from scipy.stats import rankdata

    return _pearson(rankdata(targets), rankdata(numbers))


f1_binary = Metric("f1_binary", _f1_binary)
"""F1 of the class ``yes``; what is neither yes nor no counts as the opposite of the target."""
f1_macro = Metric("f1_macro", _f1_macro)
"""Unweighted mean of the F1 of each class that occurs among the targets (CB)."""
multirc_f1 = Metric("multirc_f1", _f1_binary)
"""F1 of the class ``yes`` over all answers of all questions; the paper's metric of MultiRC."""
multirc_exact_match = Metric("multirc_exact_match", _group_match)
"""Share of questions all of whose answers are judged right."""
matthews = Metric("matthews", _matthews)
"""Matthews' correlation coefficient (CoLA)."""
pearson = _correlation(_pearson, "pearson")
"""Pearson's correlation; unreadable answers count as -1, and a constant side gives 0 (STS-B)."""
spearman = _correlation(_spearman, "spearman")
"""Spearman's rank correlation, under the same rules."""

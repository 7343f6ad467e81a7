"""Metrics of a whole set that are a function of sums over its examples.

    examples   right yes yes no     hit          1 0 0
               said  yes no  yes    times named  2 1 1     F1 = 2 x sum of hits / sum of names

Resampling the sums gives the metric of a resampled set exactly, without scoring it anew: that
makes a bootstrap of BLEU over thousands of translations a matter of seconds.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_OPPOSITE = {"yes": "no", "no": "yes"}


@dataclass(frozen=True, slots=True)
class Answers:
    """What was accepted and said on some examples, and the groups they are scored in."""

    accepted: Sequence[Sequence[str]]
    said: Sequence[str]
    groups: Sequence[str]

    @property
    def targets(self) -> list[str]:
        """The first accepted answer of each example."""
        return [rights[0] for rights in self.accepted]


Finish = Callable[[Floats], Floats]
"""From sums [draws, k] to the metric of each draw [draws]."""
Summed = tuple[Floats, Finish]
"""Each example's summands [examples, k], and what makes the metric of their sums."""


def _share(of: Floats, all_: Floats) -> Floats:
    """Divide, 0 by 0 being 0."""
    out: Floats = np.divide(of, all_, out=np.zeros(len(of)), where=all_ != 0)
    return out


def f1_of_yes(answers: Answers) -> Summed:
    """Sum hits and names of ``yes``; what is neither yes nor no is the opposite of the target."""
    pairs = zip(answers.targets, answers.said, strict=True)
    told = [said if said in _OPPOSITE else _OPPOSITE[right] for right, said in pairs]
    right, named = np.array(answers.targets) == "yes", np.array(told) == "yes"
    summands = np.stack([right & named, right.astype(int) + named], axis=1).astype(np.float64)
    return summands, lambda sums: 200.0 * _share(sums[:, 0], sums[:, 1])


def groups_right(answers: Answers) -> Summed:
    """Sum the groups, and those in which every answer is right, each as the shares of its rows."""
    rows = zip(answers.accepted, answers.said, strict=True)
    right = [said in rights for rights, said in rows]
    sizes = Counter(answers.groups)
    wrong = {group for group, one in zip(answers.groups, right, strict=True) if not one}
    share = np.array([1 / sizes[group] for group in answers.groups])
    whole = np.array([group not in wrong for group in answers.groups])
    return np.stack([whole * share, share], axis=1), lambda sums: 100.0 * _share(*sums.T)


def _table(answers: Answers) -> tuple[Floats, int]:
    """Return each example's cell of truth against answer; no label is one more answer."""
    targets = answers.targets
    place = {label: i for i, label in enumerate(sorted(set(targets)))}
    size = len(place)
    cells = [
        place[t] * (size + 1) + place.get(s, size)
        for t, s in zip(targets, answers.said, strict=True)
    ]
    return np.eye(size * (size + 1))[cells], size


def f1_of_each(answers: Answers) -> Summed:
    """Sum the cells of truth against answer; the mean of the F1 of the labels that occur."""
    cells, size = _table(answers)

    def finish(sums: Floats) -> Floats:
        table = sums.reshape(-1, size, size + 1)
        actual, given = table.sum(2), table.sum(1)[:, :size]
        hits = np.diagonal(table, axis1=1, axis2=2)
        f1 = np.divide(2 * hits, actual + given, out=np.zeros(hits.shape), where=actual > 0)
        return 100.0 * _share(f1.sum(1), (actual > 0).sum(1).astype(np.float64))

    return cells, finish


def matthews(answers: Answers) -> Summed:
    """Sum the cells of truth against answer; Gorodkin's R_K of them."""
    cells, size = _table(answers)

    def finish(sums: Floats) -> Floats:
        table = sums.reshape(-1, size, size + 1)
        actual = np.pad(table.sum(2), ((0, 0), (0, 1)))
        given, total = table.sum(1), table.sum((1, 2))
        hits = np.trace(table, axis1=1, axis2=2)
        spread = (total**2 - (given**2).sum(1)) * (total**2 - (actual**2).sum(1))
        return 100.0 * _share(hits * total - (actual * given).sum(1), np.sqrt(spread))

    return cells, finish


def pearson(answers: Answers) -> Summed:
    """Sum two numbers, their squares and their product."""
    x = np.array([_number(right) for right in answers.targets])
    y = np.array([_number(said) for said in answers.said])
    x, y = x - x.mean(), y - y.mean()  # nearer to zero, for exactness; the correlation is the same

    def finish(sums: Floats) -> Floats:
        n, sx, sy, xx, yy, xy = sums.T
        spread = (n * xx - sx * sx) * (n * yy - sy * sy)
        spread[spread < 1e-9 * n**4] = 0.0
        return 100.0 * _share(n * xy - sx * sy, np.sqrt(spread))

    return np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=1), finish


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return -1.0
    return number if np.isfinite(number) else -1.0


@cache
def _bleu() -> Any:
    from sacrebleu.metrics.bleu import BLEU

    return BLEU(tokenize="intl", smooth_method="exp", lowercase=False)


def bleu(answers: Answers) -> Summed:
    """Sum lengths and n-gram counts."""
    most = max(len(rights) for rights in answers.accepted)
    streams = [[r[i] if i < len(r) else None for r in answers.accepted] for i in range(most)]
    counts = _bleu()._extract_corpus_statistics(list(answers.said), streams)

    def finish(sums: Floats) -> Floats:
        score = _bleu()._compute_score_from_stats
        return np.array([score(row.astype(int).tolist()).score for row in sums])

    return np.array(counts, np.float64), finish


SUMS: dict[str, Callable[[Answers], Summed]] = {
    "f1_binary": f1_of_yes,
    "multirc_f1": f1_of_yes,
    "multirc_exact_match": groups_right,
    "f1_macro": f1_of_each,
    "matthews": matthews,
    "pearson": pearson,
    "bleu": bleu,
}
"""By the metric's name."""

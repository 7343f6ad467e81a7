"""How far rank scores can be trusted: does the model's probability of its choice come true?

    log-likelihoods  -4.1 -3.2 -6.0  ─▶ softmax .27 .67 .04   ─▶ chosen 2nd, confidence .67, right?

Answers are put into tenths by their confidence, and each tenth's share of right ones beside it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from flan_core.scores import Calibration, CalibrationBin

BINS = 10


def calibration_of(templates: Sequence[Mapping[str, list[Any]]]) -> Calibration:
    """Return the calibration of the choices in these predictions' columns."""
    confidence, right = [], []
    for columns in templates:
        rows = zip(columns["log_likelihoods"], columns["said"], columns["accepted"], strict=True)
        for values, said, accepted in rows:
            likely = np.exp(np.array(values) - max(values))
            confidence.append(float(likely.max() / likely.sum()))
            right.append(said in accepted)
    confident, correct = np.array(confidence), np.array(right, np.float64)
    place = np.minimum((confident * BINS).astype(int), BINS - 1)
    bins = tuple(
        CalibrationBin(
            confidence=round(float(confident[place == i].mean()), 4),
            accuracy=float(correct[place == i].mean()),
            n=int((place == i).sum()),
        )
        for i in range(BINS)
        if (place == i).any()
    )
    error = sum(each.n * abs(each.confidence - each.accuracy) for each in bins) / len(correct)
    return Calibration(error=round(error, 4), bins=bins)

"""Metrics from sums over examples are the metrics themselves, on the set and on a resampled one."""

import numpy as np
import pytest

from flan_core.evaluate.sums import SUMS, Answers
from flan_core.metrics import METRICS

YES = [["yes"], ["no"], ["yes"], ["no"], ["yes"], ["yes"]]
LETTERS = [["a"], ["b"], ["a"], ["c"], ["b"], ["c"]]
CASES = {
    "f1_binary": (YES, ["yes", "yes", "no", "what", "what", "yes"]),
    "multirc_f1": (YES, ["yes", "yes", "no", "what", "what", "yes"]),
    "multirc_exact_match": (YES, ["yes", "no", "no", "no", "yes", "yes"]),
    "f1_macro": (LETTERS, ["a", "a", "a", "c", "z", "b"]),
    "matthews": (LETTERS, ["a", "a", "a", "c", "z", "b"]),
    "pearson": ([["0"], ["5"], ["3"], ["1"], ["4"], ["2"]], ["1", "5", "x", "1", "3", "2"]),
    "bleu": (
        [
            ["a cat sat here", "the cat sat"],
            ["it rains now"],
            ["we go"],
            ["so be it then"],
            ["one two three four five"],
            ["nothing at all"],
        ],
        ["a cat sat", "it rains now", "we stay", "so be it then", "one two three four", "all"],
    ),
}
GROUPS = ["p", "p", "q", "q", "r", "r"]


def test_every_summed_metric_has_a_case():
    assert set(CASES) == set(SUMS) <= set(METRICS)


@pytest.mark.parametrize("name", CASES)
def test_sums_give_the_metric_of_the_set_and_of_any_resample_of_it(name):
    accepted, said = CASES[name]
    summands, finish = SUMS[name](Answers(accepted, said, GROUPS))

    for times in ([1, 1, 1, 1, 1, 1], [2, 2, 0, 0, 1, 1], [0, 0, 3, 3, 0, 0]):
        rows = [row for row, count in enumerate(times) for _ in range(count)]
        copies = [copy for count in times for copy in range(count)]
        again = METRICS[name].score(
            [accepted[row] for row in rows],
            [said[row] for row in rows],
            [f"{GROUPS[row]} {copy}" for row, copy in zip(rows, copies, strict=True)],
        )

        found = finish((np.array(times, float) @ summands)[None])

        np.testing.assert_allclose(found, [again], atol=1e-9)

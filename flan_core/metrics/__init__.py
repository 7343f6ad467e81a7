"""Metrics of the catalogue, by name: answers accepted and what the model said, to a percentage.

    metric.py    the shape that all of them have
    answers.py   short answers: accuracy, SQuAD, TriviaQA
    drop.py      numbers, dates and several spans: DROP
    written.py   longer texts: ROUGE, BLEU, edit distance
    labels.py    classes and numbers: F1, correlations, groups

Libraries that are slow to import are imported where they are used.

    >>> METRICS["accuracy"].score([["yes"], ["no"]], ["yes", "yes"], ["", ""])
    50.0
"""

from flan_core.metrics.answers import accuracy, exact_match, f1, trivia_exact_match, trivia_f1
from flan_core.metrics.drop import SPAN_SEPARATOR, drop_exact_match, drop_f1
from flan_core.metrics.labels import (
    f1_binary,
    f1_macro,
    matthews,
    multirc_exact_match,
    multirc_f1,
    pearson,
    spearman,
)
from flan_core.metrics.metric import Accepted, Groups, Metric, Said
from flan_core.metrics.written import bleu, edit_distance, rouge1, rouge2, rouge_lsum

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        accuracy,
        exact_match,
        f1,
        trivia_exact_match,
        trivia_f1,
        drop_exact_match,
        drop_f1,
        multirc_f1,
        multirc_exact_match,
        rouge1,
        rouge2,
        rouge_lsum,
        bleu,
        pearson,
        spearman,
        matthews,
        edit_distance,
        f1_binary,
        f1_macro,
    )
}
"""Every metric by its name."""

__all__ = [
    "METRICS",
    "SPAN_SEPARATOR",
    "Accepted",
    "Groups",
    "Metric",
    "Said",
    "accuracy",
    "bleu",
    "drop_exact_match",
    "drop_f1",
    "edit_distance",
    "exact_match",
    "f1",
    "f1_binary",
    "f1_macro",
    "matthews",
    "multirc_exact_match",
    "multirc_f1",
    "pearson",
    "rouge1",
    "rouge2",
    "rouge_lsum",
    "spearman",
    "trivia_exact_match",
    "trivia_f1",
]

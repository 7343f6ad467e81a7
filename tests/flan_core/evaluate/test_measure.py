"""From predictions to scores: what the pieces of measure make of columns made by hand."""

import pytest

from flan_core.config import Evaluate
from flan_core.evaluate.measure import measure, summary
from flan_core.evaluate.predictions import Ledger
from flan_core.evaluate.questions import Choice, Quiz
from flan_core.scores import Baselines, Confusion, Scores
from flan_core.task import Template

ROWS = [
    {"thing": "sun", "options": ("yes", "no"), "answer": "yes"},
    {"thing": "moon", "options": ("yes", "no"), "answer": "no"},
    {"thing": "star", "options": ("yes", "no"), "answer": "no"},
    {"thing": "comet", "options": ("yes", "no"), "answer": "no"},
]
TEMPLATES = (Template("{thing}\n{options_}"), Template("{thing}?\n{options_}"))
SAID = {"tuned/0": ("ynnn ynnn", "nnnn yynn"), "untuned/0": ("yyyy nnnn", "yyyy yyyy")}
"""By key and template: the answers to the test rows, then to the dev rows."""
WORDS = {"y": "yes", "n": "no"}


@pytest.fixture
def quiz(tmp_path, written, tokenizer) -> Quiz:
    for split in ("train", "dev", "test"):
        written(tmp_path / "prompts", "sky", split, ROWS, TEMPLATES)
    choice = Choice(max_rows=0, max_dev_rows=9, templates=10, seed=0)
    return Quiz(tmp_path / "prompts", "sky", choice, tokenizer)


def ledger_of(quiz: Quiz, folder, key: str) -> Ledger:
    """Write what SAID says as predictions."""
    ledger = Ledger(folder, key, "f", tuple(quiz.parts()))
    for number, answers in enumerate(SAID[key]):
        said = [WORDS[each] for each in answers.replace(" ", "")]
        right = [row["answer"] for row in ROWS] * 2
        columns = {
            "split": [split for split, _ in quiz.asked],
            "row": [row for _, row in quiz.asked],
            "said": said,
            "target": right,
            "accepted": [[answer] for answer in right],
            "group": [""] * 8,
            "options": [["yes", "no"]] * 8,
            "log_likelihoods": [[-1.0, -2.0]] * 8,
            "lengths": [[2, 2]] * 8,
            "said_normalised": ["no"] * 8,
            "written": [""] * 8,
            "marks": [[100.0 * (a == b)] for a, b in zip(said, right, strict=True)],
            "shots": [0] * 8,
            "truncated": [True] + [False] * 7,
        }
        ledger.put(number, columns)
    return ledger


@pytest.fixture
def measured(quiz, tmp_path) -> dict:
    ledgers = [ledger_of(quiz, tmp_path / "predictions", key) for key in SAID]
    return measure(Evaluate(cluster="nli", bootstrap=200), [quiz], ledgers)


def test_templates_are_scored_on_test_and_dev_and_averaged(measured):
    """tuned: template 0 has test 100 and dev 100, template 1 test 75 and dev 75."""
    result = measured["tasks"]["sky"].results["tuned/0"]

    assert [(each.test, each.dev, each.n) for each in result.templates] == [
        (100.0, 100.0, 4),
        (75.0, 75.0, 4),
    ]
    assert (result.mean, round(result.std, 3)) == (87.5, 17.678)
    assert (result.best_dev.template, result.best_dev.test) == (0, 100.0)
    assert (result.normalised, result.decoded) == (75.0, 0.0)
    assert (result.truncated, result.prompts, result.shots) == (2, 16, 0.0)


def test_baselines_need_no_model(measured):
    assert measured["tasks"]["sky"].baselines == Baselines(majority=75.0, random=50.0)


def test_tuned_is_compared_with_untuned(measured):
    """Untuned says yes to all: 25, so the difference is 62.5; all four rows differ."""
    comparison = measured["tasks"]["sky"].comparison["0"]

    assert (comparison.difference, comparison.test) == (62.5, "sign-flip")
    assert comparison.interval[0] <= 62.5 <= comparison.interval[1]
    assert measured["comparison"]["0"].difference == 62.5


def test_truth_is_held_against_answers(measured):
    assert measured["tasks"]["sky"].confusion == {
        "tuned/0": Confusion(labels=("yes", "no"), matrix=((1, 1), (0, 6))),
        "untuned/0": Confusion(labels=("yes", "no"), matrix=((2, 0), (6, 0))),
    }


def test_examples_show_right_and_wrong_answers(measured):
    shown = [
        (each.inputs, each.target, each.said, each.right)
        for each in measured["tasks"]["sky"].examples
    ]

    yes = {"tuned/0": "yes", "untuned/0": "yes"}
    no = {"tuned/0": "no", "untuned/0": "yes"}
    assert shown == [
        ("sun\nOPTIONS:\n- yes\n- no", "yes", yes, True),
        ("moon?\nOPTIONS:\n- yes\n- no", "no", no, True),
        ("star\nOPTIONS:\n- yes\n- no", "no", no, True),
    ]


def test_the_summary_is_flat_numbers(measured):
    flat = summary(Scores(cluster="nli", title="NLI", **measured))

    assert {name: flat[name] for name in ("cluster", "tasks", "mean tuned/0", "mean random")} == {
        "cluster": "nli",
        "tasks": 1,
        "mean tuned/0": 87.5,
        "mean random": 50.0,
    }
    assert flat["difference 0-shot"] == 62.5
    assert summary(Scores(cluster="nli", title="NLI", failed="why")) == {
        "cluster": "nli",
        "tasks": 0,
        "failed": "why",
    }

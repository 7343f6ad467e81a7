"""All confusion matrices in one, in the form of KFP's own artifact."""

import json
from dataclasses import replace

from kfp.dsl import ClassificationMetrics

from flan_core.evaluate.matrix import metadata_of, write_matrix
from flan_core.scores import Confusion, hole
from tests.flan_core import made

RTE = Confusion(labels=("yes", "no"), matrix=((3, 1), (2, 4)))
CB = Confusion(labels=("yes", "no", "maybe"), matrix=((5, 0, 0), (0, 6, 1), (0, 0, 7)))


def of(**confusion):
    result = made.result(60, 62)
    tasks = [
        replace(made.task(result, result, name=name), confusion=by_key)
        for name, by_key in confusion.items()
    ]
    return made.scores(*tasks)


def test_tasks_stand_along_the_diagonal_as_kfp_itself_would_write_them():
    scores = of(rte={"untuned/0": CB, "tuned/5": CB, "tuned/0": RTE}, cb={"tuned/0": CB})
    wanted = ClassificationMetrics()
    wanted.log_confusion_matrix(
        ["rte: yes", "rte: no", "cb: yes", "cb: no", "cb: maybe"],
        [[3, 1, 0, 0, 0], [2, 4, 0, 0, 0], [0, 0, 5, 0, 0], [0, 0, 0, 6, 1], [0, 0, 0, 0, 7]],
    )

    assert metadata_of([scores]) == wanted.metadata


def test_another_mode_is_named():
    scores = replace(of(rte={"tuned/0": RTE}), settings={"mode": "name"})

    (first, _) = metadata_of([scores])["confusionMatrix"]["annotationSpecs"]

    assert first == {"displayName": "rte (name): yes"}


def test_without_fixed_options_or_scores_there_is_none(tmp_path):
    write_matrix(tmp_path / "confusion", [of(rte={}), hole("nli", "NLI", "no rows", {})])

    assert json.loads((tmp_path / "confusion").read_text()) == {}

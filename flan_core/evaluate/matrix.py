"""Every confusion matrix of an evaluation in one, as Kubeflow's user interface draws it.

An artifact of KFP's ClassificationMetrics holds a single matrix. So the tasks with fixed options
stand one after the other along its diagonal, each label under its task's name:

                  said   rte: yes  rte: no  cb: yes  cb: no  cb: maybe
    true  rte: yes          31        9        0        0        0
          rte: no           12       28        0        0        0
          cb: yes            0        0       20        3        1
          …                                                            0 between tasks

It counts what the tuned model said with the fewest exemplars that were asked for, zero as a rule;
the report has every matrix.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from flan_core.schemas import dumps, whole
from flan_core.scores import Confusion, Scores


def write_matrix(path: Path, all_scores: Iterable[Scores]) -> None:
    """Write the artifact's metadata as JSON: ``confusionMatrix``, or nothing where none is."""
    with whole(path) as draft:
        draft.write_text(dumps(metadata_of(all_scores)), encoding="utf-8")


def metadata_of(all_scores: Iterable[Scores]) -> dict[str, Any]:
    """Return what ``ClassificationMetrics.log_confusion_matrix`` would put into the metadata."""
    blocks = [
        (name + _mode_of(scores), block)
        for scores in all_scores
        for name, task in scores.tasks.items()
        if (block := _of_tuned(task.confusion)) is not None
    ]
    if not blocks:
        return {}
    labels = [f"{name}: {label}" for name, block in blocks for label in block.labels]
    matrix = np.zeros((len(labels), len(labels)), np.int64)
    at = 0
    for _, block in blocks:
        here = slice(at, at + len(block.labels))
        matrix[here, here] = block.matrix
        at = here.stop
    return {
        "confusionMatrix": {
            "annotationSpecs": [{"displayName": label} for label in labels],
            "rows": [{"row": row} for row in matrix.tolist()],
        }
    }


def _mode_of(scores: Scores) -> str:
    """Return how the tasks were asked, where that is not in natural language."""
    mode = scores.settings.get("mode", "natural")
    return "" if mode == "natural" else f" ({mode})"


def _of_tuned(confusion: dict[str, Confusion]) -> Confusion | None:
    shots = [int(key.partition("/")[2]) for key in confusion if key.startswith("tuned/")]
    return confusion[f"tuned/{min(shots)}"] if shots else None

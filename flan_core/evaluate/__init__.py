"""Evaluation of a held-out cluster by the paper's protocol (sections 2.2 and 2.3).

    questions.py    which rows and templates, exemplars, tokens
    tree.py         attention that shares a prompt among its options, and exemplars among prompts
    choose.py       rank classification: the log-likelihood of each option
    write.py        free text, greedily
    predictions.py  parts on disk: an evaluation that is killed continues
    resample.py     intervals and paired tests
    measure.py      from predictions to scores.json (flan_core/scores.py)
    matrix.py       its confusion matrices in one, for Kubeflow

Goes in: prompts and a checkpoint. Comes out: ``scores.json`` and ``predictions/``. Run by torchrun
or as one process: ``python -m flan_core.evaluate --config FILE --prompts DIR --checkpoint DIR
--scores DIR``.
"""

from dataclasses import asdict
from pathlib import Path

from flan_core import scores as found
from flan_core.config import Evaluate
from flan_core.datasets import clusters


def evaluate(config: Evaluate, *, prompts: Path, checkpoint: Path, scores: Path) -> None:
    """Ask the tuned and the untuned model every task of ``config.cluster``; write their scores.

    An evaluation that was killed continues where it was: finished parts in ``scores`` are taken
    over if they were made by the same model from the same prompts and settings.

    A task without train rows (WSC273) is asked without exemplars only.

    Raises:
        BadInput: the cluster has no prompts, a task has no test rows, an answer is no option, the
            checkpoint lacks its tokenizer, or the model cannot be loaded.
    """
    from flan_core.evaluate.run import run

    run(config, prompts=prompts, checkpoint=checkpoint, scores=scores)


def leave_hole(config: Evaluate, *, scores: Path, reason: str) -> None:
    """Write scores that say why the cluster has none, for the report to show."""
    known = clusters()
    title = known[config.cluster].title if config.cluster in known else config.cluster
    found.write(scores, found.hole(config.cluster, title, reason, settings=asdict(config)))

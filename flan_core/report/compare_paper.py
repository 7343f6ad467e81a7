"""The paper's experiments in numbers, to stand beside a run's own as context.

Recalled, like ``paper.py``: printed averages are sure, and of the rest only what adds up to them is
kept; what the paper only plots is left out.

Paper      Wei et al. 2022, ICLR, https://arxiv.org/abs/2109.01652, section 4 and appendices
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class PaperLine:
    """One setting of an experiment: scores by column (a cluster or a task), their mean.

    ``at`` is where the setting stands on the axis; ``None`` where the experiment has none.
    """

    name: str
    cells: Mapping[str, float] = field(default_factory=dict)
    mean: float | None = None
    at: float | None = None


def _clusters(number: int, mean: float) -> PaperLine:
    return PaperLine(name=f"FLAN 137B, {number} in training", mean=mean, at=number)


def _modes(train: str, ask: str, scores: tuple[float, ...], mean: float) -> PaperLine:
    names = ("nli", "reading_comprehension", "closed_book_qa", "translation")
    cells = dict(zip(names, scores, strict=True))
    return PaperLine(name=f"FLAN 137B, {train}, asked with {ask}", cells=cells, mean=mean)


def _shots(name: str, scores: tuple[float, ...]) -> PaperLine:
    names = ("nli", "closed_book_qa", "translation", "struct_to_text")
    return PaperLine(name=f"FLAN 137B, {name}", cells=dict(zip(names, scores, strict=True)))


def _soft(name: str, scores: tuple[float, ...], mean: float) -> PaperLine:
    names = ("bool_q", "cb", "copa", "multirc", "record", "rte", "wic", "wsc")
    return PaperLine(name=name, cells=dict(zip(names, scores, strict=True)), mean=mean)


EXPERIMENTS: Mapping[str, tuple[PaperLine, ...]] = {
    "ablation-clusters": (
        _clusters(1, 49.9),
        _clusters(2, 55.0),
        _clusters(3, 59.3),
        _clusters(4, 59.2),
        _clusters(5, 60.8),
        _clusters(6, 61.9),
        _clusters(7, 63.5),
    ),
    "ablation-modes": (
        _modes("natural instructions", "natural instructions", (56.2, 77.4, 56.6, 30.7), 55.2),
        _modes("no instructions", "natural instructions", (50.5, 58.2, 25.5, 15.0), 37.3),
        _modes("the dataset's name", "natural instructions", (52.8, 63.0, 44.8, 25.9), 46.6),
        _modes("the dataset's name", "the dataset's name", (60.2, 64.9, 40.8, 21.9), 47.0),
    ),
    "ablation-shots": (
        _shots("zero-shot", (54.7, 53.7, 31.0, 39.2)),
        _shots("few-shot", (59.3, 57.2, 33.0, 49.4)),
    ),
    "ablation-soft-prompts": (
        _soft("LaMDA-PT, 32 rows", (55.5, 55.4, 87.0, 65.4, 78.0, 52.4, 51.6, 65.4), 63.8),
        _soft("FLAN, 32 rows", (77.5, 87.5, 91.0, 76.8, 80.8, 83.0, 57.8, 70.2), 78.1),
        _soft("LaMDA-PT, all rows", (82.8, 87.5, 90.0, 78.6, 84.8, 82.0, 54.9, 72.7), 79.1),
        _soft("FLAN, all rows", (86.3, 98.2, 94.0, 83.4, 85.1, 91.7, 74.0, 86.5), 87.4),
    ),
}
"""By experiment, as ``Compare.experiment`` names them."""

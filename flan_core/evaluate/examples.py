"""Some answers to look at: right and wrong ones of the tuned model, by turns over the templates."""

from collections.abc import Mapping
from typing import Any

from flan_core.evaluate.questions import Quiz
from flan_core.metrics import Metric
from flan_core.scores import Answer

OF_EACH = 3
"""Right answers, and wrong ones."""
LONGEST = 1_500
"""Characters of a prompt that are shown; more are left out in its middle."""

Sheets = Mapping[str, Mapping[int, Mapping[str, list[Any]]]]
"""Columns of the test predictions by key and template."""


def examples_of(quiz: Quiz, metric: Metric, sheets: Sheets) -> tuple[Answer, ...]:
    """Return a few right and a few wrong answers of the first key, with what all keys said.

    Where the metric knows no right and wrong (ROUGE, BLEU) they are just the first ones.
    """
    key = next(iter(sheets))
    templates = list(sheets[key])
    taken: dict[bool | None, list[Answer]] = {}
    for place in range(len(sheets[key][templates[0]]["row"])):
        template = templates[place % len(templates)]
        columns = sheets[key][template]
        right = is_right(quiz, metric, columns["accepted"][place], columns["said"][place])
        some = taken.setdefault(right, [])
        if len(some) < OF_EACH * (1 + (right is None)):
            some.append(_answer(quiz, sheets, key, (template, place), right))
    return tuple(answer for right in (True, False, None) for answer in taken.get(right, []))


def is_right(quiz: Quiz, metric: Metric, accepted: list[str], said: str) -> bool | None:
    """Tell whether an answer is right; None where the metric has no right and wrong."""
    if quiz.is_classification:
        return said in accepted
    if quiz.about.kind == "generation" and "exact" not in metric.name:
        return None
    return bool(metric.each and metric.each([accepted], [said])[0] >= 100.0)


def _answer(
    quiz: Quiz, sheets: Sheets, key: str, where: tuple[int, int], right: bool | None
) -> Answer:
    template, place = where
    columns = sheets[key][template]
    inputs = quiz.text(template, columns["row"][place])
    if len(inputs) > LONGEST:
        inputs = f"{inputs[: LONGEST // 2]} […] {inputs[-LONGEST // 2 :]}"
    return Answer(
        template=template,
        inputs=inputs,
        target=columns["target"][place],
        said={key: sheet[template]["said"][place] for key, sheet in sheets.items()},
        right=right,
    )

"""Few-shot prompts: exemplars, then the query, in one form for training and evaluation."""

from collections.abc import Sequence

ANSWER_BREAK = "\n\n"
"""Stands between an exemplar's input and its target."""
EXEMPLAR_BREAK = "\n\n\n"
"""Stands between exemplars, and before the query."""


def few_shot(exemplars: Sequence[tuple[str, str]], query: str) -> tuple[str, int]:
    r"""Join exemplars, each an input and its target, and the query.

    Returns the text and how many characters stand before the query.

    >>> few_shot([("2+2?", "4")], "3+3?")
    ('2+2?\n\n4\n\n\n3+3?', 10)
    """
    before = "".join(
        f"{inputs}{ANSWER_BREAK}{targets}{EXEMPLAR_BREAK}" for inputs, targets in exemplars
    )
    return before + query, len(before)

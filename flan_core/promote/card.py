"""The model card's section on scores, which training leaves open and promotion fills in."""

import re
from collections.abc import Iterable

from flan_core.scores import Scores

_SECTION = re.compile(r"^## Scores\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def card_with_scores(card: str, all_scores: Iterable[Scores]) -> str:
    """Return the card with its section "Scores" replaced, or put at its end."""
    section = _section(all_scores)
    if _SECTION.search(card):
        return _SECTION.sub(lambda _: section, card, count=1)
    return f"{card.rstrip()}\n\n{section}" if card.strip() else section


def _section(all_scores: Iterable[Scores]) -> str:
    lines = [
        "## Scores",
        "",
        "Zero-shot on task clusters that training never saw: means over templates, in per cent.",
        "",
        "| cluster | tasks | tuned | 95 % | untuned |",
        "|---|--:|--:|--:|--:|",
    ]
    for scores in all_scores:
        tuned, untuned = scores.mean.get("tuned/0"), scores.mean.get("untuned/0")
        if tuned:
            low, high = tuned.interval
            base = f"{untuned.mean:.1f}" if untuned else "–"
            lines.append(
                f"| {scores.title} | {tuned.tasks} | {tuned.mean:.1f} | {low:.1f} to {high:.1f} | "
                f"{base} |"
            )
    return "\n".join(lines) + "\n"

"""The table of a dry run: what a mixture would draw, before anything is computed."""

from pathlib import Path

from rich.table import Table

from flan_core.config import Mix
from flan_core.mix.weighing import stocks_of, weigh
from flan_core.mixture import Part

CHARACTERS_A_TOKEN = 4.2
"""Of English text with a vocabulary of 32,000 to 128,000; only for the estimate."""


def dry_run(config: Mix, prompts: Path, *, tokens: int) -> Table:
    """Return shares, draws, epochs and estimated tokens of each dataset.

    ``tokens`` is how many the run will train on: steps times tokens of a step.

    Raises:
        BadInput: a name is unknown, or nothing is left to train on.
    """
    stocks = stocks_of(config, prompts)
    parts, gone = weigh(config, stocks)
    a_draw = sum(part.share * _tokens(config, part) for part in parts)
    draws = tokens / max(a_draw, 1e-9)
    held = f"; held out: {', '.join(config.held_out)}" if config.held_out else ""
    table = Table(
        title=f"{len(parts)} tasks, about {draws:,.0f} draws for {tokens:,} tokens{held}",
        caption=f"without weight: {', '.join(gone)}" if gone else None,
    )
    for name in ("cluster", "dataset"):
        table.add_column(name)
    for name in ("rows", "share", "draws", "epochs", "tokens", "of all tokens"):
        table.add_column(name, justify="right")
    for (cluster, dataset), mine in _by_dataset(parts).items():
        table.add_row(cluster, dataset, *_cells(config, mine, draws, a_draw))
    table.add_row("", "all", *_cells(config, parts, draws, a_draw), style="bold")
    return table


def _tokens(config: Mix, part: Part) -> float:
    """Estimate the tokens of one draw; exemplars cost as much as the query, both as far as fits."""
    zero_shot = part.mean_characters / CHARACTERS_A_TOKEN + 2
    few_shot = min(zero_shot * (1 + config.shots), max(1_024.0, zero_shot))
    return (1 - config.few_shot) * zero_shot + config.few_shot * few_shot


def _by_dataset(parts: list[Part]) -> dict[tuple[str, str], list[Part]]:
    groups: dict[tuple[str, str], list[Part]] = {}
    for part in sorted(parts, key=lambda part: (part.cluster, part.dataset)):
        groups.setdefault((part.cluster, part.dataset), []).append(part)
    return groups


def _cells(config: Mix, parts: list[Part], draws: float, a_draw: float) -> list[str]:
    rows = sum(min(part.num_rows, part.max_rows) for part in parts)
    share = sum(part.share for part in parts)
    tokens = sum(part.share * _tokens(config, part) for part in parts)
    return [
        f"{rows:,}",
        f"{share:.2%}",
        f"{share * draws:,.0f}",
        f"{share * draws / max(rows, 1):.2f}",
        f"{tokens * draws:,.0f}",
        f"{tokens / max(a_draw, 1e-9):.2%}",
    ]

"""The step mix: weigh, look for leaking rows, write the index."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from flan_core.config import Mix
from flan_core.datasets import left_out
from flan_core.errors import BadInput
from flan_core.leakage import FILE as LEAKS
from flan_core.leakage import Leaks, find_leaks
from flan_core.mix.weighing import stocks_of, weigh
from flan_core.mixture import FILE, SCHEMA, Forms, Part
from flan_core.schemas import dumps, whole, write_json


def mix(config: Mix, *, prompts: Path, mixture: Path) -> None:
    """Weigh the tasks and write the mixture.

    Raises:
        BadInput: a name is unknown, nothing is left to train on, or rows leak and may not.
    """
    stocks = stocks_of(config, prompts)
    leaks = find_leaks(prompts, [stock.task for stock in stocks])
    if config.leakage == "refuse" and leaks.num_leaking:
        raise BadInput(
            f"{leaks.num_leaking:,} training rows overlap an evaluation split (most: "
            f"{leaks.worst()}), and mix.leakage refuses them: drop them or only report them"
        )
    if config.leakage == "drop":
        stocks = [
            replace(stock, dropped_rows=tuple(leaks.rows[stock.task].tolist())) for stock in stocks
        ]
    parts, gone = weigh(config, stocks)
    with whole(mixture) as draft:
        draft.mkdir(parents=True)
        write_json(draft / FILE, SCHEMA, index_of(config, parts, gone))
        leaks.write(draft / LEAKS, config.leakage)
        _write_about(config, parts, leaks, draft)


def index_of(config: Mix, parts: list[Part], gone: list[str]) -> dict[str, Any]:
    """Return the content of ``mixture.json``."""
    forms = Forms(
        few_shot=config.few_shot,
        shots=config.shots,
        no_options=config.no_options,
        option_formats=config.option_formats,
    )
    return {
        "tasks": [asdict(part) for part in parts],
        "forms": asdict(forms),
        "seed": config.seed,
        "mode": config.mode,
        "held_out": list(config.held_out),
        "left_out": sorted(left_out(config.held_out)),
        "without_weight": gone,
        "max_rate": config.max_rate,
        "temperature": config.temperature,
        "by_tokens": config.by_tokens,
    }


def _write_about(config: Mix, parts: list[Part], leaks: Leaks, folder: Path) -> None:
    about = {
        "tasks": len(parts),
        "clusters": len({part.cluster for part in parts}),
        "rows": sum(min(part.num_rows - len(part.dropped_rows), part.max_rows) for part in parts),
        "held_out": ", ".join(config.held_out),
        "left_out": ", ".join(sorted(left_out(config.held_out))),
        "block": sum(part.count for part in parts),
        "leaking_rows": leaks.num_leaking,
    }
    (folder / "about.json").write_text(dumps(about), encoding="utf-8")

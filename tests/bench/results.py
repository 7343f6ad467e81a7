"""One list of measures for every benchmark: printed as a table, kept in ``build/bench.json``.

Each measure is ours against a peer's on the same rows in the same run; ``ratio`` says how many
times better ours is, and ``goal`` what it should be at least. A measure without a peer stands
against its goal: the peer is then the value that is wanted, and the goal 1.
"""

import json
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

FILE = Path(__file__).parent.parent.parent / "build" / "bench.json"
WANTED = "wanted"
"""The peer's version of a measure that has no peer."""


def record(
    *,
    name: str,
    ours: float,
    peer: float,
    peer_version: str,
    goal: float,
    unit: str,
    less_is_better: bool = False,
) -> dict[str, Any]:
    """Put one measure into the list, in place of an older one of the same name; returns it."""
    ratio = peer / ours if less_is_better else ours / peer
    line = {
        "name": name,
        "ours": ours,
        "peer": peer,
        "peer_version": peer_version,
        "ratio": round(ratio, 3),
        "goal": goal,
        "unit": unit,
    }
    lines = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else []
    lines = [each for each in lines if each["name"] != name] + [line]
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps(lines, indent=2) + "\n", encoding="utf-8")
    return line


def show(title: str, lines: Sequence[dict[str, Any]]) -> None:
    """Print measures as a table."""
    table = Table(title=title)
    for column in ("measure", "ours", "peer", "unit", "ratio", "goal", ""):
        table.add_column(column, justify="left" if column in ("measure", "unit") else "right")
    for line in lines:
        met = line["ratio"] >= line["goal"]
        table.add_row(
            line["name"],
            f"{line['ours']:,.4g}",
            f"{line['peer']:,.4g} ({line['peer_version']})",
            line["unit"],
            f"{line['ratio']:,.2f}",
            f"{line['goal']:,.4g}",
            "[green]met[/]" if met else "[red]missed[/]",
        )
    Console(width=130).print(table)


def seconds(work: Callable[[], object], runs: int = 3) -> float:
    """Return the median time of some runs of ``work``."""
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)

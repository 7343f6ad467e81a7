"""What ``flan datasets`` and ``flan show`` print: tables of tasks, a row and its prompts."""

import json
from collections.abc import Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from flan_core.datasets import Cluster, Entry, catalogue, clusters
from flan_core.gallery.pieces import pieces, values_of
from flan_core.task import Drop, Hub


def print_datasets(console: Console) -> None:
    """Print every task, a table a cluster."""
    console.print(f"[bold]{_title()}[/]")
    for cluster in clusters().values():
        console.print(_table_of(cluster))


def _table_of(cluster: Cluster) -> Table:
    table = Table(
        title=f"[bold]{cluster.name}[/] · {cluster.asks}",
        title_justify="left",
        title_style="",
        header_style="dim",
        box=SIMPLE_HEAD,
        expand=True,
    )
    for column, ratio in (("task", 4), ("type", 3), ("metrics", 4), ("source", 7), ("licence", 4)):
        table.add_column(column, ratio=ratio, overflow="fold")
    for entry in catalogue().values():
        if entry.cluster == cluster.name:
            table.add_row(*_row(entry))
    return table


def _row(entry: Entry) -> tuple[str, ...]:
    task = entry.task
    metrics = ", ".join(metric.name for metric in task.metrics)
    by_hand = " [yellow](by hand)[/]" if task.source.manual else ""
    return task.name, task.kind, metrics, address(entry) + by_hand, task.licence


def _title() -> str:
    entries = catalogue().values()
    names = {(entry.cluster, entry.dataset) for entry in entries}
    return f"{len(entries)} tasks of {len(names)} datasets in {len(clusters())} clusters"


def describe(entry: Entry) -> dict[str, Any]:
    """Return a task's facts as ``flan datasets --json`` prints them."""
    task = entry.task
    return {
        "cluster": entry.cluster,
        "dataset": entry.dataset,
        "task": task.name,
        "title": task.title,
        "source": address(entry),
        "splits": {
            "train": task.splits.train,
            "dev": task.splits.dev,
            "test": task.splits.test,
            "dev_rows": task.splits.dev_rows,
            "test_rows": task.splits.test_rows,
        },
        "type": task.kind,
        "metrics": [metric.name for metric in task.metrics],
        "templates": len(task.templates),
        "inverse": sum(template.inverse for template in task.templates),
        "licence": task.licence,
        "manual": task.source.manual,
    }


def address(entry: Entry) -> str:
    """Return where a task's rows are published, as one string."""
    source = entry.task.source
    if not isinstance(source, Hub):
        return source.url
    part = source.config or source.data_dir
    branch = "" if source.revision == "main" else f"@{source.revision}"
    return source.repository + (f"/{part}" if part else "") + branch


def print_task(console: Console, entry: Entry, row: int) -> None:
    """Print a sample row of a task, and what each of its templates makes of it."""
    task = entry.task
    sample = task.samples[row % len(task.samples)]
    facts = f"{task.title} · {entry.cluster} · {task.kind} · {task.licence}"
    console.print(facts, style="bold", highlight=False)
    text = json.dumps(dict(sample), indent=2, ensure_ascii=False)
    console.print(Panel(Text(text), title="a sample row", title_align="left"))
    read = task.read(sample)
    if isinstance(read, Drop):
        console.print(f"[yellow]this row is left out: {read.reason}[/]")
        return
    values = values_of(read[0] if isinstance(read, tuple) else read)
    for number, template in enumerate(task.templates):
        title = f"template {number}" + (" · inverse" if template.inverse else "")
        body = Text.assemble(
            _coloured(template.inputs, values), "\n───\n", _coloured(template.targets, values)
        )
        console.print(Panel(body, title=title, title_align="left"))


def _coloured(pattern: str, values: Mapping[str, str]) -> Text:
    """Return a filled pattern: what the row gave in colour, the template's own words plain."""
    colours = {"text": "", "field": "cyan", "options": "yellow", "answer": "bold green"}
    return Text.assemble(*((piece.text, colours[piece.kind]) for piece in pieces(pattern, values)))

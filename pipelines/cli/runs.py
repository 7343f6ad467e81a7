"""``flan runs list``, ``flan runs show`` and ``flan runs diff``."""

import re
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from flan_core.progress import spell

console = Console()
app = typer.Typer(help="Look at runs and compare them.", no_args_is_help=True)

_HASH = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{28,52}\b")
FEW = 3
"""Most clusters or scores that a line of the list spells out."""

Where = Annotated[str, typer.Option("--in", help="The folder of runs, or s3://bucket/prefix.")]


@app.command("list")
def list_runs(where: Where = "runs") -> None:
    """List the runs with what they held out, how long they took and what they scored."""
    from pipelines.runs import runs_in

    found = runs_in(where)
    if not found:
        console.print(f"there are no runs in {where} yet; `flan run` makes one", highlight=False)
        return
    table = _table("run", "recipe", "held out", "commit", "took", "tuned", "untuned")
    for run in found:
        took = "did not end" if run.seconds is None else spell(run.seconds)
        many = f"{len(run.held_out)} clusters" if len(run.held_out) > FEW else ""
        scores = [_scores(run.scores(who)) for who in ("tuned", "untuned")]
        held_out = many or ", ".join(run.held_out)
        table.add_row(run.name, run.recipe, held_out, run.commit[:9], took, *scores)
    console.print(table)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A run, as in `flan runs list`.")],
    where: Where = "runs",
) -> None:
    """Show a run's scores with their 95 % intervals."""
    from flan_core.report.held_out import name_of
    from pipelines.runs import document_of, scores_of

    document = document_of(where, name)
    if document["invented"]:
        console.print("[bold yellow]These rows are invented: the numbers mean nothing.[/]")
    table = _table("score", "model", "mean", "95 %")
    for title, key, mean, (low, high) in scores_of(document):
        table.add_row(title, name_of(key), f"{mean:.1f}", f"{low:.1f} to {high:.1f}")
    for cluster in document["clusters"].values():
        if cluster["failed"]:
            table.add_row(cluster["title"], f"[red]failed: {cluster['failed']}[/]", "", "")
    console.print(table)


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="The run to compare with.")],
    now: Annotated[str, typer.Argument(help="The run that is compared.")],
    where: Where = "runs",
) -> None:
    """Show what differed between two runs, and which scores changed."""
    from flan_core.report.held_out import name_of
    from pipelines.runs import diff as compare

    found = compare(where, before, now)
    settings = _table("what differed", before, now)
    for row in found.settings:
        settings.add_row(*(_HASH.sub(r"\1", cell) for cell in row))
    console.print(settings if found.settings else "the two have the same settings and data")
    table = _table("score", "model", before, now, "difference", "95 %")
    for one in found.changes:
        low, high = one.change.interval
        colour = ("green" if low > 0 else "red") if one.change.is_clear else "default"
        table.add_row(
            f"[bold]{one.title}[/]" if one.is_cluster else one.title,
            name_of(one.key),
            f"{one.change.before:.1f}",
            f"{one.change.after:.1f}",
            f"[{colour}]{one.change.difference:+.1f}[/]",
            f"{low:+.1f} to {high:+.1f}",
        )
    console.print(table if found.changes else found.lead)


def _table(*columns: str) -> Table:
    table = Table(box=SIMPLE_HEAD, header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _scores(values: list[float]) -> str:
    """Return a few scores, or from where to where many of them go."""
    if len(values) > FEW:
        return f"{min(values):.1f} to {max(values):.1f}"
    return ", ".join(f"{value:.1f}" for value in values) or "–"

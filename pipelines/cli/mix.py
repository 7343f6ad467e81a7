"""``flan mix``: the mixture as a table, before anything is computed."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console

from flan_core.errors import BadInput
from pipelines.cli.run import HeldOut, Rows, Settings, address_of, parse_settings

console = Console(width=None if sys.stdout.isatty() else 130)


def mix(
    recipe: Annotated[str, typer.Argument(help="Recipe whose settings to take.")] = "smoke",
    rows: Rows = "samples",
    held_out: HeldOut = None,
    settings: Settings = None,
    prompts: Annotated[
        Path | None, typer.Option(help="Prompts that render wrote; they are made if not given.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print, and keep nothing.")] = False,
) -> None:
    """Print each task's share, draws, epochs and estimated tokens, before anything is computed."""
    if not dry_run:
        raise BadInput("mix is a step of `flan run`; on its own it only prints: pass --dry-run")
    from flan_core.config import Mix, Pack
    from flan_core.mix import dry_run as table
    from pipelines.recipes import override, recipe_of

    parameters = override(recipe_of(recipe).parameters, parse_settings(settings or []))
    clusters = held_out or parameters["held_out"]
    mixing = Mix.of({"held_out": clusters, **parameters.get("mix", {})})
    packing = Pack.of(parameters.get("pack", {}))
    with TemporaryDirectory() as scratch:
        folder = prompts or _prompts(address_of(rows), Path(scratch))
        console.print(table(mixing, folder, tokens=packing.steps * packing.tokens_per_step))


def _prompts(source: str, scratch: Path) -> Path:
    from flan_core.config import Fetch, Render
    from flan_core.fetch import fetch
    from flan_core.render import render

    fetch(Fetch(source=source), rows=scratch / "rows")
    render(Render(), rows=scratch / "rows", prompts=scratch / "prompts")
    return scratch / "prompts"

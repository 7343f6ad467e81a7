"""``flan datasets``, ``flan show`` and ``flan gallery``: the catalogue, for people and programs."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console

console = Console()


def datasets(
    as_json: Annotated[
        bool, typer.Option("--json", help="A list of objects, for programs.")
    ] = False,
) -> None:
    """List every task of the catalogue with its cluster, source, splits, metrics and licence."""
    import json

    from flan_core.datasets import catalogue
    from pipelines.cli.entries import describe, print_datasets

    if as_json:
        tasks = [describe(entry) for entry in catalogue().values()]
        print(json.dumps(tasks, indent=2, ensure_ascii=False))
        return
    print_datasets(Console(width=None if sys.stdout.isatty() else 150))


def show(
    name: Annotated[str, typer.Argument(help="A task, as in `flan datasets`; or `packs`.")],
    folder: Annotated[
        Path | None, typer.Argument(help="The folder of packs, after `packs`.")
    ] = None,
    pack: Annotated[int, typer.Option(help="Number of the pack to show.")] = 0,
    row: Annotated[int, typer.Option(help="Number of the sample row to show.")] = 0,
) -> None:
    """Show a task's row and what each template makes of it; or one pack, segment by segment."""
    if name == "packs" and folder is not None:
        from flan_core.packs import show_pack

        console.print(show_pack(folder, pack))
        return
    from flan_core.datasets import entry_of
    from pipelines.cli.entries import print_task

    print_task(console, entry_of(name), row)


def gallery(
    out: Annotated[Path, typer.Option(help="The HTML file to write.")] = Path("build/gallery.html"),
    rows: Annotated[
        Path | None, typer.Option(help="A folder with a folder a dataset: show real rows instead.")
    ] = None,
) -> None:
    """Write one HTML page to browse the catalogue: cluster, dataset, template, example."""
    from flan_core.config import Fetch
    from flan_core.fetch import fetch
    from flan_core.gallery import gallery as write

    with TemporaryDirectory() as scratch:
        fetched = Path(scratch) / "rows" if rows else None
        if fetched:
            fetch(Fetch(source=str(rows), max_rows=60, max_eval_rows=1), rows=fetched)
        write(out, fetched)
    console.print(f"wrote {out}", highlight=False)

"""Commands about jobs on a cluster: print what would be started, delete what nobody waits for."""

from typing import Annotated

import typer
from rich.console import Console

from flan_core.errors import BadInput, unknown
from pipelines.cli.run import Settings, parse_settings

console = Console()

FILES = {"train": ("packs", "checkpoint"), "evaluate": ("prompts", "checkpoint", "scores")}
"""Inputs and outputs of each step that is launched."""


def launch(
    step: Annotated[str, typer.Argument(help="train or evaluate.")],
    recipe: Annotated[str, typer.Argument(help="Recipe whose settings to take.")] = "paper",
    bucket: Annotated[
        str, typer.Option(help="Where the step's files are, as s3://bucket/prefix.")
    ] = "s3://flan/run",
    settings: Settings = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print, and start nothing.")] = False,
) -> None:
    """Print the manifest that a step would start on a cluster, without a cluster.

    Runs start jobs themselves; this shows what they would start.
    """
    if not dry_run:
        raise BadInput("a run starts its jobs itself; pass --dry-run to see what it would start")
    if step not in FILES:
        raise unknown("step to launch", step, FILES)
    from flan_core.launch import LaunchEvaluate, LaunchTrain
    from flan_core.launch.steps import manifest
    from pipelines.recipes import override, recipe_of

    kind = LaunchTrain if step == "train" else LaunchEvaluate
    parameters = override(recipe_of(recipe).parameters, parse_settings(settings or []))
    config = kind.of({name: parameters.get(name, {}) for name in (step, "launch")})
    files = {name: f"{bucket}/{name}" for name in FILES[step]}
    print(manifest(config, step, files), end="")


def gc(
    namespace: Annotated[str, typer.Option(help="Namespace; the pod's own if empty.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be deleted.")] = False,
) -> None:
    """Delete jobs whose pipeline run is over or gone."""
    from flan_core.launch.steps import gc as reap

    names = reap(namespace=namespace, dry_run=dry_run)
    verb = "would delete" if dry_run else "deleted"
    console.print(f"{verb} {len(names)} jobs {' '.join(names)}".rstrip(), highlight=False)

"""``flan submit`` and ``flan schedule``: runs in Kubeflow Pipelines, once and again and again."""

from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

console = Console()
app = typer.Typer(
    help="Keep recurring runs as a file says: found by name, version pinned, one at a time.",
    no_args_is_help=True,
)

Host = Annotated[
    str, typer.Option(help="Address of the Kubeflow Pipelines API.", envvar="KFP_HOST")
]
Namespace = Annotated[str, typer.Option(help="Namespace of a multi-user installation.")]
File = Annotated[Path, typer.Option(help="A file of schedules, as manifests/components/schedule.")]
ScheduleName = Annotated[str, typer.Argument(help="The schedule's name.")]
LOCAL = "http://localhost:8888"


def submit(
    pipeline: Annotated[str, typer.Argument(help="Name of the pipeline, as flan.")],
    version: Annotated[str, typer.Argument(help="Name of its version, as flan-0123456789ab.")],
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="A parameter; STEP.NAME sets one setting."
        ),
    ] = None,
    service_account: Annotated[str, typer.Option(help="Account that the pods run as.")] = "",
    title: Annotated[str, typer.Option(help="Name of the run.")] = "",
    host: Host = LOCAL,
    namespace: Namespace = "",
) -> None:
    """Start one run of a pipeline's version in Kubeflow Pipelines."""
    from pipelines import kubeflow, schedule

    wanted = schedule.Schedule.of(
        {
            "name": title or pipeline,
            "pipeline": pipeline,
            "version": version,
            "cron": "",
            "parameters": parameters_of(settings or []),
            "service_account": service_account,
        }
    )
    run = schedule.submit(kubeflow.connect(host, namespace), wanted, wanted.name, namespace)
    console.print(f"started run {run}", highlight=False)


def parameters_of(texts: list[str]) -> dict[str, object]:
    """Read ``seed=3`` and ``train.learning_rate=1e-4`` into a pipeline's parameters."""
    from pipelines.cli.run import parse_settings

    whole = [text for text in texts if "." not in text.partition("=")[0]]
    parts = [text for text in texts if text not in whole]
    plain = parse_settings([f"pipeline.{text}" for text in whole]).get("pipeline", {})
    return {**plain, **parse_settings(parts)}


@app.command("apply")
def apply(file: File, host: Host = LOCAL, namespace: Namespace = "") -> None:
    """Make the recurring runs as the file says; applying again changes nothing."""
    from pipelines import kubeflow, schedule

    wanted = schedule.read(file)
    if not wanted:
        console.print(f"{file} names no schedule", highlight=False)
        return
    client = kubeflow.connect(host, namespace)
    for each in wanted:
        done = schedule.apply(client, each, namespace)
        console.print(f"{each.name}: {done}", highlight=False)


@app.command("list")
def list_schedules(host: Host = LOCAL, namespace: Namespace = "") -> None:
    """List the recurring runs."""
    from pipelines import kubeflow, schedule

    table = Table("name", "cron", "version", "status", box=SIMPLE_HEAD)
    for found in schedule.schedules(kubeflow.connect(host, namespace), namespace):
        table.add_row(found.name, found.cron, found.version, found.status.lower())
    console.print(table)


@app.command("pause")
def pause(name: ScheduleName, host: Host = LOCAL, namespace: Namespace = "") -> None:
    """Stop a schedule from starting runs; one that is going on is left alone."""
    from pipelines import kubeflow, schedule

    schedule.pause(kubeflow.connect(host, namespace), name, namespace)
    console.print(f"{name}: paused", highlight=False)


@app.command("delete")
def delete(name: ScheduleName, host: Host = LOCAL, namespace: Namespace = "") -> None:
    """Delete a schedule; its runs stay."""
    from pipelines import kubeflow, schedule

    schedule.delete(kubeflow.connect(host, namespace), name, namespace)
    console.print(f"{name}: deleted", highlight=False)

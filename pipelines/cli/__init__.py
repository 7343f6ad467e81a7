"""The command ``flan``: run the pipeline, look at the catalogue, see what the machine has."""

import sys

import typer
from rich.console import Console

from flan_core.errors import FlanError
from pipelines.cli import catalogue, cluster, doctor, experiments, kubeflow, mix, run, runs, tools

app = typer.Typer(
    name="flan",
    help="Instruction-tune a language model on many tasks and measure it on clusters it never saw.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command("run")(run.run)
app.command("plan")(experiments.plan)
app.command("compile")(run.compile_pipelines)
app.command("datasets")(catalogue.datasets)
app.command("show")(catalogue.show)
app.command("gallery")(catalogue.gallery)
app.command("doctor")(doctor.doctor)
app.add_typer(runs.app, name="runs")
app.command("report")(tools.report)
app.command("promote")(tools.promote)
app.command("rollback")(tools.rollback)
app.command("export-harness")(tools.export_harness)
app.command("mix")(mix.mix)
app.command("launch")(cluster.launch)
app.command("gc")(cluster.gc)
app.command("submit")(kubeflow.submit)
app.add_typer(kubeflow.app, name="schedule")


def main() -> None:
    """Run the command line; an error of the user's is one line and its exit code."""
    try:
        app()
    except FlanError as error:
        message = f"[bold red]error[/] {error}"
        Console(stderr=True).print(message, highlight=False, soft_wrap=True)
        sys.exit(error.exit_code)

"""``flan plan``: what a job will cost, before anything starts."""

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from pipelines.cli.run import (
    HeldOut,
    Like,
    Models,
    Recipe,
    Rows,
    Settings,
    Which,
    address_of,
    parameters_of,
    there,
)

if TYPE_CHECKING:
    from pipelines.plan import JobCost, ModelCost

console = Console(width=None if sys.stdout.isatty() else 120)


def plan(
    recipe: Recipe = "paper",
    which: Which = "",
    like: Like = "paper",
    rows: Rows = "",
    held_out: HeldOut = None,
    model: Models = None,
    settings: Settings = None,
    parameters: Annotated[
        float, typer.Option(help="Parameters of a model that is not known here, as 7e9.")
    ] = 0.0,
    mfu: Annotated[
        float, typer.Option(min=0.01, max=1.0, help="Share of the GPU's peak that is reached.")
    ] = 0.4,
    prompt_tokens: Annotated[
        int, typer.Option(min=1, help="Tokens of a zero-shot prompt, on average.")
    ] = 200,
    as_json: Annotated[bool, typer.Option("--json", help="An object, for programs.")] = False,
) -> None:
    """Print rows, tokens, GPU hours, storage and models of a job; nothing is started or fetched."""
    from pipelines.job import Order, job_of, runs_of
    from pipelines.plan import Assumptions, cost_of

    source = address_of(rows)
    order = Order(
        name=recipe,
        which=which,
        like=like,
        held_out=tuple(held_out or ()),
        models=tuple(map(address_of, model or ())),
        there=there(source),
        parameters=parameters_of(source, None, settings or []),
    )
    job = job_of(order)
    assumed = Assumptions(mfu=mfu, prompt_tokens=prompt_tokens, parameters=parameters)
    cost = cost_of(runs_of(job.parameters), assumed)
    if as_json:
        facts = {
            "gpu_hours": cost.gpu_hours,
            "storage_bytes": cost.storage_bytes,
            "state_bytes": cost.state_bytes,
        }
        print(json.dumps({"job": job.name, **facts, **asdict(cost)}, indent=2))
        return
    console.print(f"[bold]{job.name}[/] of rows from {job.parameters['source']}", highlight=False)
    console.print(_steps(cost))
    if len(cost.models) > 1:
        console.print(_models(cost))
    console.print(_notes(cost), highlight=False, soft_wrap=True)


def _steps(cost: "JobCost") -> Table:
    table = _table("step", "rows", "tokens", "GPU hours", "storage")
    models = cost.models
    rows = f"{cost.rows:,}"
    asked = sum(each.prompts for each in models)
    table.add_row("fetch", rows, "", "", _bytes(cost.rows_bytes))
    table.add_row("render", rows, "", "", _bytes(cost.rows_bytes))
    table.add_row("mix", f"{max(each.examples for each in models):,}", "", "", "")
    tokens = f"{sum(each.tokens for each in models):,}"
    table.add_row("pack", "", tokens, "", _bytes(sum(each.packs_bytes for each in models)))
    hours = _hours(sum(each.train_hours for each in models))
    table.add_row("train", "", tokens, hours, _bytes(sum(e.checkpoint_bytes for e in models)))
    table.add_row(
        "evaluate",
        f"{asked:,} prompts",
        f"{sum(each.asked_tokens for each in models):,}",
        _hours(sum(each.evaluate_hours for each in models)),
        _bytes(sum(each.scores_bytes for each in models)),
        end_section=True,
    )
    number = f"{len(models)} model" + ("s" if len(models) > 1 else "")
    table.add_row(number, "", "", _hours(cost.gpu_hours), _bytes(cost.storage_bytes), style="bold")
    return table


def _models(cost: "JobCost") -> Table:
    table = _table(
        "variant", "parameters", "tasks", "train rows", "prompts", "train h", "evaluate h"
    )
    for each in cost.models:
        table.add_row(
            each.name,
            _parameters(each),
            str(each.tasks),
            f"{each.examples:,}",
            f"{each.prompts:,}",
            _hours(each.train_hours),
            _hours(each.evaluate_hours),
        )
    return table


def _notes(cost: "JobCost") -> str:
    assumed, largest = cost.assumptions, max(cost.models, key=lambda each: each.parameters)
    gpus = " or ".join(f"{number} {kind}" for kind, number in largest.gpus.items())
    kept = _bytes(cost.state_bytes)
    states = f"States to go on from take {kept} more until training is done. "
    return (
        f"{largest.model}: {_parameters(largest)} parameters; training it needs {gpus} at least. "
        f"{states if cost.state_bytes else ''}"
        f"GPU hours are of an H100 or H200 at an MFU of {assumed.mfu:.0%} "
        f"(989 TFLOP/s bfloat16); a zero-shot prompt is taken for {assumed.prompt_tokens} tokens. "
        f"Writing free text is slower than reckoned here."
    )


def _table(first: str, *columns: str) -> Table:
    table = Table(first, box=SIMPLE_HEAD, header_style="dim")
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _parameters(cost: "ModelCost") -> str:
    number = cost.parameters
    return f"{number / 1e9:.2f} B" if number >= 1e9 else f"{number / 1e6:,.1f} M"


def _hours(hours: float) -> str:
    return f"{hours:,.1f}" if hours >= 0.1 else f"{hours:.1g}" if hours else "0"


def _bytes(size: float) -> str:
    for unit, name in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB")):
        if size >= unit:
            return f"{size / unit:,.1f} {name}"
    return f"{size / 1e3:,.1f} kB"

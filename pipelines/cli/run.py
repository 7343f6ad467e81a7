"""``flan run`` and ``flan compile``: the pipeline on this machine, and for a cluster."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from flan_core.errors import BadInput

if TYPE_CHECKING:
    from pipelines.job import Job

console = Console()


Recipe = Annotated[
    str,
    typer.Argument(help="smoke, paper, beyond, leave-one-cluster-out, ablations or retrain."),
]
Which = Annotated[str, typer.Option(help="The ablation, as clusters or templates.")]
Like = Annotated[str, typer.Option(help="Recipe that an experiment takes its other settings from.")]
Rows = Annotated[
    str, typer.Option(help="samples, hub, a folder with a folder a dataset, or s3://bucket/prefix.")
]
HeldOut = Annotated[
    list[str] | None,
    typer.Option(help="Cluster that the model must never see; may be repeated."),
]
Models = Annotated[
    list[str] | None,
    typer.Option(
        help="tiny or tiny-half, or a folder or hub id of a decoder-only model (safetensors); "
        "an ablation of models takes several."
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="STEP.NAME=VALUE", help="A setting, as train.learning_rate=1e-4."
    ),
]


def run(
    recipe: Recipe = "smoke",
    which: Which = "",
    like: Like = "smoke",
    rows: Rows = "",
    held_out: HeldOut = None,
    model: Models = None,
    seed: Annotated[int | None, typer.Option(help="Seed of everything that is drawn.")] = None,
    settings: Settings = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the run; must be new or empty.")
    ] = None,
) -> None:
    """Run the whole method on this machine, write a report and say whether the model is promoted.

    Fetch, render, mix, pack, train, evaluate each held-out cluster, report, promote: the same
    pipeline that is compiled for Kubeflow, executed by KFP's local runner.
    """
    from pipelines.job import Order, job_of
    from pipelines.preflight import check

    source = address_of(rows)
    order = Order(
        name=recipe,
        which=which,
        like=like,
        held_out=tuple(held_out or ()),
        models=tuple(map(address_of, model or ())),
        there=there(source),
        parameters=parameters_of(source, seed, settings or []),
    )
    job = job_of(order)
    check(job.parameters)
    _run_locally(job, out or _new_folder(job.name))


def parameters_of(source: str, seed: int | None, settings: list[str]) -> dict[str, Any]:
    """Return the parameters that options name; what is empty is left to the recipe."""
    axes = {"source": source, "seed": seed}
    given = {name: value for name, value in axes.items() if value not in (None, "")}
    return {**given, **parse_settings(settings)}


def _run_locally(job: "Job", out: Path) -> None:
    from pipelines import local

    parameters = dict(job.parameters)
    shown = {
        name: value
        for name, value in parameters.items()
        if name not in ("variants", "table", "compare", "report", "promote")
    }
    shown["source"] = Path(parameters["source"]).name
    single = "variants" not in parameters
    page = "report" if single else "compare"
    parameters[page] = {
        "recipe": job.name,
        "commit": local.commit(),
        "settings": shown,
        **parameters.get(page, {}),
    }
    if single:
        registry = str(out.parent.resolve() / "registry")
        here = {"registry": registry, "commit": local.commit(), "image": ""}
        parameters["promote"] = {**here, **parameters.get("promote", {})}
    written = local.run(job.pipeline, parameters, out, {"recipe": job.name})
    if written is None:
        console.print("\n[bold green]done[/] nothing is new, so no model was made")
        return
    console.print(
        f"\n[bold green]done[/] the report is [link=file://{written.resolve()}]{written}[/link]"
    )


def there(source: str) -> tuple[str, ...]:
    """Return the tasks that a folder has rows of; nothing where the source is no folder."""
    from flan_core.datasets import catalogue

    root = Path(source)
    if not (source and root.is_dir()):
        return ()
    return tuple(
        task
        for task, entry in catalogue().items()
        if (root / task).is_dir() or (root / entry.dataset).is_dir()
    )


def address_of(text: str) -> str:
    """Make a local path absolute, since steps run elsewhere; leave names and addresses alone."""
    return str(Path(text).resolve()) if text and Path(text).exists() else text


def _new_folder(recipe: str) -> Path:
    return Path("runs") / f"{recipe}-{datetime.now(UTC):%Y%m%d-%H%M%S}"


def parse_settings(texts: list[str]) -> dict[str, Any]:
    """Read ``train.learning_rate=1e-4`` into ``{"train": {"learning_rate": 0.0001}}``.

    A value is JSON where it parses as JSON, and text otherwise.
    """
    import json

    settings: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        step, dot, key = name.partition(".")
        if not (equals and dot and step and key):
            raise BadInput(f"--set {text!r} is not STEP.NAME=VALUE, as train.learning_rate=1e-4")
        try:
            parsed = json.loads(value)
        except json.JSONDecodeError:
            parsed = value
        settings.setdefault(step, {})[key] = parsed
    return settings


def compile_pipelines(
    folder: Annotated[
        Path | None, typer.Option(help="Where to write; pipelines/compiled here.")
    ] = None,
    parallelism: Annotated[
        int, typer.Option(min=1, help="Variants of an experiment that run at a time.")
    ] = 2,
) -> None:
    """Compile every pipeline: IR for the Kubeflow UI, resources for kubectl."""
    from pipelines.compiling import FOLDER, compile_all, pipelines_of

    for path in compile_all(folder or FOLDER, pipelines_of(parallelism)):
        console.print(f"wrote {path}", highlight=False)

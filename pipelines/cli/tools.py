"""Commands on a finished run: report it again, export its tasks, promote its model or roll back."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from flan_core.errors import BadInput

console = Console()

RunFolder = Annotated[Path, typer.Argument(help="A run's folder, as runs/smoke-20261123-160000.")]
Registry = Annotated[str, typer.Option(help="Folder or s3://bucket/prefix of the registry.")]
Name = Annotated[str, typer.Option(help="Name of the registered model.")]


def artifact(run: Path, step: str, name: str) -> Path:
    """Return the path of what a step of a run wrote.

    Raises:
        BadInput: the run has none, or has several (an experiment's models).
    """
    found = artifacts(run, step, name)
    if len(found) != 1:
        raise BadInput(f"{run} has {len(found)} outputs {name!r} of {step}, not one")
    return found[0]


def artifacts(run: Path, step: str, name: str) -> list[Path]:
    """Return the paths of what a step wrote, one for each time that it ran."""
    if not (run / "run.json").is_file():
        raise BadInput(f"{run} is not the folder of a run; `flan runs list` shows them")
    return sorted((run / "artifacts").glob(f"**/{step}/{name}"))


def report(
    run: RunFolder,
    against: Annotated[str, typer.Option(help="A previous run's folder to compare with.")] = "",
    out: Annotated[Path, typer.Option(help="The HTML file to write.")] = Path("build/report.html"),
) -> None:
    """Write a run's report again, beside a previous run if one is named."""
    import json

    from flan_core.config import Report
    from flan_core.report import report as write

    said = json.loads((run / "run.json").read_text(encoding="utf-8"))
    config = Report.of({**said["settings"].get("report", {}), "against": against})
    out.parent.mkdir(parents=True, exist_ok=True)
    write(
        config,
        rows=artifact(run, "fetch", "rows"),
        mixture=artifact(run, "mix", "mixture"),
        packs=artifact(run, "pack", "packs"),
        checkpoint=artifact(run, "train", "checkpoint"),
        scores=artifacts(run, "evaluate", "scores"),
        html=out,
        summary=out.with_suffix(".md"),
        metrics=out.with_suffix(".json"),
    )
    console.print(f"wrote {out}", highlight=False)


def export_harness(
    folder: Annotated[Path, typer.Argument(help="Where to write the harness's tasks.")],
    run: Annotated[Path, typer.Option(help="The run whose prompts and tokenizer to export.")],
    cluster: Annotated[str, typer.Option(help="Only this cluster's tasks; all if empty.")] = "",
    shots: Annotated[int, typer.Option(help="Exemplars before each query.")] = 0,
) -> None:
    """Write tasks for lm-evaluation-harness, so that a tool you trust can score the model."""
    from flan_core.config import Evaluate
    from flan_core.harness import export

    config = Evaluate.of({"cluster": cluster, "shots": [shots]})
    prompts, packs = artifact(run, "render", "prompts"), artifact(run, "pack", "packs")
    names = export(config, prompts=prompts, tokenizer=packs / "tokenizer", folder=folder)
    console.print(f"wrote {len(names)} tasks; lm_eval --include_path {folder} --tasks {names[0]}")


def promote(
    run: RunFolder,
    registry: Registry = "runs/registry",
    name: Name = "flan",
    margin: Annotated[float, typer.Option(help="Points that a cluster may lose.")] = 1.0,
    allow_unpinned: Annotated[
        bool, typer.Option(help="Promote although rows have no resolved revision.")
    ] = False,
) -> None:
    """Judge a run's model against the champion; if nothing speaks against it, it takes over."""
    import json

    from flan_core.config import Promote
    from flan_core.promote import promote as judge
    from flan_core.schemas import read_json
    from pipelines.flan import MADE_BY

    rows = artifact(run, "fetch", "rows")
    said = json.loads((run / "run.json").read_text(encoding="utf-8"))
    settings = {
        "registry": registry,
        "name": name,
        "margin": margin,
        "allow_unpinned": allow_unpinned,
        "commit": said["commit"],
        "settings": {key: said["settings"].get(key, {}) for key in MADE_BY},
    }
    decision = run / "decision.json"
    judge(
        Promote.of(settings),
        rows=rows,
        mixture=artifact(run, "mix", "mixture"),
        checkpoint=artifact(run, "train", "checkpoint"),
        scores=artifacts(run, "evaluate", "scores"),
        decision=decision,
        reasons=decision.with_suffix(".md"),
    )
    if not read_json(decision, "decision/1")["promoted"]:
        raise SystemExit(1)


def rollback(
    registry: Registry = "runs/registry",
    name: Name = "flan",
    model_registry: Annotated[
        str, typer.Option(help="Kubeflow's Model Registry, as http://host:8080, to tell it too.")
    ] = "",
) -> None:
    """Make the champion before this one champion again."""
    from flan_core.promote import rollback as back

    champion = back(registry, name, model_registry=model_registry)
    console.print(f"champion is {champion.version} again", highlight=False)

"""Run the compiled pipeline on this machine: KFP's own local runner, one subprocess a step.

runs/smoke/
├── run.json        what was run: recipe, settings, versions, commit, seconds
├── report.html     the report; summary.md and metrics.json beside it
└── artifacts/      what each step wrote, as KFP lays it out
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from kfp import local

from flan_core.errors import BadInput, FlanError
from flan_core.schemas import dumps
from pipelines.interrupt import interruptible
from pipelines.narrate import Narrator, narrated, own_line

LIBRARIES = ("kfp", "torch", "torchx", "transformers", "datasets", "minio", "kubernetes")
"""Libraries whose versions a run records."""


FOR_PEOPLE = (
    ("report", "html", "report.html"),
    ("report", "summary", "summary.md"),
    ("report", "metrics", "metrics.json"),
    ("promote", "decision", "decision.json"),
    ("promote", "reasons", "decision.md"),
)
"""Step, output, and the name that it gets in the run's folder."""


class RunFailed(FlanError):
    """A step of the run failed; its own message stands above."""


def run(
    pipeline: Callable[..., Any], parameters: Mapping[str, Any], out: Path, about: Mapping[str, Any]
) -> Path | None:
    """Execute a pipeline into the folder ``out`` and return the report's path, if it made one.

    Raises:
        BadInput: ``out`` is in use.
        RunFailed: a step failed.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadInput(f"{out} is in use; choose another folder with --out, or remove it")
    out.mkdir(parents=True, exist_ok=True)
    record = {
        **about,
        "settings": dict(parameters),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in LIBRARIES},
        "commit": commit(),
    }
    _record(out, record)
    started = time.monotonic()
    task = _execute(pipeline, parameters, out)
    report = _collect(task, out)
    _record(out, {**record, "seconds": round(time.monotonic() - started, 1)})
    return report


def commit() -> str:
    """Return the commit of the code that runs, with ``+`` if files differ; empty outside git."""
    here = Path(__file__).parent
    try:
        known = _git(here, "rev-parse", "HEAD")
        changed = _git(here, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):
        return ""
    return known + ("+" if changed else "")


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _execute(pipeline: Callable[..., Any], parameters: Mapping[str, Any], out: Path) -> Any:
    # KFP starts steps as `python3`: that must be the interpreter that has our packages.
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    log = out / "log.txt"
    with narrated(log, sys.stdout) as narrator, interruptible():
        local.init(
            runner=local.SubprocessRunner(use_venv=False),
            pipeline_root=str(out / "artifacts"),
            raise_on_error=True,
        )
        try:
            return pipeline(**parameters)
        except RuntimeError as error:
            raise RunFailed(_why(narrator, log)) from error


def _why(narrator: Narrator, log: Path) -> str:
    """Return the message of the step that failed: its own line, else the end of the log."""
    own = [line.strip() for line in narrator.tail if line.strip()]
    said = [line for line in own if own_line(line) and ": done in" not in line]
    if said:
        return f"the run failed: {said[-1]} (the whole log is {log})"
    return f"the run failed; the end of {log} is\n" + "\n".join(own[-15:])


def _collect(task: Any, out: Path) -> Path | None:
    """Copy what is made for people into the run's folder; return the report, if there is one.

    A pipeline that may end early has no outputs of its own: then they are looked for.
    """
    for step, name, target in FOR_PEOPLE:
        made = [Path(task.outputs[name].path)] if name in task.outputs else []
        for path in made or (out / "artifacts").glob(f"**/{step}/{name}"):
            shutil.copyfile(path, out / target)
    numbers = out / "metrics.json"
    if numbers.is_file():
        numbers.write_text(dumps(json.loads(numbers.read_text("utf-8"))), encoding="utf-8")
    report = out / "report.html"
    return report if report.is_file() else None


def _record(out: Path, record: Mapping[str, Any]) -> None:
    (out / "run.json").write_text(dumps({"schema": "run/1", **record}), encoding="utf-8")

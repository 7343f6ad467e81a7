"""Check a run's settings before anything starts: a mistake costs a second, not an hour."""

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flan_core.config import Compare, Promote, Report
from flan_core.datasets import left_out, tasks_of
from flan_core.errors import BadInput, unknown
from flan_core.fetch.sources import Folder
from pipelines.job import STEPS, Run, runs_of

_PARAMETERS = (
    *STEPS, "report", "compare", "promote",
    "table", "variants", "held_out", "source", "model", "seed",
)  # fmt: skip
"""Parameters of the pipelines."""


def check(parameters: Mapping[str, Any]) -> None:
    """Refuse what some step would refuse later, for every model that the job makes.

    Raises:
        BadInput: an unknown cluster, task or setting; a value out of range; a source or a model
            that is not there; a port in use.
    """
    for name in parameters:
        if name not in _PARAMETERS:
            raise unknown("step", name, _PARAMETERS)
    Report.of(parameters.get("report", {}))
    Compare.of(parameters.get("compare", {}))
    Promote.of(parameters.get("promote", {}))
    runs = runs_of(parameters)
    for run in runs:
        _check_names(run)
    _check_source(parameters["source"])
    for model in dict.fromkeys(run.train.model for run in runs):
        _check_model(model)
    for port in {run.train.metrics_port for run in runs}:
        _check_port(port)


def _check_names(run: Run) -> None:
    if not run.evaluated:
        raise BadInput("no cluster is held out, so nothing can be measured; pass --held-out nli")
    left_out([*run.mix.held_out, *run.evaluated])
    tasks_of([*run.fetch.tasks, *run.mix.tasks])


def _check_source(source: str) -> None:
    if source not in ("samples", "hub") and not source.startswith("s3://"):
        Folder.open(Path(source))


def _check_model(model: str) -> None:
    """Refuse a local folder that train could not load; a hub id is checked when it is fetched."""
    folder = Path(model)
    if not folder.is_dir():
        if folder.is_absolute() or model.startswith("."):
            raise BadInput(f"{model} is not a folder; give a model folder, a hub id, or tiny")
        return
    if not any(folder.glob("*.safetensors")):
        raise BadInput(
            f"{model} holds no .safetensors file; pickled weights are not loaded. "
            f"Save the model with save_pretrained(..., safe_serialization=True)"
        )
    if not (folder / "config.json").is_file():
        raise BadInput(f"{model} holds no config.json; give a Hugging Face model folder")
    if not (folder / "tokenizer.json").is_file():
        raise BadInput(f"{model} holds no tokenizer.json; save its fast tokenizer beside the model")


def _check_port(port: int) -> None:
    if not port:
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError as error:
            raise BadInput(
                f"train.metrics_port: port {port} is in use; choose another or 0 for none"
            ) from error

"""What a run says of each step: a line of ``steps.jsonl``, the live metrics, the progress line.

    {"step": 7, "loss": 2.31, "grad_norm": 0.8,
     "clusters": {"nli": 1.9}, "datasets": {"rte": 1.9}, "tasks": {"rte": 1.9},
     "learning_rate": 3e-05, "tokens": {"target": 310, "input": 7600, "pad": 282}, "seconds": 1.2,
     "data_wait": 0.001, "tokens_per_second": 6826.7, "mfu": 0.41, "memory": 1234567}

Losses are nats per target token, mean over the step; a task without targets in the step is absent.
Where the update was left out because of a spike, ``"skipped": true`` is there too.
``memory`` is the peak of bytes on this rank's device; ``mfu`` is null where the peak is not known.
"""

import json
import math
import resource
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Self, TextIO

import torch

from flan_core import schemas, telemetry
from flan_core.model.head import Scorer
from flan_core.train.batches import Packs
from flan_core.train.history import History
from flan_core.train.loop import Result


class Log:
    """The first rank's record of a run; other ranks keep none."""

    def __init__(
        self,
        path: Path | None,
        packs: Packs,
        *,
        flops_of: "FlopsOf",
        history: History,
        start: int,
    ) -> None:
        """Go on with the file at ``path``, forgetting the lines of step ``start`` and after.

        Without a path only the live metrics are set.
        """
        self._names = {
            "clusters": packs.clusters,
            "datasets": tuple(packs.about.get("datasets", packs.tasks)),
            "tasks": packs.tasks,
        }
        self._flops_of, self._history = flops_of, history
        lines = [] if path is None else _lines(path)
        kept = [line for line in lines if line["step"] < start]
        telemetry.LOST_STEPS.inc(len(lines) - len(kept))
        self._useful_s = sum(line["seconds"] for line in kept)
        self._file = None if path is None else _rewritten(path, kept)

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def add(self, result: Result, *, dev_loss: float | None) -> dict[str, Any]:
        """Write a step's line and set the live metrics; returns the line."""
        line = self._line(result)
        if dev_loss is not None:
            line["dev_loss"] = dev_loss
        if result.skipped:
            line["skipped"] = True
        if self._file is not None:
            self._file.write(_text(line))
            self._file.flush()
        self._useful_s += result.seconds
        if self._file is not None:  # other ranks do not know the attempts before
            telemetry.GOODPUT.set(self._history.goodput(self._useful_s))
        _measure(result, line)
        return line

    def _line(self, result: Result) -> dict[str, Any]:
        step = result.step
        tokens = {"target": step.targets, "input": step.inputs, "pad": step.padding}
        return {
            "step": step.number,
            "loss": result.loss,
            **{
                level: means(names, result.losses, step.task_targets.tolist())
                for level, names in self._names.items()
            },
            "grad_norm": result.gradient_norm,
            "learning_rate": result.learning_rate,
            "tokens": tokens,
            "seconds": result.seconds,
            "data_wait": result.data_wait,
            "tokens_per_second": (step.targets + step.inputs) / result.seconds,
            "mfu": self._flops_of.utilisation(tokens, result.seconds),
            "memory": peak_memory(),
        }


class FlopsOf:
    """The arithmetic that a step needs, against the peak of the devices."""

    def __init__(self, body: int, head: int, peak: float) -> None:
        """Take the parameters that tokens pass, that targets pass, and the FLOP/s of all."""
        self.body, self.head, self.peak = body, head, peak

    def step(self, tokens: Mapping[str, int]) -> float:
        """Return the FLOPs of a step that serve the loss: 6 a parameter and token, padding free.

        The vocabulary projection counts for targets only, as it is computed; attention's scores,
        a few per cent at these lengths, are left out.
        """
        documents = tokens["target"] + tokens["input"]
        return 6.0 * (self.body * documents + self.head * tokens["target"])

    def utilisation(self, tokens: Mapping[str, int], seconds: float) -> float | None:
        """Return the part of the devices' peak that was reached; None where that is not known."""
        return self.step(tokens) / seconds / self.peak if self.peak else None


def flops_counts(scorer: Scorer) -> tuple[int, int]:
    """Return the parameters that every token passes and those of the vocabulary projection.

    The input embedding is a lookup and counts as none.
    """
    every = sum(each.numel() for each in scorer.parameters())
    head = scorer.model.get_output_embeddings().weight
    table = scorer.model.get_input_embeddings().weight
    return every - head.numel() - (0 if table is head else table.numel()), head.numel()


PEAKS = {"H200": 989e12, "H100": 989e12, "A100": 312e12, "L40S": 362e12, "B200": 2_250e12}
"""Dense bfloat16 FLOP/s by a part of the device's name, from the makers' data sheets."""


def peak_flops(device: torch.device) -> float:
    """Return the peak of one device, FLOP/s; 0 where it is not known."""
    if device.type != "cuda":
        return 0.0
    name = torch.cuda.get_device_name(device)
    return next((peak for part, peak in PEAKS.items() if part in name), 0.0)


def own_version() -> str:
    """Return the version of this project, empty where it runs without being installed."""
    try:
        return version("flan-on-kubeflow")
    except PackageNotFoundError:
        return ""


def device_name(device: torch.device) -> str:
    """Return the name of a device as its maker gives it."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"


def peak_memory() -> int:
    """Return the most bytes this process has held: of the GPU, else of the machine."""
    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated())
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1_024


def means(names: Sequence[str], sums: Iterable[float], counts: Iterable[int]) -> dict[str, float]:
    """Return the mean loss by name, of those that have targets.

    >>> means(("nli", "nli", "qa"), (2.0, 4.0, 0.0), (1, 2, 0))
    {'nli': 2.0}
    """
    totals: dict[str, float] = defaultdict(float)
    many: dict[str, int] = defaultdict(int)
    for name, total, count in zip(names, sums, counts, strict=True):
        totals[name] += total
        many[name] += count
    return {name: totals[name] / many[name] for name in sorted(many) if many[name]}


def _rewritten(path: Path, lines: list[dict[str, Any]]) -> TextIO:
    """Open a file that holds ``lines``, to go on with."""
    with schemas.whole(path) as draft:
        draft.write_text("".join(map(_text, lines)), encoding="utf-8")
    return path.open("a", encoding="utf-8")


def _text(line: Mapping[str, Any]) -> str:
    return json.dumps(line, allow_nan=False) + "\n"


def _lines(path: Path) -> list[dict[str, Any]]:
    """Return the whole lines of the file; a kill may leave the last one torn."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return [json.loads(line) for line in text.splitlines(True) if line.endswith("\n")]


def _measure(result: Result, line: Mapping[str, Any]) -> None:
    telemetry.STEP.inc()
    for kind, many in line["tokens"].items():
        telemetry.TOKENS.labels(kind=kind).inc(many)
    telemetry.LOSS.set(line["loss"])
    for cluster, loss in line["clusters"].items():
        telemetry.CLUSTER_LOSS.labels(task_cluster=cluster).set(loss)
    for dataset, loss in line["datasets"].items():
        telemetry.DATASET_LOSS.labels(dataset=dataset).set(loss)
    telemetry.PEAK_MEMORY.set(line["memory"])
    telemetry.GRAD_NORM.set(line["grad_norm"])
    telemetry.LEARNING_RATE.set(line["learning_rate"])
    telemetry.STEP_SECONDS.observe(result.seconds)
    telemetry.DATA_WAIT.inc(result.data_wait)
    telemetry.LAST_STEP.set_to_current_time()
    telemetry.MFU.set(math.nan if line["mfu"] is None else line["mfu"])

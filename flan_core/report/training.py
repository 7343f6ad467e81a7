"""Arrange the record of training: curves of the loss, by cluster too, and the numbers at the end.

In: ``checkpoint/steps.jsonl`` (a line a step) and ``checkpoint.json``. What a line lacks is left
out of the page.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flan_core.errors import BadInput
from flan_core.progress import spell
from flan_core.report.charts import Axis, Curve, axis_of, curve_of
from flan_core.report.mixture import title_of

Steps = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot over steps: its curves, each with the class that colours it."""

    title: str
    y_name: str
    x_axis: Axis
    y_axis: Axis
    curves: tuple[tuple[Curve, str], ...]


@dataclass(frozen=True, slots=True)
class DatasetLoss:
    """A dataset's mean loss over the first and the last tenth of the steps that have it."""

    dataset: str
    first: float
    last: float
    steps: int
    """Steps that have targets of it."""


@dataclass(frozen=True, slots=True)
class Training:
    """What the page shows of training."""

    facts: tuple[tuple[str, str], ...]
    plots: tuple[Plot, ...]
    by_cluster: tuple[Plot, ...]
    by_dataset: tuple[DatasetLoss, ...]
    numbers: dict[str, float]


def read_steps(checkpoint: Path) -> list[dict[str, Any]]:
    """Return the lines of ``steps.jsonl``, the last one of each step, in order of steps.

    Raises:
        BadInput: a line is not a JSON object.
    """
    path = checkpoint / "steps.jsonl"
    if not path.is_file():
        return []
    steps: dict[int, dict[str, Any]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            step = json.loads(line)
            steps[int(step["step"])] = step
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise BadInput(f"{path}, line {number} is not a step; run train again") from error
    return [steps[number] for number in sorted(steps)]


def training_view(steps: Steps, checkpoint: Mapping[str, Any]) -> Training | None:
    """Return what the page shows of training, or None where no step was recorded."""
    if not steps:
        return None
    x_axis = axis_of([step["step"] for step in steps], low=0.0)
    numbers = numbers_of(steps)
    return Training(
        facts=tuple(_facts(steps, numbers, checkpoint)),
        plots=tuple(_plots(steps, x_axis)),
        by_cluster=tuple(_by_cluster(steps, x_axis)),
        by_dataset=tuple(_by_dataset(steps)),
        numbers=numbers,
    )


def numbers_of(steps: Steps) -> dict[str, float]:
    """Return the run's numbers: steps, losses, tokens, seconds, speed; only those on record.

    ``final_loss`` is the mean of the last tenth of the steps, weighted by target tokens: one step's
    loss depends on which rows it drew.
    """
    last = steps[-max(1, len(steps) // 10) :]
    numbers = {"steps": float(len(steps)), "first_loss": steps[0]["loss"]}
    weights = [step.get("tokens", {}).get("target", 1) for step in last]
    losses = [step["loss"] for step in last]
    total = sum(weights)
    if total:
        pairs = zip(losses, weights, strict=True)
        numbers["final_loss"] = sum(loss * weight for loss, weight in pairs) / total
    for kind in ("target", "input", "pad"):
        counted = [step["tokens"][kind] for step in steps if kind in step.get("tokens", {})]
        if counted:
            numbers[f"{kind}_tokens"] = float(sum(counted))
    dev = [step["dev_loss"] for step in steps if step.get("dev_loss") is not None]
    if dev:
        numbers |= {"dev_loss": dev[-1], "best_dev_loss": min(dev)}
    skipped = sum(bool(step.get("skipped")) for step in steps)
    return numbers | ({"skipped_steps": float(skipped)} if skipped else {}) | _speed(steps)


def _speed(steps: Steps) -> dict[str, float]:
    """Return what the clock says; means leave out the first step, which compiles and warms up."""
    seconds = [step["seconds"] for step in steps if "seconds" in step]
    if not seconds:
        return {}
    speed = {"train_seconds": sum(seconds)}
    steady = [step for step in steps[1:] if "seconds" in step]
    tokens = [step.get("tokens", {}) for step in steady]
    real = sum(each.get("target", 0) + each.get("input", 0) for each in tokens)
    spent = sum(step["seconds"] for step in steady)
    if real and spent:
        speed["tokens_per_second"] = real / spent
    mfu = [step["mfu"] for step in steady if step.get("mfu") is not None]
    if mfu:
        speed["mfu"] = sum(mfu) / len(mfu)
    memory = [step["memory"] for step in steps if step.get("memory")]
    return {**speed, "peak_memory_bytes": float(max(memory))} if memory else speed


def _facts(
    steps: Steps, numbers: Mapping[str, float], checkpoint: Mapping[str, Any]
) -> list[tuple[str, str]]:
    wanted = (
        ("Steps", "steps", "{:,.0f}"),
        ("Updates left out for a spike", "skipped_steps", "{:,.0f}"),
        ("First loss", "first_loss", "{:.3f} nats"),
        ("Final loss", "final_loss", "{:.3f} nats"),
        ("Dev loss", "dev_loss", "{:.3f} nats"),
        ("Target tokens", "target_tokens", "{:,.0f}"),
        ("Input tokens", "input_tokens", "{:,.0f}"),
        ("Padding", "pad_tokens", "{:,.0f}"),
        ("Tokens a second", "tokens_per_second", "{:,.0f}"),
    )
    facts = [(name, form.format(numbers[key])) for name, key, form in wanted if key in numbers]
    if "mfu" in numbers:
        facts.append(("Of the devices' peak", f"{100 * numbers['mfu']:.1f} %"))
    if "train_seconds" in numbers:
        facts.append(("Time in steps", spell(numbers["train_seconds"])))
    if "peak_memory_bytes" in numbers:
        facts.append(("Peak memory, first rank", f"{numbers['peak_memory_bytes'] / 2**30:.2f} GiB"))
    rates = [step["learning_rate"] for step in steps if "learning_rate" in step]
    if rates:
        facts.append(("Learning rate", _between(min(rates), max(rates))))
    settings: Mapping[str, Any] = checkpoint.get("settings", {})
    known = (("Optimiser", "optimizer"), ("Schedule", "schedule"))
    return facts + [(name, str(settings[key])) for name, key in known if key in settings]


def _between(low: float, high: float) -> str:
    return f"{high:g}" if low == high else f"{low:.2g} to {high:.2g}"


def _plots(steps: Steps, x_axis: Axis) -> list[Plot]:
    loss = [(step["step"], step["loss"]) for step in steps]
    dev = [(step["step"], step["dev_loss"]) for step in steps if step.get("dev_loss") is not None]
    y_axis = axis_of([value for _, value in loss + dev])
    curves = [(curve_of(loss, x_axis, y_axis), "loss")]
    if dev:
        curves.append((curve_of(dev, x_axis, y_axis), "dev"))
    title = "Loss, and on dev rows" if dev else "Loss"
    plots = [Plot(title, "nats a target token", x_axis, y_axis, tuple(curves))]
    norms = [(step["step"], step["grad_norm"]) for step in steps if "grad_norm" in step]
    if norms:
        norm_axis = axis_of([norm for _, norm in norms], low=0.0)
        curve = curve_of(norms, x_axis, norm_axis)
        plots.append(Plot("Norm of the gradient", "norm", x_axis, norm_axis, ((curve, "norm"),)))
    return plots


def _by_dataset(steps: Steps) -> list[DatasetLoss]:
    losses: dict[str, list[float]] = {}
    for step in steps:
        for name, loss in step.get("datasets", {}).items():
            losses.setdefault(name, []).append(loss)
    return [
        DatasetLoss(name, _mean(some[:tenth]), _mean(some[-tenth:]), len(some))
        for name, some in sorted(losses.items())
        if (tenth := max(1, len(some) // 10))
    ]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _by_cluster(steps: Steps, x_axis: Axis) -> list[Plot]:
    names = sorted({name for step in steps for name in step.get("clusters", {})})
    points = {
        name: [(s["step"], s["clusters"][name]) for s in steps if name in s.get("clusters", {})]
        for name in names
    }
    y_axis = axis_of([value for line in points.values() for _, value in line])
    whole = curve_of([(step["step"], step["loss"]) for step in steps], x_axis, y_axis)
    return [
        Plot(
            title_of(name),
            "nats",
            x_axis,
            y_axis,
            ((Curve(whole.line, ""), "behind"), (curve_of(points[name], x_axis, y_axis), "loss")),
        )
        for name in names
    ]

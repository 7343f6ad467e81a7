"""What a job will cost, reckoned before anything starts: rows, tokens, GPU hours, storage, models.

     GPU hours   6 N FLOPs a token to train (4 N where the model's own weights stay as they are),
                 2 N to evaluate, at a share (MFU) of the device's peak
     GPUs        what holds parameters, gradients and the optimiser's state
     rows        as published (``Task.sizes``), or as they are where the source is at hand

An estimate: real rows differ in length, and writing free text is slower than reading.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from flan_core.config import Fetch
from flan_core.datasets import Entry, catalogue, left_out, tasks_of
from flan_core.fetch.sources import Folder
from flan_core.fetch.splits import LARGEST_SHARE, part, part_samples
from flan_core.fetch.tables import table_of
from flan_core.task import Task
from pipelines.experiment import PARALLELISM
from pipelines.job import Run
from pipelines.models import parameters_of

PEAK = 989e12
"""FLOP/s of an H100 or H200 (SXM) in bfloat16, dense; NVIDIA's data sheets."""

MEMORY = {"H100": 80e9, "H200": 141e9}
"""Bytes of a GPU's memory."""

FILLED = 0.8
"""Share of a GPU's memory that weights, gradients and the optimiser may take."""

STATE_BYTES = {"adafactor": 4 + 4 + 2, "adamw": 4 + 4 + 8 + 2, "frozen": 4 + 2}
"""Bytes a parameter: master weight, gradient, optimiser, and the weight as it is computed with."""

KEPT_BYTES = {"adafactor": 4, "adamw": 4 + 8, "frozen": 0}
"""Bytes a parameter of a state that training can go on from: what is trained, the optimiser."""

ROW_BYTES = 400
"""Bytes of a row in a compressed file, about."""

TOKEN_BYTES = 5
"""Bytes of a packed token with its share of the tables of examples."""

PREDICTION_BYTES = 120
"""Bytes of a prediction in a compressed file, about."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Assumptions:
    """What is not known before the run."""

    mfu: float = 0.4
    """Share of the device's peak that training reaches."""
    prompt_tokens: int = 200
    """Tokens of a zero-shot prompt, on average."""
    parameters: float = 0.0
    """Parameters of the model; 0 counts or looks them up."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a task in our splits."""

    train: int
    dev: int
    test: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.train + self.dev + self.test


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelCost:
    """What one model takes."""

    name: str
    model: str
    parameters: float
    tasks: int
    examples: int
    """Train rows that may be drawn."""
    tokens: int
    """Tokens trained on, padding included."""
    prompts: int
    """Prompts asked of the tuned and the untuned model."""
    asked_tokens: int
    """Tokens read and written to answer them."""
    train_hours: float
    evaluate_hours: float
    gpus: Mapping[str, int]
    """GPUs that training needs at least, by kind."""
    packs_bytes: float
    checkpoint_bytes: float
    """The finished model; in 32 bits, which a model stored in 16 takes half of."""
    state_bytes: float
    """States to go on from, which are deleted when training is done."""
    scores_bytes: float


@dataclass(frozen=True, kw_only=True, slots=True)
class JobCost:
    """What a job takes: the rows that all models share, and each model."""

    tasks: int
    rows: int
    rows_bytes: float
    models: tuple[ModelCost, ...]
    assumptions: Assumptions

    @property
    def gpu_hours(self) -> float:
        """Training and evaluation of all models."""
        return sum(each.train_hours + each.evaluate_hours for each in self.models)

    @property
    def storage_bytes(self) -> float:
        """Everything that the steps leave; rows are kept twice, as rows and as prompts."""
        return 2 * self.rows_bytes + sum(
            each.packs_bytes + each.checkpoint_bytes + each.scores_bytes for each in self.models
        )

    @property
    def state_bytes(self) -> float:
        """The states of as many models as are trained at a time, the largest ones."""
        return sum(sorted(each.state_bytes for each in self.models)[-PARALLELISM:])


def cost_of(runs: Sequence[Run], assumptions: Assumptions) -> JobCost:
    """Return what the models of a job take together.

    Raises:
        BadInput: a model's number of parameters is not known, or the source is not there.
    """
    rows = rows_of(runs[0].fetch)
    total = sum(each.total for each in rows.values())
    return JobCost(
        tasks=len(rows),
        rows=total,
        rows_bytes=total * ROW_BYTES,
        models=tuple(_model_cost(run, rows, assumptions) for run in runs),
        assumptions=assumptions,
    )


def rows_of(config: Fetch) -> dict[str, Rows]:
    """Return the rows that fetch will write of each task that the source has."""
    chosen = tasks_of(config.tasks) if config.tasks else tuple(catalogue())
    found = {name: _rows(catalogue()[name], config) for name in chosen}
    return {name: rows for name, rows in found.items() if rows.total}


def _rows(entry: Entry, config: Fetch) -> Rows:
    if config.source == "samples":
        table = table_of([dict(row) for row in entry.task.samples], entry.task.name)
        parts = part_samples(entry.task, table)
    elif config.source == "hub" or config.source.startswith("s3://"):
        return published(entry.task, config)
    else:
        there = Folder.open(Path(config.source))(entry)
        parts = part(entry.task, there.splits, config) if there else {}
    counts = {name: each.table.num_rows for name, each in parts.items()}
    return Rows(*(counts.get(split, 0) for split in ("train", "dev", "test")))


def published(task: Task, config: Fetch) -> Rows:
    """Part the published numbers of rows as fetch parts the rows (``flan_core/fetch/splits.py``).

    Hand-fetched datasets count only where their folder is given.
    """
    splits, sizes = task.splits, task.sizes
    if task.source.manual and not config.manual:
        return Rows(0, 0, 0)
    train = rest = sizes.get(splits.train, 0)
    taken = {}
    for name, split, wanted in (
        ("test", splits.test, splits.test_rows),
        ("dev", splits.dev, splits.dev_rows),
    ):
        if split and split == splits.train:
            taken[name] = min(wanted, max(1, int(train * LARGEST_SHARE)))
            rest -= taken[name]
        else:
            taken[name] = min(sizes.get(split, 0), wanted or sizes.get(split, 0))
    return Rows(
        train=min(rest, config.max_rows),
        dev=taken["dev"],
        test=min(taken["test"], config.max_eval_rows or taken["test"]),
    )


def _model_cost(run: Run, rows: Mapping[str, Rows], assumptions: Assumptions) -> ModelCost:
    parameters = assumptions.parameters or parameters_of(run.train.model, run.pack.vocabulary)
    tasks = trained_tasks(run, rows)
    tokens = run.pack.steps * run.pack.tokens_per_step
    prompts, asked = _asked(run, rows, assumptions)
    per_hour = PEAK * assumptions.mfu * 3_600
    frozen = bool(run.train.lora_rank or run.train.soft_prompt_tokens)
    kind = "frozen" if frozen else run.train.optimizer
    held = parameters * STATE_BYTES[kind]
    return ModelCost(
        name=run.name,
        model=run.train.model,
        parameters=parameters,
        tasks=len(tasks),
        examples=sum(min(rows[task].train, run.mix.max_rows) for task in tasks),
        tokens=tokens,
        prompts=prompts,
        asked_tokens=asked,
        train_hours=(4 if frozen else 6) * parameters * tokens / per_hour,
        evaluate_hours=2 * parameters * asked / per_hour,
        gpus={name: ceil(held / (FILLED * size)) for name, size in MEMORY.items()},
        packs_bytes=tokens * TOKEN_BYTES,
        checkpoint_bytes=4 * parameters,
        state_bytes=run.train.keep * KEPT_BYTES[kind] * parameters,
        scores_bytes=prompts * PREDICTION_BYTES,
    )


def trained_tasks(run: Run, rows: Mapping[str, Rows]) -> list[str]:
    """Return the tasks that a model is trained on: those asked for, less what is held out."""
    gone = left_out(run.mix.held_out)
    chosen = set(tasks_of(run.mix.tasks)) if run.mix.tasks else set(rows)
    return [
        task
        for task in rows
        if task in chosen and rows[task].train and catalogue()[task].cluster not in gone
    ]


def _asked(run: Run, rows: Mapping[str, Rows], assumptions: Assumptions) -> tuple[int, int]:
    """Return how many prompts evaluation asks, and how many tokens it reads and writes."""
    prompts = tokens = 0
    lengths = [
        min(run.evaluate.max_input, (shots + 1) * assumptions.prompt_tokens)
        for shots in run.evaluate.shots
    ]
    for task in _evaluated_tasks(run, rows):
        asked = _questions(task, rows[task.name], run)
        forms = 1 + run.evaluate.untuned
        if task.kind == "classification" and run.evaluate.untuned:
            forms += run.evaluate.without_options
        written = 0 if task.kind == "classification" else task.max_target_tokens
        prompts += asked * forms * len(lengths)
        tokens += asked * forms * sum(length + written for length in lengths)
    return prompts, tokens


def _evaluated_tasks(run: Run, rows: Mapping[str, Rows]) -> Iterable[Task]:
    chosen = tasks_of(run.evaluate.tasks) if run.evaluate.tasks else tuple(rows)
    for name in rows:
        entry = catalogue()[name]
        if entry.cluster in run.evaluated and name in chosen and rows[name].test:
            yield entry.task


def _questions(task: Task, rows: Rows, run: Run) -> int:
    """Return a task's rows times the templates that evaluation asks in each mode and direction.

    Without natural instructions there is one template a direction.
    """
    config = run.evaluate
    directions = Counter(each.direction for each in task.templates if not each.inverse)
    asked = {"natural": sum(min(number, config.templates) for number in directions.values())}
    templates = sum(asked.get(mode, len(directions)) for mode in config.mode.split("+"))
    test = min(rows.test, config.max_rows or rows.test)
    return (test + min(rows.dev, config.max_dev_rows)) * templates

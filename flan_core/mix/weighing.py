"""Weigh the tasks: the paper's rule, and what the settings change about it.

Paper section 2.1; google/seqio@b898b9f seqio/utils.py mixing_rate_num_examples.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import gcd
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from flan_core.config import Mix
from flan_core.datasets import catalogue, left_out, tasks_of
from flan_core.errors import BadInput, unknown
from flan_core.mixture import Part
from flan_core.prompt.reading import SCHEMA as PROMPTS
from flan_core.prompt.reading import Prompts, file_of, tasks_in
from flan_core.schemas import file_sha256, read_about, read_json

BLOCK = 100_000
"""Draws of a block where the weights are no whole numbers."""
LONGEST_CHARACTERS = 5_120
"""A longer prompt counts as this long, about the 1,280 tokens that the paper keeps of it."""
_SAMPLE = 256


@dataclass(frozen=True, kw_only=True, slots=True)
class Stock:
    """What mix needs to know of a task's train prompts."""

    task: str
    dataset: str
    cluster: str
    num_rows: int
    inverse: tuple[bool, ...]
    """Of each template of the chosen mode, whether it turns the task around."""
    has_options: bool
    mean_characters: float
    sha256: str
    dropped_rows: tuple[int, ...] = ()
    first_template: int = 0
    """Number of the chosen mode's first template; those of a mode stand together."""

    @property
    def rows_left(self) -> int:
        """Rows that may be drawn."""
        return self.num_rows - len(self.dropped_rows)


def stocks_of(config: Mix, prompts: Path) -> list[Stock]:
    """Return the train prompts that may be drawn: the tasks asked for, none that is held out."""
    listed = read_json(prompts / "prompts.json", PROMPTS)["tasks"]
    chosen = set(tasks_of(config.tasks)) if config.tasks else set(listed)
    gone = left_out(config.held_out)
    kept = [
        task
        for task in tasks_in(prompts)
        if task in chosen and task in listed and listed[task]["cluster"] not in gone
    ]
    if not kept:
        raise BadInput(
            f"no task is left to train on: {prompts} has {', '.join(sorted(listed))}; "
            f"mix.held_out takes {', '.join(sorted(gone)) or 'nothing'} away, and mix.tasks asks "
            f"for {', '.join(config.tasks) or 'all'}"
        )
    return [_stock(prompts, task, config.mode) for task in kept]


def _stock(prompts: Path, task: str, mode: str) -> Stock:
    path = file_of(prompts, task, "train")
    about = read_about(path, PROMPTS)
    with pq.ParquetFile(path) as file:
        num_rows = file.metadata.num_rows
        first = next(file.iter_batches(_SAMPLE))

    sample = Prompts(about, pa.Table.from_batches([first]))
    asked = [i for i, template in enumerate(sample.templates) if template.mode == mode]
    if not asked:
        raise BadInput(f"{path} has no template of mode {mode!r}; run render again")
    return Stock(
        task=task,
        dataset=about["dataset"],
        cluster=about["cluster"],
        num_rows=num_rows,
        inverse=tuple(sample.templates[i].inverse for i in asked),
        has_options=any(sample.templates[i].shows_options for i in asked),
        mean_characters=_mean_characters(sample, asked),
        sha256=file_sha256(path),
        first_template=asked[0],
    )


def _mean_characters(sample: Prompts, templates: list[int]) -> float:
    """Return the mean length of input and target over rows and these templates by turns."""
    rows = np.arange(len(sample))
    rendered = sample.render(rows, np.array(templates)[rows % len(templates)])
    sizes = [
        min(len(i) + len(t), LONGEST_CHARACTERS)
        for i, t in zip(rendered.inputs, rendered.targets, strict=True)
    ]
    return sum(sizes) / len(sizes)


def rate(num_rows: int, max_rate: int, temperature: float) -> float:
    """Return seqio's mixing rate: examples, at most ``max_rate``, tempered.

    >>> rate(30_000, 3_000, 1.0), rate(250, 3_000, 2.0)
    (3000.0, 15.811388300841896)
    """
    return float(float(min(num_rows, max_rate)) ** (1.0 / temperature))


def weigh(config: Mix, stocks: list[Stock]) -> tuple[list[Part], list[str]]:
    """Return the parts of the mixture, and the tasks that are left out: no weight, no row left."""
    rates = {
        stock.task: rate(min(stock.rows_left, config.max_rows), config.max_rate, config.temperature)
        for stock in stocks
    }
    weights = _explicit(config.weights, stocks, rates)
    if config.by_tokens:
        weights = {s.task: weights[s.task] / max(s.mean_characters, 1.0) for s in stocks}
    gone = [task for task, weight in weights.items() if weight == 0]
    stocks = [stock for stock in stocks if weights[stock.task] > 0]
    if not stocks:
        raise BadInput("no task has a weight above 0 and a row that may be drawn")
    counts = counts_of([weights[stock.task] for stock in stocks])
    total = sum(counts)
    parts = [
        Part(
            task=stock.task,
            dataset=stock.dataset,
            cluster=stock.cluster,
            num_rows=stock.num_rows,
            max_rows=config.max_rows,
            count=count,
            weight=weights[stock.task],
            share=count / total,
            template_weights=_template_weights(config, stock),
            has_options=stock.has_options,
            mean_characters=stock.mean_characters,
            sha256=stock.sha256,
            dropped_rows=stock.dropped_rows,
        )
        for stock, count in zip(stocks, counts, strict=True)
    ]
    return parts, gone


def _explicit(
    asked: Mapping[str, float], stocks: list[Stock], rates: dict[str, float]
) -> dict[str, float]:
    """Return the rates with the asked weights in their place.

    A cluster's or dataset's weight is shared out among its tasks by their rates; a task's own
    counts before its dataset's, and that before its cluster's.
    """
    known = {n for e in catalogue().values() for n in (e.cluster, e.dataset, e.task.name)}
    for name in asked:
        if name not in known:
            raise unknown("cluster, dataset or task in mix.weights", name, known)
    weights = dict(rates)
    for level in ("cluster", "dataset", "task"):
        for name in asked:
            tasks = [stock.task for stock in stocks if getattr(stock, level) == name]
            total = sum(rates[task] for task in tasks)
            weights |= {t: asked[name] * rates[t] / total for t in tasks if total}
    return weights


def counts_of(weights: list[float]) -> list[int]:
    """Return how often a block has each task: the weights themselves if they are whole numbers.

    Otherwise ``BLOCK`` draws are shared out by largest remainder, at least one each.

    >>> counts_of([3000, 1500.0]), counts_of([0.5, 0.25])
    ([2, 1], [66667, 33333])
    """
    if all(float(weight).is_integer() for weight in weights):
        whole_weights = [int(weight) for weight in weights]
        divisor = gcd(*whole_weights)
        return [weight // divisor for weight in whole_weights]
    exact = np.array(weights) / sum(weights) * BLOCK
    counts = np.maximum(np.floor(exact), 1).astype(int)
    short = BLOCK - int(counts.sum())
    for place in np.argsort(counts - exact, kind="stable")[: max(short, 0)]:
        counts[place] += 1
    return [int(count) for count in counts]


def _template_weights(config: Mix, stock: Stock) -> tuple[float, ...]:
    weights = tuple(config.inverse if each else 1.0 for each in stock.inverse[: config.templates])
    if not sum(weights):
        raise BadInput(
            f"task {stock.task} has only inverse templates among its first {config.templates}, and "
            "mix.inverse is 0: raise mix.templates or mix.inverse"
        )
    return (*([0.0] * stock.first_template), *weights)

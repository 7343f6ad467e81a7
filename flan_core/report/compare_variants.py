"""Read what the variants of an experiment left, and set it side by side: a line a model asked.

                   nli     commonsense   mean
before tuning      52.1    61.0          56.6
1 cluster          50.3    58.2          54.3
2 clusters         53.9    63.3          58.6
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import hypot
from pathlib import Path
from typing import Any

from flan_core import scores as held_out_scores
from flan_core.config import Compare
from flan_core.datasets import catalogue, clusters
from flan_core.errors import BadInput
from flan_core.report.compare_paper import EXPERIMENTS
from flan_core.report.held_out import in_order, name_of
from flan_core.schemas import read_json
from flan_core.scores import FILE, Interval, Scores

Json = Mapping[str, Any]

ASKED_WITH = {
    "natural": "asked with natural instructions",
    "name": "asked with the dataset's name",
    "none": "asked without instructions",
}
"""How a line says in which form the model was asked."""

_ELSEWHERE = ("cluster", "tasks", "mode")
"""Settings that files record in another form."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Variant:
    """One model of the experiment: its scores by cluster and form, and what each step recorded."""

    name: str
    scores: tuple[Scores, ...]
    mixture: Json
    packs: Json
    checkpoint: Json


@dataclass(frozen=True, slots=True)
class Cell:
    """A score and its 95 % interval; the paper's have none."""

    mean: float
    interval: Interval | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One model asked in one way; ``cells`` stand in the order of the columns."""

    name: str
    key: str
    """Who and with how many exemplars, as in ``scores.json``; ``paper`` for the paper's lines."""
    variant: str
    at: float | None
    cells: tuple[Cell | None, ...]
    mean: Cell | None
    """Over all columns; none where one is empty or there is only one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """The experiment as a table: columns (clusters, or tasks), our lines, the paper's lines."""

    columns: tuple[str, ...]
    titles: tuple[str, ...]
    lines: tuple[Line, ...]
    paper: tuple[Line, ...]


def read_variants(
    config: Compare,
    *,
    mixture: Sequence[Path],
    packs: Sequence[Path],
    checkpoint: Sequence[Path],
    scores: Sequence[Path],
) -> list[Variant]:
    """Read the files of every variant, in the order of ``config.variants``.

    Raises:
        BadInput: there are more or fewer files than variants, or they are another variant's.
    """
    for name, folders in (("mixture", mixture), ("packs", packs), ("scores", scores)):
        if len(folders) != len(config.variants):
            raise BadInput(
                f"{name} are {len(folders)}, variants {len(config.variants)}; "
                "run the experiment again"
            )
    found = [
        Variant(
            name=name,
            scores=tuple(_scores(asked)),
            mixture=read_json(mixed / "mixture.json", "mixture/1"),
            packs=read_json(packed / "packs.json", "packs/1"),
            checkpoint=read_json(tuned / "checkpoint.json", "checkpoint/1"),
        )
        for name, mixed, packed, tuned, asked in zip(
            config.variants, mixture, packs, checkpoint, scores, strict=True
        )
    ]
    for variant in found:
        _check(variant, config.table.get(variant.name, {}))
    return found


def _scores(folder: Path) -> Iterator[Scores]:
    """Yield the scores of a folder, or of the folders in it, a cluster each."""
    places = (
        [folder]
        if (folder / FILE).is_file()
        else sorted(p.parent for p in folder.glob(f"*/{FILE}"))
    )
    if not places:
        raise BadInput(f"{folder} has no {FILE}; run evaluate first")
    yield from (held_out_scores.read(place) for place in places)


def _check(variant: Variant, settings: Mapping[str, Json]) -> None:
    """Refuse files that another variant's settings made: the lists of files were mixed up."""
    recorded = {
        "mix": variant.mixture,
        "train": variant.checkpoint.get("settings", {}),
        "evaluate": variant.scores[0].settings,
    }
    wanted_of = [(s, name, value) for s in recorded for name, value in settings.get(s, {}).items()]
    for step, name, wanted in wanted_of:
        held = recorded[step].get(name, wanted)
        if name not in _ELSEWHERE and held != wanted:
            raise BadInput(
                f"variant {variant.name!r}: {step}.{name} is {json.dumps(held)} in its files, not "
                f"{json.dumps(wanted)}; they are another variant's"
            )


def grid_of(config: Compare, variants: Sequence[Variant]) -> Grid:
    """Return the experiment as a table; before tuning comes first, then variant by variant."""
    columns = tuple(dict.fromkeys(name for v in variants for name in _columns(v, config)))
    lines = _merged(line for v in variants for line in _lines(v, columns, config))
    lines.sort(key=lambda line: not line.key.startswith("untuned"))
    if len({line.variant for line in lines if line.key.startswith("untuned")}) == 1:
        lines = [_unnamed(line) if line.key.startswith("untuned") else line for line in lines]
    return Grid(
        columns=columns,
        titles=tuple(_title(name) for name in columns),
        lines=tuple(lines),
        paper=tuple(_paper(config.experiment, columns)),
    )


def flat_name(line: str) -> str:
    """Return a line's name as it begins the names of its numbers.

    >>> flat_name("1 cluster, untuned")
    '1_cluster_untuned'
    """
    return re.sub(r"\W+", "_", line)


def clusters_of(grid: Grid) -> dict[str, Any]:
    """Return the table as a report's clusters: a column each, and their mean; a line is a model."""
    columns = [
        _column(title, grid.lines, number) for number, title in enumerate((*grid.titles, "Mean"))
    ]
    named = zip((*grid.columns, "all"), columns, strict=True)
    return {name: column for name, column in named if column["mean"]}


def _column(title: str, lines: Sequence[Line], number: int) -> dict[str, Any]:
    cells = {line.name: (*line.cells, line.mean)[number] for line in lines}
    means = {
        f"{name}/0": {"mean": cell.mean, "interval": list(cell.interval or (cell.mean,) * 2)}
        for name, cell in cells.items()
        if cell
    }
    return {"title": title, "failed": "", "mean": means, "comparison": {}}


def _merged(lines: Iterable[Line]) -> list[Line]:
    """Put lines of one name into one; where several have a score in a column, the first counts."""
    found: dict[tuple[str, str], Line] = {}
    for line in lines:
        same = found.get((line.name, line.key), line)
        cells = tuple(old or new for old, new in zip(same.cells, line.cells, strict=True))
        found[line.name, line.key] = replace(same, cells=cells, mean=mean_of(cells))
    return list(found.values())


def _columns(variant: Variant, config: Compare) -> Iterator[str]:
    for scores in variant.scores:
        yield from (name for name, _ in _cells(scores, _tasks(variant, config)))


def _tasks(variant: Variant, config: Compare) -> tuple[str, ...]:
    """Return the single tasks that a variant is asked about; none where it is whole clusters."""
    asked = config.table.get(variant.name, {}).get("evaluate", {})
    return tuple(asked.get("tasks", ())) if config.lines else ()


def _lines(variant: Variant, columns: Sequence[str], config: Compare) -> Iterator[Line]:
    modes = dict.fromkeys(str(scores.settings.get("mode", "")) for scores in variant.scores)
    for mode in modes:
        own = [s for s in variant.scores if str(s.settings.get("mode", "")) == mode]
        means = {name: cells for s in own for name, cells in _cells(s, _tasks(variant, config))}
        keys = in_order({key for cells in means.values() for key in cells})
        for key in keys:
            cells = tuple(means.get(column, {}).get(key) for column in columns)
            form = [ASKED_WITH.get(mode, mode)] if len(modes) > 1 else []
            yield Line(
                name=", ".join([_name(variant, key, config), *form, *_who(key)]),
                key=key,
                variant=config.lines.get(variant.name, variant.name),
                at=config.at.get(variant.name),
                cells=cells,
                mean=mean_of(cells),
            )


def _name(variant: Variant, key: str, config: Compare) -> str:
    """Return how a line names its variant; a model before tuning is the same for many of them."""
    line = config.lines.get(variant.name, variant.name)
    if config.lines and key.startswith("untuned"):
        return Path(config.table[variant.name]["evaluate"]["model"]).name
    return line


def _cells(scores: Scores, tasks: Sequence[str]) -> Iterator[tuple[str, dict[str, Cell]]]:
    """Yield a column's name and its cells by key; baselines are no line of their own."""
    if tasks:
        asked = {name: task for name, task in scores.tasks.items() if name in tasks}
        for name, task in asked.items():
            yield name, {k: Cell(r.mean, r.interval) for k, r in task.results.items()}
        return
    yield (
        scores.cluster,
        {k: Cell(m.mean, m.interval) for k, m in scores.mean.items() if "/" in k},
    )


def _who(key: str) -> list[str]:
    """Return what a line's name adds to its variant's: nothing for the tuned model, zero-shot."""
    said = name_of(key).removeprefix("tuned").removeprefix(", ")
    return [said] if said else []


def _unnamed(line: Line) -> Line:
    """Return the line of a model that all variants start from, without the variant's name."""
    return Line(
        name=name_of(line.key),
        key=line.key,
        variant="",
        at=None,
        cells=line.cells,
        mean=line.mean,
    )


def mean_of(cells: Sequence[Cell | None]) -> Cell | None:
    """Return the mean of several cells, if all are there; half-widths add in quadrature.

    >>> mean_of([Cell(50.0, (47.0, 53.0)), Cell(60.0, (56.0, 64.0))])
    Cell(mean=55.0, interval=(52.5, 57.5))
    """
    found = [cell for cell in cells if cell is not None]
    if len(found) < 2 or len(found) != len(cells):
        return None
    mean = sum(cell.mean for cell in found) / len(found)
    low = hypot(*(cell.mean - cell.interval[0] for cell in found if cell.interval)) / len(found)
    high = hypot(*(cell.interval[1] - cell.mean for cell in found if cell.interval)) / len(found)
    return Cell(mean, (mean - low, mean + high))


def _paper(experiment: str, columns: Sequence[str]) -> Iterator[Line]:
    for line in EXPERIMENTS.get(experiment, ()):
        cells = tuple(
            Cell(line.cells[name], None) if name in line.cells else None for name in columns
        )
        mean = Cell(line.mean, None) if line.mean is not None else None
        if mean or any(cells):
            yield Line(name=line.name, key="paper", variant="", at=line.at, cells=cells, mean=mean)


def _title(column: str) -> str:
    known = clusters()
    if column in known:
        return known[column].title
    task = column.partition("/")[0]
    return catalogue()[task].task.title if task in catalogue() else column

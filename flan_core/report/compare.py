"""The step: every variant of an experiment on one page, beside the paper's figures.

    rows, and of each variant          ┌▶ by cluster: tuned, untuned, the paper       leave one out
    mixture, packs,          ──▶ page ─┤
    checkpoint, scores                 └▶ a table of variants by clusters, curves     an ablation

Where each cluster was asked of one variant only, clusters are compared; else variants are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flan_core.config import Compare
from flan_core.intervals import change
from flan_core.page import fill, points
from flan_core.progress import spell
from flan_core.report.beside import LEGEND, PERCENT, Beside, beside_paper
from flan_core.report.compare_clusters import ClusterTable, table_of
from flan_core.report.compare_curves import Plot, plots_of
from flan_core.report.compare_variants import (
    Cell,
    Grid,
    Line,
    Variant,
    clusters_of,
    flat_name,
    grid_of,
    read_variants,
)
from flan_core.report.document import document_of
from flan_core.report.mixture import titles
from flan_core.report.origin import rows_lines, versions_of
from flan_core.report.step import INVENTED, sized
from flan_core.report.summary import footnotes_of, metrics_of, summary_of
from flan_core.schemas import dumps, file_sha256, whole
from flan_core.scores import Scores

_HERE = Path(__file__).parent

Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ModelLine:
    """One model of the experiment: what it left out, what it was tuned on, what that took."""

    name: str
    left_out: str
    tasks: int
    rows: int
    tokens: int | None
    final_loss: float | None
    took: str
    weights: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Everything that ``compare.html`` shows."""

    title: str
    about: str
    found: str
    """What came out, in a sentence; empty where there is nothing to compare."""
    axis: str
    invented: bool
    failed: tuple[Scores, ...]
    clusters: tuple[ClusterTable, ...]
    """Empty where variants are compared."""
    beside: list[Beside]
    grid: Grid | None
    plots: list[Plot]
    footnotes: list[str]
    models: tuple[ModelLine, ...]
    run: Facts
    versions: Facts
    settings: str
    table: str


def compare(  # noqa: PLR0913  (an argument is an artifact of the pipeline)
    config: Compare,
    *,
    rows: Path,
    mixture: list[Path],
    packs: list[Path],
    checkpoint: list[Path],
    scores: list[Path],
    html: Path,
    summary: Path,
    metrics: Path,
) -> None:
    """Write the experiment's report as one HTML file, its summary and its numbers.

    Raises:
        BadInput: files are missing, of another version, or of another variant.
    """
    variants = read_variants(
        config, mixture=mixture, packs=packs, checkpoint=checkpoint, scores=scores
    )
    invented = any(row.invented for row in rows_lines(rows))
    page = _page(config, variants, invented=invented)
    all_scores = [each for variant in variants for each in variant.scores]
    flat = numbers_of(page.grid) if page.grid else metrics_of(all_scores, {})
    document = _document(config, variants, page, file_sha256(rows / "rows.json"))
    text = fill(
        _HERE,
        "compare.html",
        page=page,
        document={**document, "numbers": flat},
        legend=LEGEND,
        percent=PERCENT,
        warning=INVENTED,
    )
    _write(html, text)
    _write(summary, _summary(page, all_scores))
    _write(metrics, dumps(flat))


def _page(config: Compare, variants: Sequence[Variant], *, invented: bool) -> Page:
    all_scores = [each for variant in variants for each in variant.scores]
    names = [each.cluster for each in all_scores]
    once = len(set(names)) == len(names)
    grid = None if once else grid_of(config, variants)
    return Page(
        title=_title(config.experiment),
        about=config.about,
        found=_found_over(grid) if grid else _found_by(all_scores),
        axis=config.axis,
        invented=invented,
        failed=tuple(each for each in all_scores if each.failed),
        clusters=tuple(map(table_of, all_scores)) if once else (),
        beside=beside_paper(all_scores) if once else [],
        grid=grid,
        plots=plots_of(grid) if grid and config.axis else [],
        footnotes=footnotes_of(all_scores),
        models=tuple(map(_model, variants)),
        run=tuple((k, v) for k, v in _run(config, variants) if v),
        versions=tuple(versions_of(variants[0].checkpoint)),
        settings=dumps(config.settings) if config.settings else "",
        table=dumps({name: config.table.get(name, {}) for name in config.variants}),
    )


def _title(experiment: str) -> str:
    """Return an experiment's name for people.

    >>> _title("ablation-soft-prompts"), _title("leave-one-cluster-out")
    ('Ablation: soft prompts', 'Leave one cluster out')
    """
    what = experiment.removeprefix("ablation-").replace("-", " ")
    return f"Ablation: {what}" if what != experiment.replace("-", " ") else what.capitalize()


def _found_by(all_scores: Sequence[Scores]) -> str:
    """Count the clusters that tuning helped; clearly is where the 95 % interval leaves out 0.

    Where resampling cannot move a score there is no interval, and nothing is clear.
    """
    paired = [scores.comparison["0"] for scores in all_scores if "0" in scores.comparison]
    better = [each for each in paired if each.difference > 0]
    known = [each for each in paired if each.interval[0] < each.interval[1]]
    clearly = [each for each in known if each.interval[0] > 0]
    worse = [each for each in known if each.interval[1] < 0]
    return (
        f"Tuning helped on {len(better)} of {len(paired)} clusters, clearly on {len(clearly)}; "
        f"on {len(worse)} it clearly hurt."
    ) * bool(paired)


def _found_over(grid: Grid) -> str:
    """Compare the two ends of the axis."""
    ends = sorted(
        (line.at, line.name, line.mean.mean, line.mean.interval)
        for line in grid.lines
        if line.key == "tuned/0" and line.at is not None and line.mean and line.mean.interval
    )
    if len(ends) < 2:
        return ""
    (_, first, before, was), (_, last, after, is_now) = ends[0], ends[-1]
    moved = change(before, was, after, is_now)
    low, high = moved.interval
    return (
        f"From {first} to {last}, the mean over the clusters goes from {before:.1f} to "
        f"{after:.1f}: {moved.difference:+.1f} ({low:+.1f} to {high:+.1f})."
    )


def _model(variant: Variant) -> ModelLine:
    parts = variant.mixture["tasks"]
    seconds = variant.checkpoint.get("train_seconds")
    tuned = next((s.model["tuned"] for s in variant.scores if "tuned" in s.model), None)
    return ModelLine(
        name=variant.name,
        left_out=titles(variant.mixture.get("left_out", ())),
        tasks=len(parts),
        rows=sum(min(part["num_rows"], part["max_rows"]) for part in parts),
        tokens=variant.packs.get("num_tokens"),
        final_loss=variant.checkpoint.get("final_loss"),
        took=spell(seconds) if seconds is not None else "",
        weights=tuned.sha256[:12] if tuned else "",
    )


def _run(config: Compare, variants: Sequence[Variant]) -> Iterator[tuple[str, str]]:
    first = variants[0].checkpoint
    models = dict.fromkeys(str(variant.checkpoint.get("model", "")) for variant in variants)
    yield "Experiment", config.experiment
    yield "Other settings from", config.recipe
    yield "Commit", config.commit
    yield "Models tuned", str(len(variants))
    yield "Model", ", ".join(Path(model).name for model in models)
    if len(models) == 1 and "parameters" in first:
        yield "Parameters", sized(first["parameters"])
    yield "Device", str(first.get("device", ""))
    seconds = sum(variant.checkpoint.get("train_seconds", 0.0) for variant in variants)
    yield "Time in steps, all models", spell(seconds)


def _document(
    config: Compare, variants: Sequence[Variant], page: Page, rows_sha256: str
) -> dict[str, Any]:
    """Return the page for machines: a report like a single run's, which ``flan runs`` reads."""
    facts: Mapping[str, Any] = {
        "experiment": config.experiment,
        "recipe": config.experiment,
        "commit": config.commit,
        "settings": config.settings,
        "table": config.table,
        "invented": page.invented,
        "hashes": {"rows": rows_sha256, **{line.name: line.weights for line in page.models}},
        "versions": dict(page.versions),
    }
    if page.grid is None:
        return document_of([each for variant in variants for each in variant.scores], **facts)
    return {**document_of((), **facts), "clusters": clusters_of(page.grid)}


def numbers_of(grid: Grid) -> dict[str, float]:
    """Return the flat object of KFP's Metrics: ``<variant>_<who>_<column>`` and the means."""
    flat: dict[str, float] = {}
    for line in grid.lines:
        name = flat_name(line.name)
        named = zip((*grid.columns, "mean"), (*line.cells, line.mean), strict=True)
        flat |= {f"{name}_{column}": cell.mean for column, cell in named if cell}
    return flat


def _summary(page: Page, all_scores: Sequence[Scores]) -> str:
    warnings = [INVENTED] if page.invented else []
    warnings += [f"{each.title} has no scores: {each.failed}" for each in page.failed]
    if page.grid is None:
        return summary_of(all_scores, title=page.title, lead=_lead(page), warnings=warnings)
    lines = [f"# {page.title}", "", _lead(page), ""]
    for warning in warnings:
        lines += [f"> **{warning}**", ""]
    heads = ("", *page.grid.titles, "mean")
    lines += [_line(*heads), "|---|" + "--:|" * (len(heads) - 1)]
    lines += [_grid_line(line) for line in (*page.grid.lines, *page.grid.paper)]
    return "\n".join([*lines, *(f"\n{note}" for note in page.footnotes)]) + "\n"


def _lead(page: Page) -> str:
    return f"{page.about} {page.found}".strip()


def _grid_line(line: Line) -> str:
    return _line(line.name, *map(_shown, line.cells), _shown(line.mean))


def _shown(cell: Cell | None) -> str:
    return points(cell.mean if cell else None)


def _line(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _write(path: Path, text: str) -> None:
    with whole(path) as draft:
        draft.write_text(text, encoding="utf-8")

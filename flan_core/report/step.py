"""The step: read what the others left, arrange it, write the page and its companions.

    rows, mixture, packs, checkpoint, scores ──▶ page ──▶ report.html
                                              │           summary (Markdown)
                                              └─────────▶ metrics (a flat JSON object)

Rows and mixture must be there; what another step did not record is said to be missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flan_core import scores as held_out_scores
from flan_core.config import Report
from flan_core.page import fill, short
from flan_core.report.against import Against, against
from flan_core.report.beside import LEGEND, PERCENT, Beside, beside_paper
from flan_core.report.document import document_of, read_document
from flan_core.report.held_out import (
    ClusterView,
    calibration_path,
    cluster_views,
    dot_size,
    heat,
    in_order,
    name_of,
)
from flan_core.report.mixture import Mixed, mixture_view, title_of, titles
from flan_core.report.origin import RowsLine, hashes_of, rows_lines, versions_of
from flan_core.report.packing import packing_facts, packing_numbers
from flan_core.report.summary import metrics_of, summary_of
from flan_core.report.training import Training, read_steps, training_view
from flan_core.schemas import dumps, read_json, whole
from flan_core.scores import Scores

_HERE = Path(__file__).parent

INVENTED = "These rows are invented: the numbers mean nothing."
"""What a report of sample rows says first."""

Facts = tuple[tuple[str, str], ...]
Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """What the other steps left: scores by cluster, JSON objects (empty where there are none)."""

    scores: Sequence[Scores]
    rows: Sequence[RowsLine]
    mixture: Json
    packs: Json
    leakage: Json
    checkpoint: Json
    training: Training | None
    hashes: Facts

    @property
    def invented(self) -> bool:
        """Whether some row was made up."""
        return any(row.invented for row in self.rows)

    @property
    def numbers(self) -> dict[str, float]:
        """The run's numbers that are not scores."""
        trained = self.training.numbers if self.training else {}
        return {
            **trained,
            **packing_numbers(self.packs),
            "missing_clusters": float(len(self.missing)),
        }

    @property
    def missing(self) -> list[str]:
        """Clusters that were held out and of which evaluate left nothing."""
        there = {scores.cluster for scores in self.scores}
        return [name for name in self.mixture.get("held_out", ()) if name not in there]


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Everything that ``report.html`` shows."""

    title: str
    lead: str
    invented: bool
    missing: list[str]
    clusters: list[ClusterView]
    beside: list[Beside]
    against: Against | None
    training: Training | None
    mixture: Mixed | None
    packing: Facts
    rows: Sequence[RowsLine]
    run: Facts
    hashes: Facts
    versions: Facts
    settings: str


def report(  # noqa: PLR0913  (an argument is an artifact of the pipeline)
    config: Report,
    *,
    rows: Path,
    mixture: Path,
    packs: Path,
    checkpoint: Path,
    scores: list[Path],
    html: Path,
    summary: Path,
    metrics: Path,
) -> None:
    """Write the report as one HTML file, its summary as Markdown, its numbers as flat JSON.

    Raises:
        BadInput: an input is missing or of another version, or ``config.against`` has no report.
    """
    record = _read(rows, mixture, packs, checkpoint, scores)
    versions = tuple(versions_of(record.checkpoint))
    document = document_of(
        record.scores,
        recipe=config.recipe,
        commit=config.commit,
        settings=config.settings,
        invented=record.invented,
        held_out=list(record.mixture.get("held_out", ())),
        hashes=dict(record.hashes),
        versions=dict(versions),
    )
    before = read_document(config.against) if config.against else None
    page = _page(config, record, versions, against(before, document) if before else None)
    flat = metrics_of(record.scores, record.numbers)
    text = summary_of(record.scores, title=page.title, lead=page.lead, warnings=_warnings(record))
    _write(html, _html(page, {**document, "numbers": flat}))
    _write(summary, text)
    _write(metrics, dumps(flat))


def _read(rows: Path, mixture: Path, packs: Path, checkpoint: Path, scores: list[Path]) -> Record:
    about_checkpoint = _optional(checkpoint / "checkpoint.json", "checkpoint/1")
    found = sorted((held_out_scores.read(folder) for folder in scores), key=lambda s: s.cluster)
    return Record(
        scores=found,
        rows=rows_lines(rows),
        mixture=read_json(mixture / "mixture.json", "mixture/1"),
        packs=_optional(packs / "packs.json", "packs/1"),
        leakage=_optional(mixture / "leakage.json", "leakage/1"),
        checkpoint=about_checkpoint,
        training=training_view(read_steps(checkpoint), about_checkpoint),
        hashes=tuple(hashes_of(rows, mixture, packs, checkpoint)),
    )


def _optional(path: Path, schema: str) -> Json:
    return read_json(path, schema) if path.is_file() else {}


def _page(config: Report, record: Record, versions: Facts, compared: Against | None) -> Page:
    return Page(
        title=f"FLAN run: {config.recipe}" if config.recipe else "FLAN run",
        lead=_lead(record),
        invented=record.invented,
        missing=[title_of(name) for name in record.missing],
        clusters=cluster_views(record.scores),
        beside=beside_paper(record.scores),
        against=compared,
        training=record.training,
        mixture=mixture_view(record.mixture, record.packs, record.leakage),
        packing=packing_facts(record.packs),
        rows=record.rows,
        run=_run(config, record),
        hashes=record.hashes,
        versions=versions,
        settings=dumps(config.settings) if config.settings else "",
    )


def _html(page: Page, document: Json) -> str:
    return fill(
        _HERE,
        "report.html",
        page=page,
        document=document,
        legend=LEGEND,
        percent=PERCENT,
        calibration_path=calibration_path,
        dot_size=dot_size,
        heat=heat,
        in_order=in_order,
        name_of=name_of,
        short=short,
        warning=INVENTED,
    )


def _lead(record: Record) -> str:
    """Return the run in two sentences: what was held out, what was tuned on what."""
    held_out = record.mixture.get("held_out", ())
    lead = f"Held out: {titles(held_out)}." if held_out else "No cluster was held out."
    model = record.checkpoint.get("model")
    if not model:
        return lead
    lead += f" The model {Path(str(model)).name}"
    if "parameters" in record.checkpoint:
        lead += f" ({sized(record.checkpoint['parameters'])} parameters)"
    tasks = len(record.mixture["tasks"])
    tokens = sum(record.checkpoint.get(f"{kind}_tokens", 0) for kind in ("target", "input"))
    seen = f", {sized(tokens)} tokens in all" if tokens else ""
    steps = record.checkpoint.get("steps", 0)
    return f"{lead} was tuned on {tasks} tasks for {steps:,} steps{seen}."


def sized(number: float) -> str:
    """Return a large number in millions or billions.

    >>> sized(1_234_567), sized(8.03e9), sized(950)
    ('1.2 million', '8.0 billion', '950')
    """
    for unit, name in ((1e9, "billion"), (1e6, "million")):
        if number >= unit:
            return f"{number / unit:,.1f} {name}"
    return f"{number:,.0f}"


def _run(config: Report, record: Record) -> Facts:
    named: Mapping[str, Any] = {
        "Recipe": config.recipe,
        "Commit": config.commit,
        "Seed": record.checkpoint.get("seed", record.mixture.get("seed")),
        "Model": record.checkpoint.get("model"),
        "Revision": record.checkpoint.get("revision"),
        "Parameters": _counted(record.checkpoint.get("parameters")),
        "Trained parameters": _counted(record.checkpoint.get("trained_parameters")),
        "Weights stored as": record.checkpoint.get("dtype"),
        "Computed in": record.checkpoint.get("compute_dtype"),
        "Device": record.checkpoint.get("device"),
        "Processes": record.checkpoint.get("world_size"),
    }
    return tuple((name, str(value)) for name, value in named.items() if value not in (None, ""))


def _counted(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def _warnings(record: Record) -> list[str]:
    failed = [
        f"{scores.title} has no scores: {' '.join(scores.failed.split())}"
        for scores in record.scores
        if scores.failed
    ]
    absent = [f"{title_of(name)} was held out and has no scores." for name in record.missing]
    return ([INVENTED] if record.invented else []) + failed + absent


def _write(path: Path, text: str) -> None:
    with whole(path) as draft:
        draft.write_text(text, encoding="utf-8")

"""What evaluation found: ``scores.json`` (schema ``scores/1``), one file a held-out cluster.

    Scores                    the cluster
    ├── model  {who: Model}             who = tuned, untuned
    ├── tasks  {name: TaskScores}       name = the task's, or wmt16_deen/into-English and its like
    │   ├── baselines
    │   ├── results {key: Result}       key = who/shots: tuned/0, untuned_no_options/0, tuned/5
    │   │   ├── templates [TemplateScore]
    │   │   ├── best_dev, calibration
    │   ├── comparison {shots: Comparison}       tuned against untuned, paired
    │   ├── confusion {key: Confusion}
    │   └── examples [Answer]
    ├── mean   {key: Mean}              over the tasks; majority and random are keys too
    ├── comparison {shots: Comparison}  of the means
    └── failed, settings

Every score is a number from 0 to 100 as the paper prints it (correlations from -100). ``None``
means that the number does not exist: no dev rows, no options, no train rows. A mean over tasks
exists only where every task of the cluster has its part in it, but for few-shot means, which name
the tasks that have no train rows to take exemplars from. Numbers are rounded to six decimals. The
file's bytes do not depend on the number of ranks; on the size of batches nothing depends (in
float32) but the last digits of a calibration.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from flan_core import schemas
from flan_core.errors import BadInput

SCHEMA = "scores/1"
FILE = "scores.json"

WHO = ("tuned", "untuned", "untuned_no_options")
"""Who answers: the tuned model, the model before tuning, and it without the list of options."""

Interval = tuple[float, float]
"""A 95 % interval from the bootstrap over test rows: low, high."""


@dataclass(frozen=True, kw_only=True)
class TemplateScore:
    """One template of a task, asked of one model."""

    template: int
    """Its index in the dataset file's ``TEMPLATES``."""
    test: float
    """The task's first metric on the test rows; for classification of the highest-ranked option."""
    interval: Interval
    dev: float | None
    n: int
    """Test examples."""
    normalised: float | None
    """Classification: the same metric when log-likelihoods are divided by their tokens."""
    decoded: float | None
    """Classification: the same metric when the answer is what greedy decoding writes, exactly."""
    metrics: dict[str, float] = field(default_factory=dict)
    """The task's metrics by name, on test, the first included."""


@dataclass(frozen=True, kw_only=True)
class BestDev:
    """The template that is best on the dev rows (ties to the first), and its score on test."""

    template: int
    dev: float
    test: float
    interval: Interval


@dataclass(frozen=True, kw_only=True)
class CalibrationBin:
    """Answers whose rank probability lies in one tenth of 0 to 1."""

    confidence: float
    """Mean probability of the chosen option, 0 to 1, log-likelihoods put through a softmax."""
    accuracy: float
    """Share of them that were right, 0 to 1."""
    n: int


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """How far the rank scores can be trusted; all templates together, test rows."""

    error: float
    """Expected calibration error, 0 to 1: the mean of |confidence - accuracy|, weighted by n."""
    bins: tuple[CalibrationBin, ...]
    """Only the bins that hold answers, in rising order."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one model did on one task with one number of exemplars."""

    mean: float
    """Mean of the first metric over the templates."""
    std: float
    """Sample standard deviation over the templates; 0 for a single one."""
    interval: Interval
    """Of the mean."""
    best_dev: BestDev | None
    templates: tuple[TemplateScore, ...]
    normalised: float | None
    """Means over the templates, as in ``TemplateScore``."""
    decoded: float | None
    metrics: dict[str, float]
    """Mean over the templates of each of the task's metrics."""
    calibration: Calibration | None
    shots: float
    """Exemplars that fitted, on average: the [k] of the paper's tables."""
    truncated: int
    """Prompts (test and dev, all templates) whose long field was shortened to fit."""
    prompts: int
    """Prompts asked in all (test and dev, all templates)."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Tuned less untuned on the same rows and templates."""

    difference: float
    """Of the means, in points."""
    interval: Interval
    p_value: float
    """Two-sided; see ``test``."""
    test: str
    """``sign-flip`` of paired differences by row, or ``bootstrap`` for metrics of a whole set."""


@dataclass(frozen=True, kw_only=True)
class Confusion:
    """Truth against answer, all templates together, test rows; only tasks with fixed options."""

    labels: tuple[str, ...]
    matrix: tuple[tuple[int, ...], ...]
    """A row a true label, a column an answer."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One prompt with what the models made of it, to be shown to people."""

    template: int
    inputs: str
    target: str
    said: dict[str, str]
    """By key as in ``results``: the highest-ranked option, or what was written."""
    right: bool | None
    """Whether the first key's answer is right; None where the metric has no right and wrong."""


@dataclass(frozen=True, kw_only=True)
class Baselines:
    """What needs no model; only classification has them."""

    majority: float | None = None
    """Score of the answer that is most frequent in train, always given."""
    random: float | None = None
    """Expected score of an option drawn at random."""


@dataclass(frozen=True, kw_only=True)
class TaskScores:
    """One task, or one direction of a translation task."""

    task: str
    dataset: str
    title: str
    kind: str
    """``classification``, ``extraction`` or ``generation``."""
    direction: str
    """``into English`` and its like; empty where the task has one direction only."""
    metric: str
    """Name of the first metric, to which all scores but ``metrics`` belong."""
    n: int
    """Test examples."""
    n_dev: int
    baselines: Baselines
    results: dict[str, Result]
    comparison: dict[str, Comparison]
    """By number of exemplars, as text."""
    confusion: dict[str, Confusion]
    """By key as in ``results``."""
    examples: tuple[Answer, ...]


@dataclass(frozen=True, kw_only=True)
class Model:
    """Which model was asked, and how."""

    name: str
    """Folder or hub id; ``tiny`` for one made from a config; ``checkpoint`` for the tuned one."""
    sha256: str
    """Of its weights."""
    tokenizer_sha256: str
    parameters: int
    precision: str
    attention: str
    """How options were ranked: ``tree`` (they share their prompt), ``blocks`` (the same by one call
    a layer, on GPUs) or ``plain`` (one sequence an option)."""
    engine: str
    """What writes free text: ``continuous batching``, ``generate`` or ``vllm``."""
    checkpoint_sha256: str = ""
    """Of the tuned model's ``checkpoint.json``; empty for a model that was not tuned here."""


@dataclass(frozen=True, kw_only=True)
class Mean:
    """Mean over the cluster's tasks."""

    mean: float
    interval: Interval
    best_dev: float | None
    """Mean of the best-dev-template scores; None where a task has no dev rows."""
    tasks: int
    without: tuple[str, ...] = ()
    """Tasks that have no part in it: without train rows (WSC273) there are no exemplars. The report
    names them beside the mean."""


@dataclass(frozen=True, kw_only=True)
class Scores:
    """All of ``scores.json``."""

    cluster: str
    title: str
    """The cluster's name in the paper."""
    model: dict[str, Model] = field(default_factory=dict)
    tasks: dict[str, TaskScores] = field(default_factory=dict)
    mean: dict[str, Mean] = field(default_factory=dict)
    comparison: dict[str, Comparison] = field(default_factory=dict)
    failed: str = ""
    """Why the cluster has no scores; such a file is a hole that the report shows."""
    settings: dict[str, Any] = field(default_factory=dict)
    """Settings of evaluate that bear on the numbers."""


def hole(cluster: str, title: str, reason: str, settings: Mapping[str, Any]) -> Scores:
    """Return the scores of a cluster whose evaluation failed: none, and the reason."""
    return Scores(cluster=cluster, title=title, failed=reason, settings=dict(settings))


def write(folder: Path, scores: Scores) -> None:
    """Write ``scores.json`` into the folder; it appears whole or not at all."""
    schemas.write_json(folder / FILE, SCHEMA, _rounded(asdict(scores)))


def read(folder: Path) -> Scores:
    """Read ``scores.json`` from the folder.

    Raises:
        BadInput: it is missing, of another schema, or lacks or has too many fields.
    """
    path = folder / FILE
    value = schemas.read_json(path, SCHEMA)
    try:
        return TypeAdapter(Scores).validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"{path}: {where}: {first['msg']}; run evaluate again") from error


def _rounded(value: Any) -> Any:
    """Round every number of a JSON value to six decimals (and -0.0 to 0.0)."""
    if isinstance(value, float):
        return round(value, 6) + 0.0
    if isinstance(value, Mapping):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(each) for each in value]
    return value

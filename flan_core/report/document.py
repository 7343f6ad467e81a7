"""The report for machines (schema ``report/1``): a JSON object inside the HTML file.

One file is then the whole report wherever it is copied, and a later run or ``flan runs diff`` reads
the same numbers that people see.
"""

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from flan_core.errors import BadInput
from flan_core.scores import Result, Scores, TaskScores
from flan_core.store import SCHEME, Missing, Store

SCHEMA = "report/1"
_ELEMENT = re.compile(r'<script type="application/json" id="document">(.*?)</script>', re.DOTALL)
_NAMES = ("report.html", "html", "report/html", "report/report.html")
"""Where a run's folder may keep its report."""


def document_of(all_scores: Iterable[Scores], **facts: Any) -> dict[str, Any]:
    """Return the report as a JSON object: ``facts`` as they are, scores by cluster and task."""
    found = list(all_scores)
    return {
        "schema": SCHEMA,
        **facts,
        "clusters": {scores.cluster: _cluster(scores) for scores in found},
        "tasks": {
            key: _task(scores.cluster, task)
            for scores in found
            for key, task in scores.tasks.items()
        },
    }


def read_document(place: str | Path) -> dict[str, Any]:
    """Read the object back from a report, or from the folder of a run that has one.

    Args:
        place: A path, or ``s3://bucket/prefix`` of a run's folder or of the report itself.

    Raises:
        BadInput: there is no report, or it is of another version.
        Transient: the store does not answer.
    """
    name, text = _stored(str(place)) if str(place).startswith(SCHEME) else _local(Path(place))
    found = _ELEMENT.search(text)
    document = json.loads(found[1]) if found else {}
    if document.get("schema") != SCHEMA:
        held = document.get("schema", "no report")
        raise BadInput(f"{name} holds {held}, not {SCHEMA}; run report again")
    return dict(document)


def _local(place: Path) -> tuple[str, str]:
    candidates = [place, *(place / name for name in _NAMES), *sorted(place.glob("*.html"))]
    file = next((path for path in candidates if path.is_file()), None)
    if file is None:
        raise _none(str(place))
    return str(file), file.read_text(encoding="utf-8")


def _stored(address: str) -> tuple[str, str]:
    """Return the report's own address and text."""
    above, _, last = address.rstrip("/").rpartition("/")
    itself = [(above, last)] if above != SCHEME.rstrip("/") else []  # no bucket stands above one
    for folder, name in [*((address, each) for each in _NAMES), *itself]:
        with suppress(Missing):
            return f"{folder}/{name}", Store.of(folder).read(name)[0].decode("utf-8")
    raise _none(address)


def _none(place: str) -> BadInput:
    return BadInput(f"{place} has no report.html; give the folder of a run that was reported")


def _cluster(scores: Scores) -> dict[str, Any]:
    return {
        "title": scores.title,
        "failed": scores.failed,
        "mean": {
            key: {
                "mean": mean.mean,
                "interval": list(mean.interval),
                "best_dev": mean.best_dev,
                "tasks": mean.tasks,
                "without": list(mean.without),
            }
            for key, mean in scores.mean.items()
        },
        "comparison": {
            shots: {
                "difference": paired.difference,
                "interval": list(paired.interval),
                "p_value": paired.p_value,
            }
            for shots, paired in scores.comparison.items()
        },
    }


def _task(cluster: str, task: TaskScores) -> dict[str, Any]:
    return {
        "cluster": cluster,
        "title": f"{task.title} {task.direction}".strip(),
        "metric": task.metric,
        "n": task.n,
        "results": {key: _result(result) for key, result in task.results.items()},
    }


def _result(result: Result) -> Mapping[str, Any]:
    best = result.best_dev
    return {
        "mean": result.mean,
        "std": result.std,
        "interval": list(result.interval),
        "best_dev": None if best is None else best.test,
    }

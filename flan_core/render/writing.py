"""The step render: read rows task by task, check them, write prompts and what became of rows."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from itertools import chain, repeat
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from flan_core import telemetry
from flan_core.config import Render
from flan_core.datasets import Entry, catalogue, clusters, entry_of
from flan_core.errors import BadInput
from flan_core.progress import track
from flan_core.prompt import SCHEMA, SPLITS
from flan_core.prompt.cells import FIELD
from flan_core.render.checking import Check
from flan_core.schemas import dumps, file_sha256, read_about, whole, write_json, write_table
from flan_core.task import ANSWER, BadRow, Drop, Example, Row, Template

ROWS = "rows/1"
MANY_ROWS = 100_000
"""From this many rows on, reading is spread over processes."""
_BATCH = 1_000
_BROKEN = (BadRow, KeyError, IndexError, TypeError, ValueError, AttributeError)
"""What a task's ``read`` raises on a row that breaks its promise."""


@dataclass
class Report:
    """What became of one split: counts, and the bad rows by number and reason."""

    task: str
    split: str
    rows: int = 0
    examples: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    bad: list[tuple[int, str]] = field(default_factory=list)
    sha256: str = ""

    @property
    def reasons(self) -> dict[str, int]:
        """How many rows are bad for each reason."""
        return dict(sorted(Counter(reason for _, reason in self.bad).items()))


def render(config: Render, *, rows: Path, prompts: Path) -> None:
    """Turn the rows of every task into prompts.

    Raises:
        BadInput: there are no rows, a template asks for what rows lack, a task has more bad rows
            than ``config.max_bad`` allows, or none of its rows is left.
    """
    files = _files(rows)
    with whole(prompts) as draft:
        draft.mkdir(parents=True)
        reports = list(track(_rendered(files, draft), "render", "splits", len(files)))
        _check_tasks(config, reports)
        _write_lists(reports, draft)


def _files(rows: Path) -> list[tuple[str, str, Path]]:
    known = catalogue()
    found = [
        (task, split, rows / task / f"{split}.parquet")
        for task in known
        for split in SPLITS
        if (rows / task / f"{split}.parquet").is_file()
    ]
    if not found:
        raise BadInput(f"{rows} holds no rows of a known task; run fetch first")
    return found


def _rendered(files: list[tuple[str, str, Path]], out: Path) -> Iterator[Report]:
    num_rows = sum(pq.read_metadata(path).num_rows for *_, path in files)
    processes = min(os.cpu_count() or 1, len(files))
    if num_rows < MANY_ROWS or processes == 1:
        yield from map(_render_split, files, repeat(out))
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_render_split, files, repeat(out))


def _render_split(file: tuple[str, str, Path], out: Path) -> Report:
    """Render one split and write its file."""
    task, split, path = file
    entry, source = entry_of(task), read_about(path, ROWS)
    report = Report(task, split)
    templates = templates_of(entry)
    examples = [*_examples(entry, templates, path, report)]
    report.examples = len(examples)
    target = out / task / f"{split}.parquet"
    about = {
        **_about(entry, templates),
        "split": split,
        "rows_sha256": source.get("sha256", ""),
        "dropped": dict(sorted(report.dropped.items())),
        "bad": report.reasons,
    }
    write_table(target, SCHEMA, _table(examples), about)
    report.sha256 = file_sha256(target)
    return report


def templates_of(entry: Entry) -> tuple[Template, ...]:
    """Return the task's templates, then those that stand for them without instructions.

    Paper section 4.3: with the dataset's name only, the input is ``[NLI: RTE] ...``; with none, the
    input is the fields alone. A task that is asked both ways has one of each for either direction,
    the name saying which: ``[Translation: WMT-16 EN/DE, de-en] ...``.
    """
    ways = {each.direction: each.targets for each in entry.task.templates if not each.inverse}
    plain = [_plain(entry, direction, targets) for direction, targets in ways.items()]
    named = [replace(each, inputs=f"{_label(entry, each)} {each.inputs}") for each in plain]
    by_name = [replace(each, mode="name") for each in named]
    return (*entry.task.templates, *by_name, *plain)


def _plain(entry: Entry, direction: str, targets: str) -> Template:
    """Return the template of the fields alone; the other direction asks from the answer."""
    fields = "\n\n".join(f"{{{name}}}" for name in entry.task.inputs)
    back = bool(direction) and targets == fields
    if back:
        return Template(f"{{{ANSWER}}}", targets, direction=direction, mode="none")
    return Template(fields, direction=direction, mode="none")


def _label(entry: Entry, template: Template) -> str:
    names = filter(None, (entry.task.title, template.direction))
    label = f"[{clusters()[entry.cluster].title}: {', '.join(names)}]"
    return label.replace("{", "(").replace("}", ")")


def _about(entry: Entry, templates: tuple[Template, ...]) -> dict[str, Any]:
    task = entry.task
    return {
        "task": task.name,
        "dataset": entry.dataset,
        "cluster": entry.cluster,
        "title": task.title,
        "kind": task.kind,
        "templates": [asdict(template) for template in templates],
        "inputs": list(task.inputs),
        "long": list(task.long),
        "metrics": [metric.name for metric in task.metrics],
        "max_target_tokens": task.max_target_tokens,
    }


def _examples(
    entry: Entry, templates: tuple[Template, ...], path: Path, report: Report
) -> Iterator[tuple[int, Example]]:
    """Yield row number and example of every good row; count the others in ``report``."""
    check = Check(entry.task.name, templates)
    for number, row in _numbered(path):
        report.rows += 1
        try:
            read = entry.task.read(row)
            examples = read if isinstance(read, tuple) else (read,)
            found = [each if isinstance(each, Drop) else check(each) for each in examples]
        except _BROKEN as error:
            report.bad.append((number, _reason(error)))
            continue
        report.dropped.update(each.reason for each in found if isinstance(each, Drop))
        yield from ((number, each) for each in found if isinstance(each, Example))


def _numbered(path: Path) -> Iterator[tuple[int, Row]]:
    with pq.ParquetFile(path) as file:
        batches = (batch.to_pylist() for batch in file.iter_batches(_BATCH))
        yield from enumerate(chain.from_iterable(batches))


def _reason(error: Exception) -> str:
    """Name the fault without the row's text, which a message of Python's may quote."""
    if isinstance(error, BadRow):
        return str(error)
    if isinstance(error, KeyError):
        return f"it has no {error}"
    return f"read raises {type(error).__name__}"


def _table(examples: list[tuple[int, Example]]) -> pa.Table:
    names = tuple(examples[0][1].fields) if examples else ()
    columns: dict[str, pa.Array] = {"row": pa.array([row for row, _ in examples], pa.int64())}
    for name in names:
        columns[FIELD + name] = pa.array([e.fields[name] for _, e in examples], pa.string())
    lists = pa.list_(pa.string())
    columns["options"] = pa.array([list(e.options) for _, e in examples], lists)
    columns["answer"] = pa.array([e.answer for _, e in examples], pa.string())
    accepted = [list(e.references or (e.answer,)) for _, e in examples]
    columns["references"] = pa.array(accepted, lists)
    columns["group"] = pa.array([e.group for _, e in examples], pa.string())
    return pa.table(columns)


def _check_tasks(config: Render, reports: list[Report]) -> None:
    """Refuse a task with too many bad rows, and a split of which nothing is left."""
    for task in dict.fromkeys(report.task for report in reports):
        mine = [report for report in reports if report.task == task]
        num_rows, num_bad = sum(r.rows for r in mine), sum(len(r.bad) for r in mine)
        if num_bad > config.max_bad * num_rows:
            told = _commonest(mine)
            raise BadInput(
                f"task {task}: {num_bad:,} of {num_rows:,} rows are bad, more than render.max_bad "
                f"{config.max_bad:.3g} allows ({told}); correct the rows or raise max_bad"
            )
    for report in reports:
        if not report.examples:
            why = {**report.dropped, **report.reasons} or {"there are no rows": 0}
            raise BadInput(
                f"task {report.task}: no {report.split} example is left of {report.rows:,} rows "
                f"({', '.join(why)}); leave the task out of fetch.tasks or bring other rows"
            )


def _commonest(reports: list[Report]) -> str:
    """Tell the three commonest reasons, each with the first rows that have it."""
    rows: dict[str, list[str]] = {}
    for report in reports:
        for row, reason in report.bad:
            rows.setdefault(reason, []).append(f"{report.split} {row}")
    commonest = sorted(rows.items(), key=lambda each: -len(each[1]))[:3]
    return "; ".join(
        f"{len(where):,} because {reason}, as rows {', '.join(where[:3])}"
        for reason, where in commonest
    )


def _write_lists(reports: list[Report], out: Path) -> None:
    tasks: dict[str, Any] = {}
    for report in reports:
        entry = entry_of(report.task)
        splits = tasks.setdefault(
            report.task,
            {"cluster": entry.cluster, "dataset": entry.dataset, "title": entry.task.title},
        )
        splits.setdefault("splits", {})[report.split] = {
            "rows": report.rows,
            "examples": report.examples,
            "dropped": dict(sorted(report.dropped.items())),
            "bad": report.reasons,
            "sha256": report.sha256,
        }
    write_json(out / "prompts.json", SCHEMA, {"tasks": tasks})
    _set_facts(reports)
    bad = [
        {"task": r.task, "split": r.split, "row": row, "reason": reason}
        for r in reports
        for row, reason in r.bad
    ]
    lines = [json.dumps(line, ensure_ascii=False) + "\n" for line in bad]
    (out / "quarantine.jsonl").write_text("".join(lines), encoding="utf-8")
    about = {
        "tasks": len(tasks),
        "examples": sum(r.examples for r in reports),
        "train_examples": sum(r.examples for r in reports if r.split == "train"),
        "dropped_rows": sum(r.dropped.total() for r in reports),
        "bad_rows": len(bad),
    }
    (out / "about.json").write_text(dumps(about), encoding="utf-8")


def _set_facts(reports: list[Report]) -> None:
    """Say what became of each task's rows, to be pushed when the step ends."""
    counts: Counter[tuple[str, str]] = Counter()
    for report in reports:
        counts[report.task, "kept"] += report.examples
        counts[report.task, "dropped"] += report.dropped.total()
        counts[report.task, "bad"] += len(report.bad)
    for (task, outcome), count in counts.items():
        telemetry.ROWS.set(count, task=task, outcome=outcome)

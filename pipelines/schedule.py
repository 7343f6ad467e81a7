"""Runs and schedules in Kubeflow Pipelines, over its API: start one, keep some as written down.

    schedules.yaml ──▶ flan schedule apply ──▶ recurring run "flan-weekly"     found by its name
                                                 version pinned, one at a time, no catching up

A recurring run cannot be changed: apply pauses the old one, creates the new, and deletes the old,
so that at no time two are enabled, nor none exists. Applying again changes nothing. What the file
does not name is left alone. (A ScheduledWorkflow applied by kubectl would never run.)
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from kfp.client import Client

from flan_core.config import Compare, Config, Promote, Report
from flan_core.datasets import left_out
from flan_core.errors import BadInput, unknown
from pipelines.job import STEPS
from pipelines.kubeflow import answered, find_version, name_of, pages

EXPERIMENT = "flan"
SETTINGS: Mapping[str, type[Config]] = {
    **STEPS,
    "report": Report,
    "compare": Compare,
    "promote": Promote,
}
"""Parameters that hold a step's settings, which the server does not look into."""

FIELDS = {
    "second": (0, 59),
    "minute": (0, 59),
    "hour": (0, 23),
    "day of month": (1, 31),
    "month": (1, 12),
    "day of week": (0, 6),
}
"""The six fields of a cron expression, with their first and last value."""
NAMES = {
    name: number
    for names, start in (
        ("jan feb mar apr may jun jul aug sep oct nov dec", 1),
        ("sun mon tue wed thu fri sat", 0),
    )
    for number, name in enumerate(names.split(), start)
}


@dataclass(frozen=True, kw_only=True)
class Schedule(Config):
    """A recurring run, as it should be."""

    name: str
    pipeline: str
    version: str
    """Name of the pipeline's version; an upload never changes what a schedule runs."""
    cron: str
    """Six fields, the first is seconds: ``0 0 3 * * 0`` is Sundays at three, UTC."""
    parameters: dict[str, Any] = field(default_factory=dict)
    enabled: bool = True
    experiment: str = EXPERIMENT
    service_account: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A recurring run, as Kubeflow Pipelines has it."""

    id: str
    name: str
    cron: str
    version: str
    """Name of the pipeline's version; its id where it was deleted."""
    enabled: bool
    status: str


def read(path: Path) -> list[Schedule]:
    """Read a file of schedules and check each of them.

    Raises:
        BadInput: a schedule lacks something, has an unknown setting, a bad cron or a used name.
    """
    content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    found = [Schedule.of(entry) for entry in content.get("schedules") or []]
    for schedule in found:
        check_cron(schedule.cron)
    names = [schedule.name for schedule in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInput(f"{path} names {twice[0]} twice; a schedule is found by its name")
    return found


@answered()
def submit(
    client: Client,
    schedule: Schedule,
    title: str,
    namespace: str = "",
) -> str:
    """Start one run of what a schedule says; return the run's id.

    Raises:
        BadInput: there is no such pipeline or version, or a parameter is bad.
    """
    check_parameters(schedule.parameters)
    pipeline, version = find_version(client, schedule.pipeline, schedule.version, namespace)
    experiment = client.create_experiment(schedule.experiment, namespace=namespace or None)
    run = client.run_pipeline(
        experiment.experiment_id,
        title,
        params=schedule.parameters,
        pipeline_id=pipeline,
        version_id=version,
        service_account=schedule.service_account or None,
    )
    return str(run.run_id)


@answered()
def apply(client: Client, schedule: Schedule, namespace: str = "") -> str:
    """Make a schedule so; return what was done: created, replaced, unchanged, enabled or paused.

    Raises:
        BadInput: the cron or a parameter is bad, or there is no such pipeline or version.
    """
    check_cron(schedule.cron)
    check_parameters(schedule.parameters)
    pipeline, version = find_version(client, schedule.pipeline, schedule.version, namespace)
    old = [run for run in _runs(client, namespace) if run.display_name == schedule.name]
    same = [run for run in old if _is(run, schedule, version)]
    if same:
        for extra in (run for run in old if run is not same[0]):
            client.delete_recurring_run(extra.recurring_run_id)
        return _switch(client, same[0], enabled=schedule.enabled)
    for run in old:
        client.disable_recurring_run(run.recurring_run_id)
    experiment = client.create_experiment(schedule.experiment, namespace=namespace or None)
    client.create_recurring_run(
        experiment.experiment_id,
        schedule.name,
        cron_expression=schedule.cron,
        max_concurrency=1,
        no_catchup=True,
        params=schedule.parameters,
        pipeline_id=pipeline,
        version_id=version,
        enabled=schedule.enabled,
        service_account=schedule.service_account or None,
    )
    for run in old:
        client.delete_recurring_run(run.recurring_run_id)
    return "replaced" if old else "created"


@answered()
def schedules(client: Client, namespace: str = "") -> list[Found]:
    """Return all recurring runs, by name."""
    found = [
        Found(
            id=run.recurring_run_id,
            name=run.display_name,
            cron=_cron(run),
            version=name_of(client, run.pipeline_version_reference),
            enabled=run.status == "ENABLED",
            status=str(run.status),
        )
        for run in _runs(client, namespace)
    ]
    return sorted(found, key=lambda each: (each.name, each.id))


@answered()
def pause(client: Client, name: str, namespace: str = "") -> None:
    """Stop a schedule from starting runs; one that is going on is left alone."""
    for run in _named(client, name, namespace):
        client.disable_recurring_run(run.recurring_run_id)


@answered()
def delete(client: Client, name: str, namespace: str = "") -> None:
    """Delete a schedule; its runs stay."""
    for run in _named(client, name, namespace):
        client.delete_recurring_run(run.recurring_run_id)


def check_parameters(parameters: Mapping[str, Any]) -> None:
    """Check what the server cannot: settings of steps, and names of clusters.

    Raises:
        BadInput: a setting or a cluster is unknown, or a value out of range.
    """
    for name in SETTINGS.keys() & parameters.keys():
        SETTINGS[name].of(parameters[name])
    left_out(parameters.get("held_out", []))


def check_cron(text: str) -> None:
    """Check a cron expression of six fields.

    Raises:
        BadInput: it has another number of fields, or one has a value out of its range.
    """
    parts = text.split()
    if len(parts) != len(FIELDS):
        hint = f": you may mean '0 {text}'" if len(parts) == len(FIELDS) - 1 else ""
        raise BadInput(
            f"cron {text!r} has {len(parts)} fields; Kubeflow Pipelines wants six, the first is "
            f"seconds{hint}"
        )
    fields = zip(parts, FIELDS.items(), strict=True)
    items = [(item, *named) for part, named in fields for item in part.split(",")]
    for item, name, (first, last) in items:
        if not _fits(item, first, last, any_day=name.startswith("day")):
            raise BadInput(
                f"cron {text!r}: {item!r} is no {name}; give {first} to {last}, a range, a list, "
                "* or */n"
            )


def _fits(item: str, first: int, last: int, *, any_day: bool) -> bool:
    if item == "?":
        return any_day
    found = re.fullmatch(r"(\*|(\w+)(?:-(\w+))?)(?:/(\d+))?", item)
    if not found or found[4] == "0":
        return False
    ends = [_number(end) for end in (found[2], found[3]) if end]
    return all(first <= end <= last for end in ends) and ends == sorted(ends)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else NAMES.get(text.lower(), -1)


def _runs(client: Client, namespace: str) -> list[Any]:
    return list(pages(client.list_recurring_runs, "recurring_runs", namespace=namespace or None))


def _named(client: Client, name: str, namespace: str) -> list[Any]:
    runs = _runs(client, namespace)
    found = [run for run in runs if run.display_name == name]
    if not found:
        raise unknown("schedule", name, {run.display_name for run in runs})
    return found


def _is(run: Any, schedule: Schedule, version: str) -> bool:
    """Tell whether a recurring run is what the schedule says, but for being enabled."""
    reference = run.pipeline_version_reference
    parameters = (run.runtime_config.parameters if run.runtime_config else None) or {}
    return (
        _cron(run) == schedule.cron
        and bool(reference)
        and reference.pipeline_version_id == version
        and _plain(parameters) == _plain(schedule.parameters)
        and schedule.service_account in {"", run.service_account}
        and bool(run.no_catchup)
        and int(run.max_concurrency or 0) == 1
    )


def _cron(run: Any) -> str:
    trigger = run.trigger
    return str(trigger.cron_schedule.cron) if trigger and trigger.cron_schedule else ""


def _plain(parameters: Mapping[str, Any]) -> str:
    """Return parameters as one text: the API gives 7.0 for 7."""
    return json.dumps(_whole(dict(parameters)), sort_keys=True)


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _whole(each) for key, each in value.items()}
    return [_whole(each) for each in value] if isinstance(value, list | tuple) else value


def _switch(client: Client, run: Any, *, enabled: bool) -> str:
    if (run.status == "ENABLED") == enabled:
        return "unchanged"
    if enabled:
        client.enable_recurring_run(run.recurring_run_id)
        return "enabled"
    client.disable_recurring_run(run.recurring_run_id)
    return "paused"

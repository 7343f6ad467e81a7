"""Run one step: check its settings, give it paths, say one clear line when it fails.

This is all that a component calls. Artifacts are anything with ``path`` and ``metadata``, as KFP's
are, or the path of a parameter's file; nothing here knows KFP.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar, get_type_hints

from flan_core import telemetry
from flan_core.errors import FlanError, unknown
from flan_core.progress import spell

R = TypeVar("R")

ABOUT = "about.json"
"""A flat JSON object that a step may leave in its output folder: the artifact's metadata."""
METRICS = ("system.Metrics", "system.ClassificationMetrics")
"""KFP's types of artifacts that are nothing but their metadata."""
VARIED = ("mix", "pack", "train", "evaluate", "launch")
"""The steps whose settings a variant of an experiment may change, and how they are launched."""


def run(
    step: Callable[..., R],
    config: Mapping[str, Any],
    *,
    table: Mapping[str, Any] = MappingProxyType({}),
    variant: str = "",
    **artifacts: Any,
) -> R:
    """Call ``step`` with its settings and the artifacts' paths; exit with the code of its error.

    Returns what the step returns: nothing, but where it decides something. In an experiment,
    ``table`` has the settings that differ by variant (see ``settings_of``).

    Numbers that the step wrote (``about.json`` in a folder, or a JSON file for an artifact of one
    of KFP's metrics types) become the artifact's metadata, which the user interface shows and
    compares. The facts that it set are pushed (``telemetry``).
    """
    name = step.__name__
    label = f"{name} [{variant}]" if variant else name
    started = time.monotonic()
    telemetry.GROUP.update(step=name, variant=variant)
    try:
        settings = get_type_hints(step)["config"].of(settings_of(name, config, table, variant))
        result = step(settings, **{key: _paths(value) for key, value in artifacts.items()})
    except FlanError as error:
        print(f"{label}: {error}", file=sys.stderr, flush=True)
        raise SystemExit(error.exit_code) from error
    for artifact in artifacts.values():
        _describe(artifact)
    _tell(label, time.monotonic() - started)
    return result


def _tell(label: str, seconds: float) -> None:
    """Say that the step is done, in its log and to the Pushgateway."""
    kibibytes = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(
        f"{label}: done in {spell(seconds)}, peak memory {kibibytes / 1024:,.0f} MiB",
        file=sys.stderr,
        flush=True,
    )
    telemetry.STEP_LAST_SUCCESS.set(time.time())
    telemetry.STEP_LAST_DURATION.set(seconds)
    telemetry.push()


def settings_of(
    step: str,
    settings: Mapping[str, Any],
    table: Mapping[str, Mapping[str, Mapping[str, Any]]],
    variant: str,
) -> dict[str, Any]:
    """Return a step's settings with those of one variant of an experiment laid over them.

    ``table`` has the settings that differ, by variant and step; no variant changes nothing.
    Settings of a launched step come in parts (``train`` and ``launch``), each laid over by its own.

    Raises:
        BadInput: the table has no such variant, or the variant names what is no step.
    """
    if not variant:
        return dict(settings)
    if variant not in table:
        raise unknown("variant", variant, table)
    own = table[variant]
    for name in own:
        if name not in VARIED:
            raise unknown(f"step in variant {variant!r}", name, VARIED)
    if step in settings:
        return {part: {**given, **own.get(part, {})} for part, given in settings.items()}
    return {**settings, **own.get(step, {})}


def _paths(artifact: Any) -> Path | list[Path]:
    if isinstance(artifact, (list, tuple)):
        return [Path(each.path) for each in artifact]
    return Path(getattr(artifact, "path", artifact))


def _describe(artifact: Any) -> None:
    """Copy the numbers that a step wrote about its output into the artifact's metadata."""
    if not hasattr(artifact, "path"):
        return
    path = Path(artifact.path)
    is_metrics = getattr(artifact, "schema_title", "") in METRICS
    about = path if is_metrics and path.is_file() else path / ABOUT
    if about.is_file():
        artifact.metadata.update(json.loads(about.read_text(encoding="utf-8")))

"""Whether to train again: not while data, code and settings are those of a model that was judged.

    rows, as resolved now   ┐                ┌ the champion's           ┐
    code, image, settings   ┴─ lineage  ═?═  ┤ one that was rolled back ├──▶ "skip", else "run"
                                             └ the one refused last     ┘

What was rolled back is not made again: a person has turned it down. What the gate refused is not
made again either, as long as the gate's settings and the champion are the same, unless it lacked
scores: an evaluation that failed may succeed another time.
"""

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flan_core import telemetry
from flan_core.config import Promote
from flan_core.promote.decision import gate_of
from flan_core.promote.lineage import essence, lineage_of
from flan_core.promote.registry import Champion, Registry
from flan_core.schemas import read_json

RUN, SKIP = "run", "skip"


def decide(config: Promote, *, rows: Path) -> str:
    """Return ``run`` or ``skip``.

    Raises:
        BadInput: there are no rows, or the registry was written by another version.
    """
    wanted = essence(lineage_of(config, read_json(rows / "rows.json", "rows/1")["tasks"], {}))
    registry = Registry.of(config, rows)
    champion, _ = registry.champion()
    judged = _judged(config, registry, champion)
    same = [why for why, lineage in judged if lineage == wanted]
    if same:
        telemetry.SCHEDULE_LAST_SUCCESS.set(time.time())
        said = f"skip: data, code and settings are those of {same[0]}"
    elif not champion.version:
        said = "run: there is no champion yet"
    else:
        said = f"run: not the champion's {_changed(wanted, judged[0][1])}"
    print(f"decide: {said}", file=sys.stderr, flush=True)
    return SKIP if same else RUN


def _judged(
    config: Promote, registry: Registry, champion: Champion
) -> list[tuple[str, dict[str, Any]]]:
    """Return the models that need not be made again, in words, and what each comes of."""
    known = [
        (f"version {version}, {what}", essence(registry.lineage(version)))
        for what, versions in (
            ("the champion", (champion.version,)),
            ("which was rolled back", champion.rolled_back),
        )
        for version in versions
        if version
    ]
    last = registry.refused()
    if last and (last["gate"], last["champion_before"]) == (gate_of(config), champion.version):
        why = f"version {last['version']}, which was refused: {'; '.join(last['reasons_against'])}"
        known.append((why, essence(last["lineage"])))
    return known


def _changed(wanted: Mapping[str, Any], champion: Mapping[str, Any]) -> str:
    now, then = ({**each, **each["settings"], "settings": ""} for each in (wanted, champion))
    return ", ".join(name for name in now if then.get(name) != now[name])

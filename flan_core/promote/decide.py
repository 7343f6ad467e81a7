"""Whether to train again: not while data, code and settings are those of the champion.

    rows, as resolved now   ┐                ┌ the champion's  ┐
    code, image, settings   ┴─ lineage  ═?═  ┤ one that was    ├──▶ "skip", else "run"
                                             └ rolled back     ┘

What was rolled back is not made again either: a person has turned it down.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import flan_core
from flan_core.config import Promote
from flan_core.promote.registry import Registry
from flan_core.promote.step import lineage_of
from flan_core.schemas import dumps, file_sha256, read_json, whole

RUN, SKIP = "run", "skip"


def decide(config: Promote, *, rows: Path, promotion: Path) -> str:
    """Return ``run`` or ``skip``, and write the settings of the promotion that would follow.

    To the run's settings these add the hash of the code, which the lineage then keeps.

    Raises:
        BadInput: there are no rows, or the registry was written by another version.
    """
    config = replace(config, settings={**config.settings, "code_sha256": code_sha256()})
    wanted = _essence(lineage_of(config, read_json(rows / "rows.json", "rows/1")["tasks"], {}))
    registry = Registry(config.registry, config.name)
    champion, _ = registry.champion()
    known = {
        version: _essence(registry.lineage(version))
        for version in (champion.version, *champion.rolled_back)
        if version
    }
    same = [version for version, lineage in known.items() if lineage == wanted]
    _tell(same, known.get(champion.version, {}), wanted)
    with whole(promotion) as draft:
        draft.write_text(json.dumps(asdict(config)), encoding="utf-8")
    return SKIP if same else RUN


def _essence(lineage: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a model comes of; a commit may leave the code as it is, as its hash shows."""
    return {name: lineage[name] for name in ("data", "settings", "image")}


def code_sha256() -> str:
    """Return one hash of the library's own files: what the code is, wherever it is installed."""
    root = Path(flan_core.__file__).parent
    files = sorted(root.rglob("*.py"))
    listing = {path.relative_to(root).as_posix(): file_sha256(path) for path in files}
    return sha256(dumps(listing).encode()).hexdigest()


def _tell(same: list[str], champion: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    if same:
        said = f"skip: data, code and settings are those of version {same[0]}"
    elif not champion:
        said = "run: there is no champion yet"
    else:
        now, then = ({**each, **each["settings"], "settings": ""} for each in (wanted, champion))
        changed = [name for name in now if then.get(name) != now[name]]
        said = f"run: not the champion's {', '.join(changed)}"
    print(f"decide: {said}", file=sys.stderr, flush=True)

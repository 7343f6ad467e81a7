"""What a version is made of: data, code, image, settings, and the hash of each part."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import flan_core
from flan_core.config import Promote
from flan_core.schemas import dumps, file_sha256

LINEAGE = "lineage/1"
PINS = ("repository", "revision", "source_sha256", "licence")
"""What is kept of where a task's rows come from."""


def lineage_of(
    config: Promote, rows: Mapping[str, Mapping[str, Any]], parts: Mapping[str, Path]
) -> dict[str, Any]:
    """Return what a version is made of.

    Args:
        config: Commit, image and settings of the run.
        rows: By task, as in ``rows.json``.
        parts: The files whose hashes are kept, by name; a missing one is left out.
    """
    return {
        "schema": LINEAGE,
        "commit": config.commit,
        "code_sha256": code_sha256(),
        "image": config.image,
        "settings": config.settings,
        "data": {
            task: {pin: about[pin] for pin in PINS if about.get(pin)}
            for task, about in sorted(rows.items())
        },
        "sha256": {name: file_sha256(path) for name, path in parts.items() if path.is_file()},
    }


def essence(lineage: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a model comes of; a commit may leave the code as it is, as its hash shows."""
    return {name: lineage.get(name) for name in ("data", "settings", "image", "code_sha256")}


def code_sha256() -> str:
    """Return one hash of the library's own files: what the code is, wherever it is installed."""
    root = Path(flan_core.__file__).parent
    files = sorted(root.rglob("*.py"))
    listing = {path.relative_to(root).as_posix(): file_sha256(path) for path in files}
    return sha256(dumps(listing).encode()).hexdigest()

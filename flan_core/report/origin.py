"""Where a run's rows came from and what identifies its parts: sources, counts, hashes, versions."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from flan_core.schemas import file_sha256, read_json

LIBRARIES = ("torch", "transformers", "tokenizers", "datasets", "pyarrow", "numpy", "kfp")
"""Libraries whose versions bear on a run's numbers."""


@dataclass(frozen=True, slots=True)
class RowsLine:
    """One task's rows: where they are from, what pins them, how many there are."""

    task: str
    repository: str
    pin: str
    licence: str
    invented: bool
    train: int | None
    dev: int | None
    test: int | None


def rows_lines(rows: Path) -> list[RowsLine]:
    """Return a line for each task of ``rows/rows.json``, in name order."""
    tasks: Mapping[str, dict[str, Any]] = read_json(rows / "rows.json", "rows/1")["tasks"]
    return [_rows_line(name, about) for name, about in sorted(tasks.items())]


def _rows_line(name: str, about: Mapping[str, Any]) -> RowsLine:
    counts = {split: facts.get("num_rows") for split, facts in about.get("splits", {}).items()}
    revision, checksum = about.get("revision", ""), about.get("source_sha256", "")
    return RowsLine(
        task=name,
        repository=about.get("repository", ""),
        pin=revision or (f"sha256 {checksum[:16]}" if checksum else ""),
        licence=about.get("licence", ""),
        invented=bool(about.get("invented")),
        train=counts.get("train"),
        dev=counts.get("dev"),
        test=counts.get("test"),
    )


def hashes_of(rows: Path, mixture: Path, packs: Path, checkpoint: Path) -> list[tuple[str, str]]:
    """Return the SHA-256 of what identifies each step's output, of those that are there."""
    named = (
        ("rows", rows / "rows.json"),
        ("mixture", mixture / "mixture.json"),
        ("packs", packs / "packs.json"),
        ("checkpoint", checkpoint / "checkpoint.json"),
    )
    return [(name, file_sha256(path)) for name, path in named if path.is_file()]


def versions_of(checkpoint: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the versions that training recorded, and where it did not, those of this machine."""
    recorded: Mapping[str, str] = checkpoint.get("versions") or {}
    here = {"python": platform.python_version(), **_installed()}
    return sorted({**here, **recorded}.items())


def _installed() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError

    found = {}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found

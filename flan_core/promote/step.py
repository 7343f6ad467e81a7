"""The step: read the challenger, let the gate judge it, write the version, move the champion."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from flan_core import scores as held_out_scores
from flan_core.config import Promote
from flan_core.errors import BadInput
from flan_core.promote.card import card_with_scores
from flan_core.promote.gate import Challenge, Check, judge
from flan_core.promote.listing import ModelRegistry, list_champion
from flan_core.promote.registry import Registry, after
from flan_core.schemas import dumps, file_sha256, read_json, text_sha256, write_json
from flan_core.scores import FILE, Scores

DECISION = "decision/1"
LINEAGE = "lineage/1"
CARD = "README.md"


def promote(
    config: Promote,
    *,
    rows: Path,
    mixture: Path,
    checkpoint: Path,
    scores: list[Path],
    decision: Path,
) -> None:
    """Judge the challenger against the champion; if nothing speaks against it, make it champion.

    The decision is written either way and lists every check with its reason.

    Raises:
        BadInput: an input is missing, or the checkpoint has no safetensors.
        Conflict: another promoter moved the champion meanwhile; try again to face the new one.
    """
    if not any(checkpoint.glob("*.safetensors")):
        raise BadInput(f"{checkpoint} has no *.safetensors; run train to its end first")
    registry = Registry(config.registry, config.name)
    champion, tag = registry.champion()
    measured = {each.cluster: (folder, each) for folder in scores for each in [_read(folder)]}
    found = [each for _, each in measured.values()]
    challenge = _challenge(rows, mixture, found, registry.scores_of(champion.version))
    parts = {
        "rows": rows / "rows.json",
        "mixture": mixture / "mixture.json",
        "checkpoint": checkpoint / "checkpoint.json",
        **{f"weights/{path.name}": path for path in sorted(checkpoint.glob("*.safetensors"))},
        **{f"scores/{name}": folder / FILE for name, (folder, _) in sorted(measured.items())},
    }
    lineage = lineage_of(config, challenge.rows, parts)
    version = text_sha256(dumps(lineage))[:12]
    checks = judge(challenge, margin=config.margin, allow_unpinned=config.allow_unpinned)
    if version == champion.version:
        checks.append(Check(name="new", passed=False, reason="it is the champion already"))
    record = _record(config, version, champion.version, checks)
    if record["promoted"]:
        _publish(registry, version, checkpoint, parts, {"lineage": lineage, "decision": record})
        registry.move(after(champion, version), replaces=tag)
    if config.model_registry and (record["promoted"] or version == champion.version):
        uri = f"{config.registry}/{config.name}/versions/{version}/checkpoint"
        server = ModelRegistry(config.model_registry)
        list_champion(server, config.name, version, uri=uri, scores=found)
    write_json(decision, DECISION, record)


def _challenge(
    rows: Path, mixture: Path, scores: Sequence[Scores], champion: Sequence[Scores]
) -> Challenge:
    leakage = mixture / "leakage.json"
    return Challenge(
        scores=scores,
        champion=champion,
        held_out=read_json(mixture / "mixture.json", "mixture/1").get("held_out", ()),
        rows=read_json(rows / "rows.json", "rows/1")["tasks"],
        leakage=read_json(leakage, "leakage/1") if leakage.is_file() else None,
    )


def lineage_of(
    config: Promote, rows: Mapping[str, Mapping[str, Any]], parts: Mapping[str, Path]
) -> dict[str, Any]:
    """Return what the version is made of: data, code, image, settings, the hash of each part."""
    pins = ("repository", "revision", "source_sha256", "licence")
    return {
        "schema": LINEAGE,
        "commit": config.commit,
        "image": config.image,
        "settings": config.settings,
        "data": {
            task: {pin: about[pin] for pin in pins if about.get(pin)}
            for task, about in sorted(rows.items())
        },
        "sha256": {name: file_sha256(path) for name, path in parts.items() if path.is_file()},
    }


def _record(
    config: Promote, version: str, champion: str, checks: Sequence[Check]
) -> dict[str, Any]:
    return {
        "promoted": all(check.passed for check in checks),
        "name": config.name,
        "version": version,
        "champion_before": champion,
        "margin": config.margin,
        "reasons_against": [
            f"{check.name}: {check.reason}" for check in checks if not check.passed
        ],
        "checks": [asdict(check) for check in checks],
    }


def _publish(
    registry: Registry,
    version: str,
    checkpoint: Path,
    parts: Mapping[str, Path],
    records: Mapping[str, Mapping[str, Any]],
) -> None:
    """Write the version's files: model, scores, card, and last what says that it is whole."""
    if registry.has(version):
        return
    for path in sorted(checkpoint.iterdir()):
        if path.is_file() and not path.name.startswith(".") and path.name != CARD:
            registry.put(f"{version}/checkpoint/{path.name}", path)
    for name, path in parts.items():
        if name.startswith("scores/"):
            registry.put(f"{version}/{name}/{FILE}", path)
    card = checkpoint / CARD
    text = card.read_text(encoding="utf-8") if card.is_file() else ""
    scores = [_read(path.parent) for name, path in parts.items() if name.startswith("scores/")]
    registry.write(f"{version}/checkpoint/{CARD}", card_with_scores(text, scores))
    registry.write(f"{version}/decision.json", dumps(records["decision"]))
    registry.write(f"{version}/lineage.json", dumps(records["lineage"]))


def _read(folder: Path) -> Scores:
    return held_out_scores.read(folder)

"""The step: read the challenger, let the gate judge it, write the version, move the champion."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flan_core import scores as held_out_scores
from flan_core import telemetry
from flan_core.config import Promote
from flan_core.errors import BadInput
from flan_core.promote.card import card_with_scores
from flan_core.promote.decision import DECISION, decision_of, markdown_of, tell
from flan_core.promote.gate import Challenge, Check, judge, would_fail_again
from flan_core.promote.lineage import lineage_of
from flan_core.promote.registry import Registry, after
from flan_core.schemas import dumps, file_sha256, read_json, text_sha256, whole, write_json
from flan_core.scores import FILE, Scores

CARD = "README.md"
CHECKPOINT = "checkpoint.json"


def promote(  # noqa: PLR0913  (an argument is an artifact of the pipeline)
    config: Promote,
    *,
    rows: Path,
    mixture: Path,
    checkpoint: Path,
    scores: list[Path],
    decision: Path,
    reasons: Path,
) -> None:
    """Judge the challenger against the champion; if nothing speaks against it, make it champion.

    The decision is written either way and lists every check with its reason; ``reasons`` is the
    same for people, in Markdown.

    Raises:
        BadInput: an input is missing, or the checkpoint has no safetensors.
        Conflict: another promoter moved the champion meanwhile; try again to face the new one.
    """
    if not any(checkpoint.glob("*.safetensors")):
        raise BadInput(f"{checkpoint} has no *.safetensors; run train to its end first")
    registry = Registry.of(config, rows)
    champion, tag = registry.champion()
    found = {each.cluster: folder for folder in scores for each in [held_out_scores.read(folder)]}
    parts = _parts(rows, mixture, checkpoint, found)
    challenge = _challenge(parts, registry.scores_of(champion.version))
    lineage = lineage_of(config, challenge.rows, parts)
    version = text_sha256(dumps(lineage))[:12]
    checks = judge(challenge, margin=config.margin, allow_unpinned=config.allow_unpinned)
    if version == champion.version:
        checks.append(Check(name="new", passed=False, reason="it is the champion already"))
    record = decision_of(config, version, champion.version, checks)
    if record["promoted"]:
        _publish(registry, version, checkpoint, parts, {"lineage": lineage, "decision": record})
        registry.move(after(champion, version), replaces=tag)
    elif would_fail_again(checks):
        registry.refuse({**record, "lineage": lineage})
    if config.model_registry and (record["promoted"] or version == champion.version):
        registry.list_in(config.model_registry, version)
    _tell(config, record, decision, reasons)


def _parts(
    rows: Path, mixture: Path, checkpoint: Path, scores: Mapping[str, Path]
) -> dict[str, Path]:
    """Return the files that a version is made of, by name."""
    return {
        "rows": rows / "rows.json",
        "mixture": mixture / "mixture.json",
        "leakage": mixture / "leakage.json",
        "checkpoint": checkpoint / CHECKPOINT,
        **{f"weights/{path.name}": path for path in sorted(checkpoint.glob("*.safetensors"))},
        **{f"scores/{name}": folder / FILE for name, folder in sorted(scores.items())},
    }


def _challenge(parts: Mapping[str, Path], champion: Sequence[Scores]) -> Challenge:
    leakage, checkpoint = parts["leakage"], parts["checkpoint"]
    return Challenge(
        scores=_scores(parts),
        champion=champion,
        held_out=read_json(parts["mixture"], "mixture/1").get("held_out", ()),
        rows=read_json(parts["rows"], "rows/1")["tasks"],
        leakage=read_json(leakage, "leakage/1") if leakage.is_file() else None,
        checkpoint_sha256=file_sha256(checkpoint) if checkpoint.is_file() else "",
    )


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
    registry.write(f"{version}/checkpoint/{CARD}", card_with_scores(text, _scores(parts)))
    registry.write(f"{version}/decision.json", dumps(records["decision"]))
    registry.write(f"{version}/lineage.json", dumps(records["lineage"]))


def _scores(parts: Mapping[str, Path]) -> list[Scores]:
    folders = (path.parent for name, path in parts.items() if name.startswith("scores/"))
    return [held_out_scores.read(folder) for folder in folders]


def _tell(config: Promote, record: Mapping[str, Any], decision: Path, reasons: Path) -> None:
    """Write the decision for programs, for people and for alerts."""
    write_json(decision, DECISION, record)
    with whole(reasons) as draft:
        draft.write_text(markdown_of(record), encoding="utf-8")
    tell(record)
    for check in record["checks"]:
        telemetry.PROMOTION_BLOCKED.set(not check["passed"], reason=check["name"])
    if config.scheduled:
        telemetry.SCHEDULE_LAST_SUCCESS.set(time.time())

"""The decision as a record: for programs, for the log, and for the pipelines' user interface."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from flan_core.config import Promote
from flan_core.promote.gate import Check

DECISION = "decision/1"


def decision_of(
    config: Promote, version: str, champion: str, checks: Sequence[Check]
) -> dict[str, Any]:
    """Return the record: whether the challenger was promoted, and every check with its reason."""
    return {
        "promoted": all(check.passed for check in checks),
        "name": config.name,
        "version": version,
        "champion_before": champion,
        "gate": gate_of(config),
        "reasons_against": [
            f"{check.name}: {check.reason}" for check in checks if not check.passed
        ],
        "checks": [asdict(check) for check in checks],
    }


def gate_of(config: Promote) -> dict[str, Any]:
    """Return the settings that the gate judges by."""
    return {"margin": config.margin, "allow_unpinned": config.allow_unpinned}


def tell(decision: Mapping[str, Any]) -> None:
    """Write the decision to the step's log, a line a check."""
    for check in decision["checks"]:
        mark = "passed " if check["passed"] else "refused"
        print(f"promote: {mark} {check['name']}: {check['reason']}", file=sys.stderr)
    print(f"promote: {verdict(decision)}", file=sys.stderr, flush=True)


def verdict(decision: Mapping[str, Any]) -> str:
    """Return the decision in a sentence.

    >>> verdict({"promoted": True, "name": "flan", "version": "b", "champion_before": ""})
    'promoted: version b is the champion of flan, its first'
    """
    name, version = decision["name"], decision["version"]
    before = decision["champion_before"]
    if decision["promoted"]:
        after = f"after {before}" if before else "its first"
        return f"promoted: version {version} is the champion of {name}, {after}"
    against, of = len(decision["reasons_against"]), len(decision["checks"])
    stays = f"{before} stays the champion of {name}" if before else f"{name} has no champion yet"
    return f"not promoted: {against} of {of} checks refused version {version}; {stays}"


def markdown_of(decision: Mapping[str, Any]) -> str:
    """Return a page of Markdown with the verdict and a line a check."""
    lines = [
        f"# {verdict(decision)}",
        "",
        "| check | | reason |",
        "|---|---|---|",
        *(
            f"| {check['name']} | {'passed' if check['passed'] else '**refused**'} | "
            f"{check['reason'].replace('|', '/')} |"
            for check in decision["checks"]
        ),
    ]
    return "\n".join(lines) + "\n"

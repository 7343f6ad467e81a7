"""Arrange the mixture for the page: what was asked of each cluster and task, what packs hold.

In: the objects of ``mixture.json`` and ``packs.json``; without the latter, only what was asked is
shown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flan_core.datasets import clusters

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One cluster or task: rows that may be drawn, the share asked, and what came of it."""

    title: str
    rows: int | None
    wanted: float | None
    examples_share: float | None
    examples: int | None
    tokens: int | None
    tokens_share: float | None
    epochs: float | None


@dataclass(frozen=True, slots=True)
class Mixed:
    """The mixture on the page: each cluster's line and then its tasks', the largest cluster first.

    ``largest`` is the greatest share of examples, which fills the width of a bar.
    """

    lead: str
    facts: tuple[tuple[str, str], ...]
    clusters: tuple[tuple[Line, ...], ...]
    largest: float


def mixture_view(mixture: Json, packs: Json, leakage: Json) -> Mixed:
    """Return what the page shows of a mixture; ``leakage`` is empty where nobody looked for it."""
    achieved: Json = packs.get("achieved", {})
    parts: dict[str, list[Json]] = {}
    for part in mixture["tasks"]:
        parts.setdefault(part["cluster"], []).append(part)
    groups = [
        (
            _line(title_of(cluster), members, achieved.get("clusters", {}).get(cluster)),
            *(
                _line(part["task"], [part], achieved.get("tasks", {}).get(part["task"]))
                for part in members
            ),
        )
        for cluster, members in parts.items()
    ]
    groups.sort(key=lambda group: -(group[0].wanted or 0.0))
    shares = [group[0].examples_share or 0.0 for group in groups]
    lead = _lead(mixture, num_tasks=len(mixture["tasks"]), num_clusters=len(groups))
    return Mixed(
        lead, tuple(_facts(mixture, leakage)), tuple(groups), max(shares, default=0.0) or 1.0
    )


def title_of(cluster: str) -> str:
    """Return a cluster's title in the catalogue, or its name where the catalogue lacks it."""
    known = clusters()
    return known[cluster].title if cluster in known else cluster


def titles(names: Iterable[str]) -> str:
    """Return clusters' titles in a row, for a sentence.

    >>> titles(["sentiment", "nli"])
    'Sentiment and Natural language inference'
    """
    found = [title_of(name) for name in names]
    if len(found) < 2:
        return "".join(found)
    return f"{', '.join(found[:-1])} and {found[-1]}"


def _line(title: str, parts: list[Json], achieved: Json | None) -> Line:
    got: Json = achieved or {}
    return Line(
        title=title,
        rows=sum(min(part["num_rows"], part["max_rows"]) for part in parts),
        wanted=sum(part["share"] for part in parts),
        examples_share=got.get("share"),
        examples=got.get("examples"),
        tokens=got.get("tokens"),
        tokens_share=got.get("token_share"),
        epochs=got.get("epochs"),
    )


def _lead(mixture: Json, *, num_tasks: int, num_clusters: int) -> str:
    lead = f"{num_tasks} tasks of {num_clusters} clusters."
    held_out, gone = mixture.get("held_out", []), mixture.get("left_out", [])
    kin = [name for name in gone if name not in held_out]
    if held_out:
        lead += f" Held out: {titles(held_out)}."
    if kin:
        lead += f" Left training with them, as their kin: {titles(kin)}."
    if mixture.get("without_weight"):
        lead += f" Without weight: {', '.join(mixture['without_weight'])}."
    return lead


def _facts(mixture: Json, leakage: Json) -> Iterable[tuple[str, str]]:
    forms: Json = mixture.get("forms", {})
    if "max_rate" in mixture:
        yield "Rows that count at most", f"{mixture['max_rate']:,}"
    if "temperature" in mixture:
        yield "Temperature", f"{mixture['temperature']:g}"
    if "by_tokens" in mixture:
        yield "Shares of", "tokens" if mixture["by_tokens"] else "examples"
    if forms.get("few_shot"):
        yield "With exemplars", f"{forms['few_shot']:.0%}, up to {forms['shots']}"
    if forms.get("no_options"):
        yield "Options not listed", f"{forms['no_options']:.0%} of classification"
    if forms.get("option_formats"):
        yield "Form of the options", "drawn for each prompt"
    if "seed" in mixture:
        yield "Seed", str(mixture["seed"])
    if leakage:
        yield "Rows that overlap evaluation", _overlap(leakage)


def _overlap(leakage: Json) -> str:
    """Return how many training rows leak, what was done with them, and where most come from."""
    tasks = leakage["tasks"]
    many = sum(task["leaking"] for task in tasks.values())
    if not many:
        return f"none of {sum(task['rows'] for task in tasks.values()):,}"
    worst = max(leakage["pairs"], key=lambda pair: max(pair["same_text"], pair["shared_run"]))
    done = "dropped" if leakage["policy"] == "drop" else "kept"
    where = f"{worst['train']} in {worst['task']} {worst['split']}"
    return f"{many:,}, {done}; most: {where}"

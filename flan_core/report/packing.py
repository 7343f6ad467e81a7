"""Say what packing did: how full the packs are, what was cut or dropped, the tokenizer.

In: the object of ``packs.json``. Out: names and values for the page, numbers for the metrics.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]

_FATES = (
    ("Inputs shortened", "input_cut"),
    ("Targets cut", "target_cut"),
    ("Dropped for their input", "input_dropped"),
    ("Dropped for their target", "target_dropped"),
)


_LEVELS = ("clusters", "datasets")
_COUNTS = ("examples", "tokens", "target_tokens", "epochs")


def packing_facts(packs: Json) -> tuple[tuple[str, str], ...]:
    """Return what is on record about the packs, in words and numbers."""
    return tuple(_facts(packs))


def packing_numbers(packs: Json) -> dict[str, float]:
    """Return the packs' numbers for the metrics: how many, how full, and the mixture achieved.

    The latter is named ``mixture.<cluster or dataset>.<count>``.
    """
    known = {
        "packed_examples": "num_examples",
        "packed_tokens": "num_tokens",
        "packing_efficiency": "efficiency",
    }
    found = {name: float(packs[key]) for name, key in known.items() if key in packs}
    achieved: Json = packs.get("achieved", {})
    for name, line in [(n, e) for level in _LEVELS for n, e in achieved.get(level, {}).items()]:
        found |= {
            f"mixture.{name}.{count}": float(line[count]) for count in _COUNTS if count in line
        }
    return found


def fates(packs: Json) -> dict[str, int]:
    """Return how many draws were cut or dropped, over all clusters, by what became of them."""
    clusters: Json = packs.get("achieved", {}).get("clusters", {})
    counted: dict[str, int] = {}
    for line in clusters.values():
        for _, fate in _FATES:
            counted[fate] = counted.get(fate, 0) + line.get(fate, 0)
    return counted


def _facts(packs: Json) -> Iterator[tuple[str, str]]:
    if "num_packs" in packs:
        yield "Packs", f"{packs['num_packs']:,} of {packs['length']:,} tokens"
        yield "Steps", f"{packs['num_steps']:,} of {packs['packs_per_step']:,} packs"
    if "efficiency" in packs:
        yield "Filled", f"{100 * packs['efficiency']:.2f} %"
    if "num_examples" in packs:
        yield "Examples", f"{packs['num_examples']:,}"
        yield "Tokens", f"{packs['num_tokens']:,}"
        yield "Of them in targets", f"{packs['num_target_tokens']:,}"
    counted = fates(packs)
    for title, fate in _FATES:
        if fate in counted:
            yield title, f"{counted[fate]:,}"
    if "vocabulary" in packs:
        yield "Vocabulary", f"{packs['vocabulary']:,}"
    if packs.get("settings", {}).get("tokenizer"):
        yield "Tokenizer", str(packs["settings"]["tokenizer"])

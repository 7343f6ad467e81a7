"""The finished model: a folder of the Hugging Face form, its card, and the numbers of the run.

    checkpoint/  config.json  generation_config.json  model*.safetensors  tokenizer…  README.md
                 checkpoint.json (checkpoint/1)  about.json  steps.jsonl

Whatever reads Hugging Face folders reads it; the second line is for evaluate, report and people.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from shutil import copy2, rmtree
from typing import Any

from torch import Tensor
from transformers import PreTrainedModel

from flan_core import schemas
from flan_core.config import Train
from flan_core.datasets import catalogue, clusters
from flan_core.step import ABOUT
from flan_core.train.log import peak_memory

SCHEMA = "checkpoint/1"
STEPS = "steps.jsonl"
LIBRARIES = ("torch", "transformers")


def export(
    folder: Path, model: PreTrainedModel, weights: Mapping[str, Tensor], tokenizer: Path
) -> None:
    """Write the model with ``weights`` and its tokenizer into ``folder``."""
    for stale in folder.glob("*.safetensors*"):
        stale.unlink()
    for half in folder.glob(".export.*.draft"):  # a kill leaves one behind
        rmtree(half)
    with schemas.whole(folder / "export") as draft:
        draft.mkdir(parents=True)
        model.set_attn_implementation("sdpa")
        model.config.dtype = next(iter(weights.values())).dtype
        model.save_pretrained(draft, state_dict=dict(weights))
        for path in sorted(tokenizer.iterdir()):
            copy2(path, draft / path.name)
    for path in sorted((folder / "export").iterdir()):
        path.replace(folder / path.name)
    (folder / "export").rmdir()


def record(folder: Path, config: Train, packs: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    """Write ``checkpoint.json``, ``about.json`` and the model card.

    Args:
        folder: the output, which holds ``steps.jsonl``.
        config: the settings of the run.
        packs: the object of ``packs.json``.
        facts: what the run knows: ``steps``, ``parameters``, ``world_size``, ``dtype``, ``proof``,
            ``plan``, ``packs_sha256``.
    """
    lines = [json.loads(line) for line in (folder / STEPS).read_text("utf-8").splitlines()]
    whole = {
        "model": config.model,
        "revision": config.revision,
        "seed": config.seed,
        "settings": asdict(config),
        "versions": {name: version(name) for name in LIBRARIES},
        **facts,
        **_totals(lines),
    }
    schemas.write_json(folder / "checkpoint.json", SCHEMA, whole)
    flat = {name: value for name, value in whole.items() if not isinstance(value, dict | list)}
    with schemas.whole(folder / ABOUT) as draft:
        draft.write_text(schemas.dumps(flat), encoding="utf-8")
    with schemas.whole(folder / "README.md") as draft:
        draft.write_text(card(config, packs, whole), encoding="utf-8")


def _totals(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Add up the lines of ``steps.jsonl``."""
    tokens = {
        kind: sum(line["tokens"][kind] for line in lines) for kind in ("target", "input", "pad")
    }
    seconds = sum(line["seconds"] for line in lines)
    used = [line["mfu"] for line in lines if line["mfu"] is not None]
    return {
        "final_loss": lines[-1]["loss"] if lines else None,
        "final_dev_loss": next((x["dev_loss"] for x in reversed(lines) if "dev_loss" in x), None),
        "target_tokens": tokens["target"],
        "input_tokens": tokens["input"],
        "padding_tokens": tokens["pad"],
        "train_seconds": seconds,
        "tokens_per_second": (tokens["target"] + tokens["input"]) / max(seconds, 1e-9),
        "mfu": sum(used) / len(used) if used else None,
        "peak_memory": peak_memory(),
    }


def card(config: Train, packs: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    """Return the model card: what it was made from, how, and under which licences."""
    unseen = sorted(set(clusters()) - set(packs["clusters"]))
    return f"""---
library_name: transformers
pipeline_tag: text-generation
base_model: {config.model}
tags: [flan, instruction-tuning]
---

# {config.model}, instruction-tuned in the manner of FLAN

Made from `{config.model}` (revision `{whole["commit"] or config.revision}`) by fine-tuning on data
sets phrased as instructions (Wei et al. 2021, https://arxiv.org/abs/2109.01652).

| | |
|---|---|
| steps | {whole["steps"]} |
| target tokens | {whole["target_tokens"]:,} |
| last loss | {whole["final_loss"]:.4f} nats per target token |
| optimiser | {config.optimizer}, learning rate {config.learning_rate}, {config.schedule} |
| seed | {config.seed} |
| processes | {whole["world_size"]} |
| packs | `{whole["packs_sha256"]}` |

## Data

Task clusters it has not seen: {", ".join(unseen) or "none"}.

| task | cluster | tokens | licence of the rows |
|---|---|---|---|
{_mixture(packs)}

## Scores

Not measured yet: `report` fills in this section.
"""


def _mixture(packs: Mapping[str, Any]) -> str:
    """Return a row of the card for each task that was trained on."""
    known, counts = catalogue(), packs.get("achieved", {}).get("tasks", {})
    rows = []
    for task, cluster in zip(packs["tasks"], packs["clusters"], strict=True):
        tokens = f"{counts[task]['tokens']:,}" if task in counts else "not counted"
        licence = known[task].task.licence if task in known else "not in the catalogue"
        rows.append(f"| {task} | {cluster} | {tokens} | {licence} |")
    return "\n".join(rows)

"""Small prompts and mixtures, made by hand or from the catalogue's samples, for the data engine."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from flan_core.config import Mix, Pack, Render
from flan_core.datasets import catalogue
from flan_core.mix import mix
from flan_core.mixture import Mixture
from flan_core.pack import pack
from flan_core.prompt import SCHEMA, Prompts
from flan_core.render import render
from flan_core.schemas import write_table
from flan_core.task import Template

SONGS = (
    {"premise": "Ann sang.", "hypothesis": "Ann made a sound.", "answer": "yes"},
    {"premise": "Bob slept.", "hypothesis": "Bob was awake.", "answer": "no"},
    {"premise": "Eve left Köln.", "hypothesis": "Eve moved.", "answer": "yes"},
)
TEMPLATES = (
    Template("{premise}\n\nSo {hypothesis}?\n{options_}"),
    Template("{options_}\n\nGiven {premise}, is it true that {hypothesis}", "{answer}, it is."),
    Template("Write a text that {answer} fits.", "{premise}", inverse=True),
)


def about(task: str = "rte", **other: Any) -> dict[str, Any]:
    """Metadata of a prompts file."""
    return {
        "task": task,
        "dataset": task,
        "cluster": "nli",
        "title": task.upper(),
        "split": "train",
        "kind": "classification",
        "mode": "natural",
        "templates": [asdict(template) for template in TEMPLATES],
        "inputs": ["premise", "hypothesis"],
        "long": ["premise"],
        "metrics": ["accuracy"],
        "max_target_tokens": 8,
        **other,
    }


def table(
    rows: Sequence[Mapping[str, str]],
    options: Sequence[str] | Sequence[Sequence[str]] = ("yes", "no"),
) -> pa.Table:
    """Examples as render writes them; the options are one list for all rows, or one each."""
    lists = options if options and not isinstance(options[0], str) else [options] * len(rows)
    fields = [name for name in rows[0] if name != "answer"]
    texts = pa.list_(pa.string())
    return pa.table(
        {
            "row": pa.array(range(len(rows)), pa.int64()),
            **{
                f"field.{name}": pa.array([row[name] for row in rows], pa.string())
                for name in fields
            },
            "options": pa.array([list(each) for each in lists], texts),
            "answer": pa.array([row["answer"] for row in rows], pa.string()),
            "references": pa.array([[row["answer"]] for row in rows], texts),
            "group": pa.array([""] * len(rows), pa.string()),
        }
    )


def songs() -> Prompts:
    """Three examples and three templates."""
    return Prompts(about(), table(SONGS))


def write_prompts(
    folder: Path,
    sizes: Mapping[str, int],
    *,
    text: str = "The {number} row of {task} is here.",
    split: str = "train",
) -> Path:
    """Write prompts of catalogue tasks with so many made-up examples each."""
    listed: dict[str, Any] = {}
    for task, size in sizes.items():
        entry = catalogue()[task]
        rows = [
            {
                "premise": text.format(number=number, task=task),
                "hypothesis": f"It is number {number}.",
                "answer": ("yes", "no")[number % 2],
            }
            for number in range(size)
        ]
        facts = about(task, cluster=entry.cluster, dataset=entry.dataset, split=split)
        write_table(folder / task / f"{split}.parquet", SCHEMA, table(rows), facts)
        listed[task] = {"cluster": entry.cluster, "dataset": entry.dataset, "splits": {}}
    from flan_core.schemas import write_json

    write_json(folder / "prompts.json", SCHEMA, {"mode": "natural", "tasks": listed})
    return folder


def write_rows(folder: Path, tasks: Sequence[str]) -> Path:
    """Write the samples of these tasks as rows: the last two are the test split."""
    for name in tasks:
        entry = catalogue()[name]
        samples = [dict(sample) for sample in entry.task.samples]
        for split, rows in (("train", samples[:-2]), ("test", samples[-2:])):
            write_table(
                folder / name / f"{split}.parquet",
                "rows/1",
                pa.Table.from_pylist(rows),
                {"sha256": "0"},
            )
    return folder


def sample_prompts(folder: Path, tasks: Sequence[str]) -> Path:
    """Render the samples of these tasks."""
    render(Render(), rows=write_rows(folder / "rows", tasks), prompts=folder / "prompts")
    return folder / "prompts"


def mixture_of(folder: Path, prompts: Path, **settings: Any) -> Mixture:
    """Mix prompts and open the mixture."""
    mix(Mix(**settings), prompts=prompts, mixture=folder / "mixture")
    return Mixture.open(folder / "mixture")


def packs_of(folder: Path, name: str = "packs", **settings: Any) -> Path:
    """Pack the mixture and return the packs' folder."""
    packs = folder / name
    pack(Pack(**settings), prompts=folder / "prompts", mixture=folder / "mixture", packs=packs)
    return packs

"""A small cluster made by hand: prompts of three tasks, a tokenizer, a checkpoint."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import pytest

from flan_core import schemas
from flan_core.model.load import load_model
from flan_core.prompt import Prompts
from flan_core.task import Template
from flan_core.tokens import Tokenizer, train_tokenizer

STRINGS = pa.list_(pa.field("element", pa.string()))

SKY = (
    Template("The {thing} is seen by {when}. Is this so?\n\n{options_}"),
    Template("{options_}\n\nIs the {thing} seen by {when}?"),
    Template("Name a thing.", "{thing}", inverse=True),
)
PLACE = (Template("Where does a {animal} live?\n{options_}"), Template("{animal}:\n{options_}"))
WAYS = (
    Template("Say in Latin: {english}", "{latin}", direction="from English"),
    Template("Say in English: {latin}", "{english}", direction="into English"),
    Template("{latin} means", "{english}", direction="into English"),
)
THINGS = ("sun", "moon", "star", "comet", "cloud", "planet", "rainbow", "meteor")
ANIMALS = ("otter", "eagle", "mole", "carp", "bat", "hare")
LIVES = (("water", "air", "earth"), ("air", "water"), ("earth", "air", "fire", "water"))
WORDS = (("water", "aqua"), ("fire", "ignis"), ("earth", "terra"), ("sea", "mare"))


def write_prompts(
    folder: Path,
    task: str,
    split: str,
    rows: Sequence[dict],
    templates: Sequence[Template],
    **about,
) -> None:
    """Write one prompts file; a row is its fields, ``answer``, and what of the rest it has."""
    fields = [name for name in rows[0] if name not in {"options", "answer", "references", "group"}]
    columns = {
        "row": pa.array(range(len(rows)), pa.int64()),
        **{f"field.{name}": pa.array([row[name] for row in rows], pa.string()) for name in fields},
        "options": pa.array([list(row.get("options", ())) for row in rows], STRINGS),
        "answer": pa.array([row["answer"] for row in rows], pa.string()),
        "references": pa.array(
            [list(row.get("references", [row["answer"]])) for row in rows], STRINGS
        ),
        "group": pa.array([row.get("group", "") for row in rows], pa.string()),
    }
    whole = {
        "task": task,
        "dataset": task,
        "cluster": "nli",
        "title": task.title(),
        "split": split,
        "kind": "classification",
        "mode": "natural",
        "templates": [asdict(template) for template in templates],
        "inputs": fields,
        "long": fields[:1],
        "metrics": ["accuracy"],
        "max_target_tokens": 8,
        **about,
    }
    schemas.write_table(folder / task / f"{split}.parquet", "prompts/1", pa.table(columns), whole)


def sky() -> list[dict]:
    """Yes or no, by day and by night; two questions of one thing belong together."""
    return [
        {"thing": thing, "when": when, "options": ("yes", "no"), "answer": answer, "group": thing}
        for i, thing in enumerate(THINGS)
        for when, answer in (("day", ("yes", "no")[i % 2]), ("night", ("no", "yes")[i % 2]))
    ]


def place() -> list[dict]:
    """Lists of options of their own, some with two right answers."""
    return [
        {
            "animal": animal,
            "options": LIVES[i % 3],
            "answer": LIVES[i % 3][i % 2],
            "references": LIVES[i % 3][i % 2 : i % 2 + 1 + i % 2],
        }
        for i, animal in enumerate(ANIMALS)
    ]


def words() -> list[dict]:
    """Free text, both ways."""
    return [{"english": one, "latin": two, "answer": two} for one, two in WORDS]


@pytest.fixture(scope="session")
def cluster(tmp_path_factory) -> Path:
    """A folder with ``prompts`` and a ``checkpoint``; tests only read it."""
    folder = tmp_path_factory.mktemp("cluster")
    prompts = folder / "prompts"
    for split in ("train", "dev", "test"):
        write_prompts(prompts, "place", split, place(), PLACE)
        write_prompts(prompts, "sky", split, sky(), SKY)
        write_prompts(
            prompts, "ways", split, words(), WAYS, kind="generation", metrics=["bleu", "rouge1"]
        )
    train_tokenizer(_texts(prompts), 400, folder / "checkpoint")
    model = load_model("tiny", tokenizer_dir=folder / "checkpoint", seed=5)
    model.save_pretrained(folder / "checkpoint")
    return folder


def _texts(prompts: Path) -> list[str]:
    texts: list[str] = []
    for task in ("place", "sky", "ways"):
        shown = Prompts.open(prompts, task, "train")
        for template in range(len(shown.templates)):
            rendered = shown.render(range(len(shown)), template)
            texts += rendered.inputs + rendered.targets
    return texts


@pytest.fixture(scope="session")
def tokenizer(cluster) -> Tokenizer:
    return Tokenizer.open(cluster / "checkpoint")


@pytest.fixture
def written() -> Callable[..., None]:
    """``write_prompts``, for tests that need tasks of their own."""
    return write_prompts

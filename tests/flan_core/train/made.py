"""Small packs for the tests and benchmarks of training, in the files that ``pack`` writes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from flan_core import packs, schemas

VOCABULARY = 256
TASKS = ("rte", "copa", "sst2")
CLUSTERS = ("nli", "commonsense", "sentiment")


@dataclass(frozen=True)
class Document:
    """One example."""

    tokens: Sequence[int]
    target: int
    """How many tokens stand before the target."""
    task: int


def write_tokenizer(folder: Path, vocabulary: int = VOCABULARY) -> None:
    """Write a tokenizer of whole words: ``<eos>``, ``<pad>``, t2, t3 and so on."""
    words = {"<eos>": 0, "<pad>": 1} | {f"t{index}": index for index in range(2, vocabulary)}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<pad>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<eos>", pad_token="<pad>"
    ).save_pretrained(folder)


def write_packs(
    folder: Path, *, steps: int = 12, packs_per_step: int = 4, length: int = 64, seed: int = 0
) -> Path:
    """Write packs of documents that count upwards, of 5 to 25 tokens, 2 to 4 of them targets."""
    write_tokenizer(folder / "tokenizer")
    rng = np.random.default_rng(seed)
    filled = [list(_fill(rng, length)) for _ in range(steps * packs_per_step)]
    return write_documents(folder, filled, length=length, packs_per_step=packs_per_step)


def _fill(rng: np.random.Generator, room: int) -> Iterator[Document]:
    while (size := int(rng.integers(5, 26))) <= room:
        room -= size
        ids = (rng.integers(2, VOCABULARY) + rng.integers(1, 4) * np.arange(size)) % 254 + 2
        target = size - int(rng.integers(2, 5))
        yield Document([*ids[:-1].tolist(), 0], target, int(rng.integers(3)))


def write_documents(
    folder: Path, filled: Sequence[Sequence[Document]], *, length: int, packs_per_step: int
) -> Path:
    """Write the documents of each pack; the tokenizer is there already."""
    documents = [document for pack in filled for document in pack]
    ends = np.cumsum([len(document.tokens) for document in documents])
    examples = [
        (end, draw, document.target, 0, document.task, 0, 0)
        for draw, (end, document) in enumerate(zip(ends, documents, strict=True))
    ]
    np.save(folder / packs.EXAMPLES, np.array(examples, packs.EXAMPLE))
    np.save(folder / packs.PLAN, np.arange(len(documents), dtype=np.int64))
    np.save(folder / packs.STARTS, np.cumsum([0, *map(len, filled)]).astype(np.int64))
    tokens = [token for document in documents for token in document.tokens]
    np.array(tokens, np.uint16).tofile(folder / packs.TOKENS)
    names = (packs.EXAMPLES, packs.PLAN, packs.STARTS, packs.TOKENS)
    files = {
        name: {
            "bytes": (folder / name).stat().st_size,
            "sha256": schemas.file_sha256(folder / name),
        }
        for name in names
    }
    about = {
        "length": length,
        "num_packs": len(filled),
        "packs_per_step": packs_per_step,
        "num_steps": len(filled) // packs_per_step,
        "tasks": TASKS,
        "clusters": CLUSTERS,
        "sha256": schemas.text_sha256(schemas.dumps(files)),
        "eos": 0,
        "dtype": "<u2",
        "files": files,
    }
    schemas.write_json(folder / packs.FILE, packs.SCHEMA, about)
    return folder

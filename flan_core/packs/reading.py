"""Read packs: map the files, take a pack or a step's batch."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from flan_core.errors import BadInput
from flan_core.schemas import file_sha256, read_json

SCHEMA = "packs/1"
FILE = "packs.json"
TOKENS, EXAMPLES, PLAN, STARTS = "tokens.bin", "examples.npy", "plan.npy", "starts.npy"

EXAMPLE = np.dtype(
    [
        ("end", "<i8"),  # where its tokens end in tokens.bin; they begin where the one before ends
        ("draw", "<i8"),
        ("target", "<i4"),  # how many of its tokens stand before the target
        ("row", "<i4"),
        ("task", "<i2"),
        ("template", "u1"),
        ("shots", "u1"),
    ]
)
"""What is known of an example."""

Array = npt.NDArray[Any]


class Pack(NamedTuple):
    """One pack: the first four have ``length`` entries, the others one a segment."""

    tokens: Array
    """uint32; padding is 0 in segment 0."""
    segments: Array
    """int32; 0 is padding, examples count from 1."""
    positions: Array
    """int32; from 0 in each segment."""
    loss: Array
    """uint8; 1 on the tokens of targets and their end."""
    task: Array
    """int32; the task of each segment, an index of ``Packs.tasks``."""
    example: Array
    """int64; the example of each segment, an index of ``Packs.examples``."""


class Batch(NamedTuple):
    """Packs stacked: ``[packs, length]``, and ``[packs, most segments]`` padded with -1."""

    tokens: Array
    segments: Array
    positions: Array
    loss: Array
    task: Array
    example: Array


class Packs:
    """The packs of a run, mapped into memory."""

    def __init__(self, folder: Path, about: dict[str, Any]) -> None:
        """Map the files that ``packs.json`` names; ``Packs.open`` reads it."""
        self.folder, self.about = folder, about
        self.length: int = about["length"]
        self.num_packs: int = about["num_packs"]
        self.packs_per_step: int = about["packs_per_step"]
        self.num_steps: int = about["num_steps"]
        self.tasks: tuple[str, ...] = tuple(about["tasks"])
        self.clusters: tuple[str, ...] = tuple(about["clusters"])
        self.tokenizer = folder / "tokenizer"
        self.sha256: str = about["sha256"]
        self.eos: int = about["eos"]
        self._check_sizes()
        self.examples: Array = np.load(folder / EXAMPLES, mmap_mode="r")
        self.plan: Array = np.load(folder / PLAN, mmap_mode="r")
        self.starts: Array = np.load(folder / STARTS, mmap_mode="r")
        self.tokens: Array = np.memmap(folder / TOKENS, np.dtype(about["dtype"]), "r")

    @classmethod
    def open(cls, folder: Path) -> "Packs":
        """Open a packs folder.

        Raises:
            BadInput: a file is missing or has another size than when it was written.
        """
        return cls(folder, read_json(folder / FILE, SCHEMA))

    def _check_sizes(self) -> None:
        for name, file in self.about["files"].items():
            path = self.folder / name
            size = path.stat().st_size if path.is_file() else -1
            if size != file["bytes"]:
                found = "is missing" if size < 0 else f"has {size:,} bytes, not {file['bytes']:,}"
                raise BadInput(f"{path} {found}; the copy is not whole: run pack again")

    def verify(self) -> None:
        """Read every file and compare its SHA-256 with the one that was written down.

        Raises:
            BadInput: a file has changed since.
        """
        for name, file in self.about["files"].items():
            if file_sha256(self.folder / name) != file["sha256"]:
                raise BadInput(
                    f"{self.folder / name} has changed since pack wrote it: run pack again"
                )

    def pack(self, number: int) -> Pack:
        """Return pack ``number``, 0 to ``num_packs`` less one."""
        if not 0 <= number < self.num_packs:
            raise BadInput(f"there is no pack {number}: {self.folder} has {self.num_packs:,} packs")
        chosen = np.asarray(self.plan[self.starts[number] : self.starts[number + 1]], np.int64)
        tokens = np.zeros(self.length, np.uint32)
        segments, positions = np.zeros((2, self.length), np.int32)
        loss = np.zeros(self.length, np.uint8)
        at = 0
        for segment, example in enumerate(chosen.tolist(), start=1):
            begin, end, target = self._span(example)
            size = end - begin
            tokens[at : at + size] = self.tokens[begin:end]
            segments[at : at + size] = segment
            positions[at : at + size] = np.arange(size)
            loss[at + target : at + size] = 1
            at += size
        task = self.examples["task"][chosen].astype(np.int32)
        return Pack(tokens, segments, positions, loss, task, chosen)

    def _span(self, example: int) -> tuple[int, int, int]:
        record = self.examples[example]
        begin = int(self.examples[example - 1]["end"]) if example else 0
        return begin, int(record["end"]), int(record["target"])

    def batch(self, step: int, rank: int = 0, world: int = 1) -> Batch:
        """Return the packs of ``step`` that belong to ``rank`` of ``world``.

        Raises:
            BadInput: the step does not exist, or its packs cannot be shared out evenly.
        """
        if not 0 <= step < self.num_steps:
            raise BadInput(
                f"there is no step {step}: the packs in {self.folder} are for {self.num_steps}"
            )
        if self.packs_per_step % world or not 0 <= rank < world:
            raise BadInput(
                f"{self.packs_per_step} packs a step cannot be shared out evenly among {world} "
                "ranks; choose pack.tokens_per_step / pack.length as a multiple of the ranks"
            )
        share = self.packs_per_step // world
        first = step * self.packs_per_step + rank * share
        packs = [self.pack(number) for number in range(first, first + share)]
        most = max(len(pack.task) for pack in packs)
        return Batch(
            tokens=np.stack([pack.tokens for pack in packs]),
            segments=np.stack([pack.segments for pack in packs]),
            positions=np.stack([pack.positions for pack in packs]),
            loss=np.stack([pack.loss for pack in packs]),
            task=np.stack([_padded(pack.task, most) for pack in packs]),
            example=np.stack([_padded(pack.example, most) for pack in packs]),
        )


def _padded(values: Array, size: int) -> Array:
    padded = np.full(size, -1, values.dtype)
    padded[: len(values)] = values
    return padded

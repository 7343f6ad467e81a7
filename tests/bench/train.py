"""Training against TRL's SFTTrainer with packing: same model, documents and threads, in one run.

    documents   invented, of log-normal length (median 150 tokens), a part of each being target
    ours        packs of these documents, attention by document, vocabulary at targets only
    theirs      the same documents tokenised already, ``packing=True`` (best fit decreasing)

Each side trains in a process of its own, by turns; the better of the turns counts. A side's speed
is the real tokens of a step (no padding) over the median step, after the first few steps.

    python -m tests.bench.train [--threads 2] [--turns 2]

On a GPU, models of the shapes of Llama 1B and 8B are trained in bfloat16, compiled, and the share
of the GPU's peak and the peak of memory are printed as well. That part has not been run: no GPU was
at hand when it was written.

What each change gave on a CPU (one thread, the 4-layer Llama, 1,280 tokens, forward and backward;
all three with the other changes in place):

    as it is                                     459 ms
    the vocabulary at every position             1,587 ms
    one dense mask instead of SDPA by document   794 ms

Adafactor's column sums in pieces that stay in the cache took its step from 90 to 26 ms for 11
million parameters (torch's fused AdamW: 11 ms). Sharding a world of one costs 3 to 8 %; it stays,
since it is one path for one process and for many.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from tests.bench.results import WANTED, record, show
from tests.flan_core.train.made import Document, write_documents, write_tokenizer

WARM = 3
"""Steps that do not count."""


@dataclass(frozen=True)
class Case:
    """One comparison."""

    name: str
    model: str
    vocabulary: int
    length: int
    packs: int
    """Packs of a step."""
    steps: int
    long_targets: float
    """Share of documents whose target is 20 to 60 tokens long; the others have 2 to 4."""
    goal: float
    optimizers: tuple[str, ...] = ("adamw",)


BOTH = ("adamw", "adafactor")
CPU = (
    Case("4-layer Llama, 8 % targets", "llama-256", 32_000, 1_280, 1, 10, 0.3, 3.0, BOTH),
    Case("4-layer Llama, 2 % targets", "llama-256", 32_000, 1_280, 1, 10, 0.0, 3.0),
)
GPU = (
    Case("1B, packs of 2,048", "llama-1b", 32_000, 2_048, 16, 30, 0.3, 1.3, BOTH),
    Case("1B, packs of 4,096", "llama-1b", 32_000, 4_096, 8, 30, 0.3, 1.3),
    Case("8B, packs of 4,096", "llama-8b", 32_000, 4_096, 8, 20, 0.3, 1.3, ("adafactor",)),
)


@dataclass(frozen=True)
class Speed:
    """What a side reached."""

    tokens_per_second: float
    data_share: float
    mfu: float | None
    memory: int


def documents(case: Case) -> Iterator[list[Document]]:
    """Yield the documents of each pack."""
    rng = np.random.default_rng(0)
    for _ in range(case.packs * case.steps):
        pack, room = [], case.length
        while (size := int(np.clip(rng.lognormal(5.0, 0.9), 24, 1_024))) <= room:
            room -= size
            longer = rng.random() < case.long_targets and size > 80
            target = int(rng.integers(20, 61)) if longer else int(rng.integers(2, 5))
            tokens = rng.integers(2, case.vocabulary, size)
            pack.append(Document([*tokens[:-1].tolist(), 0], size - target, int(rng.integers(3))))
        yield pack


def ours(case: Case, folder: Path, optimizer: str) -> Speed:
    """Train in this process and read what it wrote."""
    from flan_core.config import Train
    from flan_core.train.run import train

    config = Train(
        model=case.model,
        optimizer=optimizer,  # type: ignore[arg-type]
        learning_rate=1e-4,
        save_every=0,
        compile=torch.cuda.is_available(),
    )
    train(config, packs=folder / "packs", checkpoint=folder / "checkpoint")
    text = (folder / "checkpoint" / "steps.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()][WARM:]
    seconds = statistics.median(line["seconds"] for line in lines)
    tokens = statistics.mean(x["tokens"]["target"] + x["tokens"]["input"] for x in lines)
    used = [line["mfu"] for line in lines if line["mfu"] is not None]
    return Speed(
        tokens_per_second=tokens / seconds,
        data_share=sum(x["data_wait"] for x in lines) / sum(x["seconds"] for x in lines),
        mfu=statistics.median(used) if used else None,
        memory=lines[-1]["memory"],
    )


def theirs(case: Case, folder: Path, optimizer: str) -> Speed:
    """Train with TRL on the same documents; its packer fills rows of the same length."""
    from datasets import Dataset
    from transformers import AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    from flan_core.model.load import load_model

    gpu = torch.cuda.is_available()
    model = load_model(case.model, tokenizer_dir=folder / "packs" / "tokenizer", seed=0)
    every = [document for pack in documents(case) for document in pack]
    rows = Dataset.from_dict(
        {
            "input_ids": [list(each.tokens) for each in every],
            "completion_mask": [
                [int(index >= each.target) for index in range(len(each.tokens))] for each in every
            ],
        }
    )
    config = SFTConfig(
        output_dir=str(folder / "trl"),
        packing=True,
        max_length=case.length,
        per_device_train_batch_size=case.packs,
        max_steps=case.steps,
        learning_rate=1e-4,
        optim={"adamw": "adamw_torch_fused", "adafactor": "adafactor"}[optimizer],
        lr_scheduler_type="constant",
        gradient_checkpointing=False,
        completion_only_loss=True,
        logging_steps=10_000,
        report_to="none",
        save_strategy="no",
        use_cpu=not gpu,
        bf16=gpu,
        use_liger_kernel=gpu and find_spec("liger_kernel") is not None,
        disable_tqdm=True,
    )
    tokenizer = AutoTokenizer.from_pretrained(folder / "packs" / "tokenizer")
    trainer = SFTTrainer(
        model=model, args=config, train_dataset=rows, processing_class=tokenizer,
        callbacks=[clock := _clock()],
    )  # fmt: skip
    trainer.train()
    packed = [len(row["input_ids"]) for row in trainer.train_dataset]
    seconds = statistics.median(clock.seconds[WARM:])
    return Speed(
        tokens_per_second=statistics.mean(packed) * case.packs / seconds,
        data_share=0.0,
        mfu=None,
        memory=torch.cuda.max_memory_allocated() if gpu else 0,
    )


def _clock() -> Any:
    """Return a callback of transformers that keeps the seconds of each step."""
    from transformers import TrainerCallback

    class Clock(TrainerCallback):  # type: ignore[misc]
        def __init__(self) -> None:
            self.seconds: list[float] = []

        def on_step_begin(self, *_: Any, **__: Any) -> None:
            self.began = time.perf_counter()

        def on_step_end(self, *_: Any, **__: Any) -> None:
            self.seconds.append(time.perf_counter() - self.began)

    return Clock()


SIDES = {"ours": ours, "theirs": theirs}


def in_a_process(side: str, case: Case, folder: Path, optimizer: str, threads: int) -> Speed:
    """Run one side in a fresh process."""
    order = {"side": side, "case": asdict(case), "folder": str(folder), "optimizer": optimizer}
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.train", "--order", json.dumps(order)],
        env={**os.environ, "OMP_NUM_THREADS": str(threads)},
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"{side} failed:\n{done.stderr[-3000:]}")
    return Speed(**json.loads(done.stdout.splitlines()[-1]))


def obey(order: dict[str, Any]) -> None:
    """Run the side that is asked for, in this process, and print what it reached."""
    speed = SIDES[order["side"]](Case(**order["case"]), Path(order["folder"]), order["optimizer"])
    print(json.dumps(asdict(speed)))


def compare(case: Case, *, optimizer: str, threads: int, turns: int) -> list[dict[str, Any]]:
    """Measure both sides by turns and record them."""
    found: dict[str, list[Speed]] = {"ours": [], "theirs": []}
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_tokenizer(folder / "packs" / "tokenizer", case.vocabulary)
        filled = list(documents(case))
        write_documents(folder / "packs", filled, length=case.length, packs_per_step=case.packs)
        for side in ("ours", "theirs") * turns:
            found[side].append(in_a_process(side, case, folder, optimizer, threads))
    mine, other = (max(found[side], key=lambda each: each.tokens_per_second) for side in found)
    print(f"{case.name}, {optimizer}: ours {mine}; theirs {other}")
    return [
        record(
            name=f"train {case.name}, {optimizer}",
            ours=mine.tokens_per_second,
            peer=other.tokens_per_second,
            peer_version=f"trl {version('trl')}",
            goal=case.goal,
            unit="tokens/s",
        ),
        *_wanted(case, optimizer, mine),
    ]


def _wanted(case: Case, optimizer: str, mine: Speed) -> Iterator[dict[str, Any]]:
    """Record what has no peer: the wait for data, and the share of a GPU's peak."""
    yield record(
        name=f"train {case.name}, {optimizer}: waiting for data",
        ours=100 * mine.data_share,
        peer=1.0,
        peer_version=WANTED,
        goal=1.0,
        unit="% of a step",
        less_is_better=True,
    )
    if mine.mfu is not None:
        yield record(
            name=f"train {case.name}, {optimizer}: MFU",
            ours=100 * mine.mfu,
            peer=50.0,
            peer_version=WANTED,
            goal=1.0,
            unit="% of the peak",
        )


def main() -> None:
    """Run the comparisons that this machine can run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--order", type=json.loads, help="run one side; used by this program")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--turns", type=int, default=2)
    arguments = parser.parse_args()
    if arguments.order:
        obey(arguments.order)
        return
    lines = [
        line
        for case in (GPU if torch.cuda.is_available() else CPU)
        for optimizer in case.optimizers
        for line in compare(
            case, optimizer=optimizer, threads=arguments.threads, turns=arguments.turns
        )
    ]
    show("train", lines)


if __name__ == "__main__":
    main()

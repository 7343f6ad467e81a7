"""Render, tokenise and pack: the whole engine against ``datasets.map`` and TRL, and against itself.

Both sides turn the same draws of the same mixture, the same templates and the same tokenizer into
packs of 2,048 tokens, on two cores. Theirs: a ``datasets.map`` that fills the templates, one that
tokenises (input, EOS, target, EOS; targets marked), ``trl.pack_dataset(strategy="bfd")``; each with
two processes. Memory is the largest sum of proportional shares (PSS) over a side's processes. Run
alone: ``python -m tests.bench.data_engine``.
"""

import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from flan_core.config import Pack
from flan_core.mixture import Mixture
from flan_core.pack import pack
from flan_core.pack.drawing import BLOCK, open_book
from flan_core.packs import Packs
from flan_core.prompt import Prompts
from flan_core.prompt.reading import written
from flan_core.tokens import Tokenizer
from tests.bench.data_rows import prepare
from tests.bench.results import WANTED, record, show

STEPS = 3_000
"""Enough for 200,000 prompts of the real rows, which have about 105 tokens."""
LENGTH = 2_048
PROCESSES = 2
RUNS = 3
MAX_INPUT, MAX_TARGET = 1_024, 256
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


def settings(folder: Path) -> Pack:
    """Return what both sides pack."""
    return Pack(
        tokenizer=str(folder / "tokenizer"),
        length=LENGTH,
        tokens_per_step=4 * LENGTH,
        steps=STEPS,
        dev_steps=0,
        processes=PROCESSES,
    )


def run_ours(folder: Path) -> None:
    """Pack with the project's step."""
    packs = folder / "packs"
    pack(settings(folder), prompts=folder / "prompts", mixture=folder / "mixture", packs=packs)


def run_theirs(folder: Path) -> None:
    """Pack with datasets and TRL, as its SFTTrainer prepares a data set."""
    import datasets
    from transformers import PreTrainedTokenizerFast
    from trl import pack_dataset

    datasets.disable_progress_bars()
    tokenizer = PreTrainedTokenizerFast.from_pretrained(str(folder / "tokenizer"))
    num_draws = Packs.open(folder / "packs").about["num_draws"]
    wording = Mixture.open(folder / "mixture").draws(0, num_draws).wording
    tasks = Mixture.open(folder / "mixture").tasks
    opened = [Prompts.open(folder / "prompts", task, "train") for task in tasks]
    rows = [_filled(each) for each in opened]
    patterns = [[(t.inputs, t.targets) for t in each.templates] for each in opened]
    drawn = datasets.Dataset.from_dict(
        {name: getattr(wording, name) for name in ("task", "row", "template")}
    )

    def render(batch: dict[str, list[Any]]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {"prompt": [], "completion": []}
        for task, row, template in zip(batch["task"], batch["row"], batch["template"], strict=True):
            prompt, completion = patterns[task][template]
            found["prompt"].append(prompt.format_map(rows[task][row]))
            found["completion"].append(completion.format_map(rows[task][row]))
        return found

    def tokenise(batch: dict[str, list[str]]) -> dict[str, list[list[int]]]:
        eos = [tokenizer.eos_token_id]
        prompts = tokenizer(batch["prompt"], add_special_tokens=False)["input_ids"]
        targets = tokenizer(batch["completion"], add_special_tokens=False)["input_ids"]
        pairs = [
            (p[: MAX_INPUT - 1] + eos, t[: MAX_TARGET - 1] + eos)
            for p, t in zip(prompts, targets, strict=True)
        ]
        return {
            "input_ids": [p + t for p, t in pairs],
            "completion_mask": [[0] * len(p) + [1] * len(t) for p, t in pairs],
        }

    way = {"num_proc": PROCESSES, "load_from_cache_file": False}
    texts = drawn.map(render, batched=True, remove_columns=drawn.column_names, **way)
    ids = texts.map(tokenise, batched=True, remove_columns=texts.column_names, **way)
    pack_dataset(ids, LENGTH, "bfd", way)


def _filled(prompts: Prompts) -> list[dict[str, Any]]:
    return [
        {
            **{name.removeprefix("field."): value for name, value in row.items()},
            "options_": "\n- ".join(["OPTIONS:", *row["options"]]),
        }
        for row in prompts.table.to_pylist()
    ]


def compare_with_tokenising(folder: Path) -> float:
    """Return how many times as long the whole engine takes as tokenising alone, both warm.

    Both in one process, on as many threads, with the same prompts; what loads once (compiled code,
    the tokenizer) is loaded before.
    """
    run_ours(folder)
    started = time.perf_counter()
    run_ours(folder)
    return (time.perf_counter() - started) / tokenise_alone(folder)


def tokenise_alone(folder: Path) -> float:
    """Return the seconds that encoding the same prompts takes alone, on as many threads."""
    mixture = Mixture.open(folder / "mixture")
    book = open_book(mixture, folder / "prompts", folder / "scratch.bin")
    tokenizer = Tokenizer.open(folder / "tokenizer")
    num_draws = Packs.open(folder / "packs").about["num_draws"]
    texts = [
        written(book, mixture.draws(start, start + BLOCK).wording)
        for start in range(0, num_draws, BLOCK)
    ]
    started = time.perf_counter()
    with ThreadPoolExecutor(PROCESSES) as pool:
        list(pool.map(lambda each: tokenizer.encode_bytes(each.text, each.ends), texts))
    return time.perf_counter() - started


def hugging_face_alone(folder: Path, num_texts: int = 20_000) -> float:
    """Return the texts per second of the tokenizer itself, on all cores."""
    from tests.bench.data_rows import some_texts

    texts = some_texts(folder, num_texts)[0::2]
    backend = Tokenizer.open(folder / "tokenizer").backend
    started = time.perf_counter()
    backend.encode_batch_fast(texts, add_special_tokens=False)
    return len(texts) / (time.perf_counter() - started)


def measured(side: str, folder: Path) -> tuple[float, float]:
    """Run one side in a process of its own; returns seconds of its work, and peak MiB."""
    command = [sys.executable, "-m", "tests.bench.data_engine", side, str(folder)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    peak = 0.0
    while process.poll() is None:
        started = time.perf_counter()
        peak = max(peak, _share(process.pid))
        time.sleep(max(0.1, 20 * (time.perf_counter() - started)))  # looking costs the side time
    out = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: run it alone to see why")
    return float(out.strip().splitlines()[-1]), peak / 2**20


def _share(pid: int) -> float:
    """Return the memory of a process and its children in bytes, shared pages shared out."""
    place = Path("/proc") / str(pid)
    try:
        shares = _PSS.findall((place / "smaps_rollup").read_text())
        children = [path.read_text().split() for path in place.glob("task/*/children")]
    except OSError:  # it has ended
        return 0.0
    return sum(map(float, shares)) * 1024 + sum(
        _share(int(each)) for some in children for each in some
    )


def main() -> None:
    """Measure, print and record; with a side and a folder, run that side."""
    if len(sys.argv) == 3:
        side = {"ours": run_ours, "theirs": run_theirs, "alone": compare_with_tokenising}[
            sys.argv[1]
        ]
        started = time.perf_counter()
        alone = side(Path(sys.argv[2]))
        print(alone if isinstance(alone, float) else time.perf_counter() - started)
        return
    with tempfile.TemporaryDirectory() as place:
        folder = prepare(Path(place))
        measured("ours", folder)  # compiles, and writes the number of draws for the other side
        runs = {side: [] for side in ("ours", "theirs", "alone")}
        for _ in range(RUNS):
            for side, found in runs.items():
                found.append(measured(side, folder))
        num_draws = Packs.open(folder / "packs").about["num_draws"]
        tokenizer_rate = hugging_face_alone(folder)
    seconds = {side: float(np.median([s for s, _ in found])) for side, found in runs.items()}
    memory = {side: float(np.median([m for _, m in found])) for side, found in runs.items()}
    _record(num_draws, seconds, memory, tokenizer_rate)


def _record(
    num_draws: int, seconds: dict[str, float], memory: dict[str, float], tokenizer_rate: float
) -> None:
    rates = {side: num_draws / seconds[side] for side in ("ours", "theirs")}
    peers = f"datasets {version('datasets')} + trl {version('trl')}"
    lines = [
        record(
            name="render, tokenise and pack, two cores",
            ours=rates["ours"],
            peer=rates["theirs"],
            peer_version=peers,
            goal=5.0,
            unit="examples/s",
        ),
        record(
            name="render, tokenise and pack, peak memory",
            ours=memory["ours"],
            peer=memory["theirs"],
            peer_version=peers,
            goal=4.0,
            unit="MiB",
            less_is_better=True,
        ),
        record(
            name="whole engine against its own tokenising alone",
            ours=seconds["alone"],
            peer=1.3,
            peer_version=WANTED,
            goal=1.0,
            unit="times as long",
            less_is_better=True,
        ),
        record(
            name="whole engine against encode_batch alone",
            ours=rates["ours"],
            peer=tokenizer_rate,
            peer_version=f"tokenizers {version('tokenizers')}",
            goal=1.0,
            unit="examples/s",
        ),
    ]
    show(f"the data engine, {num_draws:,} prompts", lines)


if __name__ == "__main__":
    main()

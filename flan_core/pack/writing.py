"""The step pack: draw until the steps are full, plan, write, and say what came out."""

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, replace
from itertools import count, islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from flan_core import telemetry
from flan_core.config import Pack
from flan_core.errors import BadInput
from flan_core.mixture import Mixture
from flan_core.pack.achieved import achieved
from flan_core.pack.balancing import balanced
from flan_core.pack.dev import SPLIT as DEV
from flan_core.pack.dev import dev_mixture
from flan_core.pack.drawing import FATES, Block, Source, draw_block, open_book
from flan_core.pack.planning import filling, grouped
from flan_core.packs import EXAMPLES, FILE, PLAN, SCHEMA, STARTS, TOKENS
from flan_core.progress import Track
from flan_core.prompt.copying import Book
from flan_core.prompt.reading import written
from flan_core.schemas import dumps, file_sha256, text_sha256, whole, write_json
from flan_core.seeds import generator_of
from flan_core.tokens import Tokenizer, train_tokenizer

Array = npt.NDArray[Any]

TINY = "tiny"
"""The tokenizer of this name, and of those of its family (tiny-half), is trained on the prompts."""
_TRAINING_DRAWS = 20_000
_PROVING_DRAWS = 256
_HOPELESS_BLOCKS = 64


def pack(config: Pack, *, prompts: Path, mixture: Path, packs: Path) -> None:
    """Draw from the mixture until ``config.steps`` steps are full; write them, and dev packs.

    Raises:
        BadInput: the lengths do not go together, the tokenizer cannot be used, or the prompts are
            not those of the mixture.
    """
    _check(config)
    mixed = Mixture.open(mixture)
    with whole(packs) as draft:
        draft.mkdir(parents=True)
        scratch = draft / "scratch.bin"
        book = open_book(mixed, prompts, scratch)
        tokenizer = _tokenizer(config, mixed, book, draft / "tokenizer")
        source = Source(mixed, book, tokenizer, config, _dtype(tokenizer))
        about = _write_packs(source, draft)
        scratch.unlink()
        _write_about(about, _write_dev(source, prompts, draft / DEV), draft)


def _write_packs(source: Source, folder: Path) -> dict[str, Any]:
    """Write tokens and plan into ``folder``; returns what ``packs.json`` says, written too."""
    examples, fates = _write_tokens(source, folder / TOKENS)
    examples = _write_plan(source, examples, folder)
    about = _about(source, examples, fates, folder)
    write_json(folder / FILE, SCHEMA, about)
    return about


def _write_dev(source: Source, prompts: Path, folder: Path) -> dict[str, Any]:
    """Write the dev packs and say what is in them; nothing where no task has dev prompts."""
    config = source.config
    mixed = dev_mixture(source.mixture, prompts) if config.dev_steps else None
    if mixed is None:
        return {}
    folder.mkdir()
    scratch = folder / "scratch.bin"
    book = open_book(mixed, prompts, scratch, DEV)
    config = replace(config, steps=config.dev_steps)
    about = _write_packs(replace(source, mixture=mixed, book=book, config=config), folder)
    scratch.unlink()
    source.tokenizer.save(folder / "tokenizer")
    return about


def _check(config: Pack) -> None:
    if config.tokens_per_step % config.length:
        raise BadInput(
            f"pack.tokens_per_step {config.tokens_per_step} is no multiple of pack.length "
            f"{config.length}"
        )
    if config.max_input + config.max_target > config.length:
        raise BadInput(
            f"pack.length {config.length} cannot hold an example of pack.max_input "
            f"{config.max_input} and pack.max_target {config.max_target} tokens: make it their sum"
        )
    if min(config.max_input, config.max_target) < 2:
        raise BadInput("pack.max_input and pack.max_target must be 2 or more: a token and its end")


def _dtype(tokenizer: Tokenizer) -> np.dtype[Any]:
    return np.dtype("<u2" if tokenizer.size <= 1 << 16 else "<u4")


def _tokenizer(config: Pack, mixed: Mixture, book: Book, folder: Path) -> Tokenizer:
    """Open or train the tokenizer, keep a copy in ``folder``, prove its compiled way on prompts."""
    if config.tokenizer.split("-")[0] == TINY:
        texts = _texts(mixed, book, _TRAINING_DRAWS)
        tokenizer = train_tokenizer(texts, config.vocabulary, folder)
    else:
        tokenizer = Tokenizer.open(config.tokenizer)
        tokenizer.save(folder)
    tokenizer.prove(_texts(mixed, book, _PROVING_DRAWS))
    return tokenizer


def _texts(mixed: Mixture, book: Book, num_draws: int) -> list[str]:
    """Return inputs and targets of the first draws, at most one for every row that may be drawn."""
    rows = sum(len(rows) for rows in mixed.rows)
    texts = written(book, mixed.draws(0, min(num_draws, rows)).wording)
    blob = texts.text[: texts.ends[-1]].tobytes()
    return [blob[a:b].decode() for a, b in pairwise(texts.ends.tolist())]


def _blocks(source: Source, wanted: int) -> Iterator[Block]:
    """Yield blocks in order until they hold ``wanted`` tokens, or nothing for many blocks.

    Threads make the next ones ahead, no more than seem to be needed; they are enough, since the
    compiled loops release the interpreter's lock.
    """
    threads = source.config.processes or os.cpu_count() or 1
    with ThreadPoolExecutor(threads) as pool:
        started = (pool.submit(draw_block, source, number) for number in count())
        yield from _until(wanted, started, threads + 1)
        pool.shutdown(cancel_futures=True)


def _until(wanted: int, started: Iterator[Future[Block]], ahead: int) -> Iterator[Block]:
    """Yield blocks as ``_blocks`` does, starting at most ``ahead`` of them before they are due."""
    waiting = deque(islice(started, ahead))
    total = 0
    for number in count(1):
        block = waiting.popleft().result()
        yield block
        total += len(block.tokens)
        if total >= wanted or (number >= _HOPELESS_BLOCKS and not total):
            return
        if not waiting or total + len(waiting) * total / number < wanted:
            waiting.append(next(started))


def _write_tokens(source: Source, path: Path) -> tuple[Array, Array]:
    """Write blocks until they can fill the steps; returns the examples and the draws' fates."""
    wanted = source.config.steps * source.config.tokens_per_step
    examples, fates = [], []
    total = 0
    with path.open("wb") as file, Track("pack", wanted, "tokens") as progress:
        for block in _blocks(source, wanted):
            file.write(block.tokens.data)
            block.examples["end"] += total
            total += len(block.tokens)
            examples.append(block.examples)
            fates.append(block.fates)
            progress.advance(min(len(block.tokens), wanted - progress.done))
    if not total:
        raise BadInput(
            "every draw is dropped for its length: raise pack.max_input or pack.max_target"
        )
    return np.concatenate(examples), np.concatenate(fates)


def _write_plan(source: Source, examples: Array, folder: Path) -> Array:
    """Plan the packs and write all but the tokens, which end with the last example of the plan.

    Returns the examples in the plan: the first ones, as many as fill the steps.
    """
    config = source.config
    packs_per_step = config.tokens_per_step // config.length
    num_packs = config.steps * packs_per_step
    lengths = np.diff(examples["end"], prepend=0).astype(np.int32)
    pack_of, kept = filling(lengths, config.length, num_packs)
    examples, lengths = examples[:kept], lengths[:kept]
    costs = np.bincount(pack_of, lengths.astype(np.float64) ** 2, minlength=num_packs)
    targets = np.bincount(pack_of, lengths - examples["target"], minlength=num_packs)
    order = balanced(costs, targets, packs_per_step, generator_of("packs", config.seed))
    place = np.empty(num_packs, np.int32)
    place[order] = np.arange(num_packs, dtype=np.int32)
    plan, starts = grouped(place[pack_of], num_packs)
    np.save(folder / PLAN, plan)
    np.save(folder / STARTS, starts)
    np.save(folder / EXAMPLES, examples)
    os.truncate(folder / TOKENS, int(examples["end"][-1]) * source.dtype.itemsize)
    return examples


def _about(source: Source, examples: Array, fates: Array, folder: Path) -> dict[str, Any]:
    """Return what ``packs.json`` says: sizes, hashes, settings, the mixture achieved."""
    config, mixed, tokenizer = source.config, source.mixture, source.tokenizer
    num_draws = int(examples["draw"][-1]) + 1
    counted = np.bincount(fates[:num_draws], minlength=len(mixed.tasks) * len(FATES))
    files = {
        name: {"bytes": (folder / name).stat().st_size, "sha256": file_sha256(folder / name)}
        for name in (TOKENS, EXAMPLES, PLAN, STARTS)
    }
    num_tokens = int(examples["end"][-1])
    packs_per_step = config.tokens_per_step // config.length
    slots = config.steps * config.tokens_per_step
    return {
        "length": config.length,
        "packs_per_step": packs_per_step,
        "num_steps": config.steps,
        "num_packs": config.steps * packs_per_step,
        "num_draws": num_draws,
        "num_examples": len(examples),
        "num_tokens": num_tokens,
        "num_target_tokens": num_tokens - int(examples["target"].sum(dtype=np.int64)),
        "efficiency": round(num_tokens / slots, 6),
        "tasks": list(mixed.tasks),
        "datasets": [part.dataset for part in mixed.parts],
        "clusters": [part.cluster for part in mixed.parts],
        "dtype": source.dtype.str,
        "eos": tokenizer.eos,
        "vocabulary": tokenizer.size,
        "encoded_by": tokenizer.path,
        "tokenizer_sha256": tokenizer.sha256,
        "mixture_sha256": mixed.sha256,
        "files": files,
        "sha256": text_sha256(dumps(files)),
        "settings": {k: v for k, v in asdict(config).items() if k != "processes"},
        "achieved": achieved(mixed, examples, counted.reshape(-1, len(FATES))),
    }


def _write_about(about: dict[str, Any], dev: dict[str, Any], folder: Path) -> None:
    """Write the flat facts that become the artifact's metadata."""
    telemetry.PACK_EFFICIENCY.set(about["efficiency"])
    counts = ("draws", "examples", "tokens", "target_tokens", "packs", "steps")
    flat = {name: about[f"num_{name}"] for name in counts}
    flat |= {name: about[name] for name in ("length", "efficiency", "vocabulary", "sha256")}
    flat |= {f"dev_{name}": dev.get(f"num_{name}", 0) for name in ("steps", "examples", "tokens")}
    parts = {**about["achieved"]["clusters"], **about["achieved"]["datasets"]}
    for part, line in parts.items():
        for name in ("examples", "tokens", "target_tokens", "epochs"):
            flat[f"{name}.{part}"] = line[name]
    (folder / "about.json").write_text(dumps(flat), encoding="utf-8")

"""Draw, render and encode a block of draws: the same bytes whoever does it, and when.

draws 0..4095  ->  wording  ->  text  ->  ids  ->  tokens of each example, EOS after input and
of the mixture     (mixture)   (prompt)  (tokens)  target; what was cut, what was dropped
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from flan_core.compiled import Array, compiled, copied
from flan_core.config import Pack
from flan_core.errors import BadInput
from flan_core.mixture import Draws, Mixture
from flan_core.pack.shots import with_exemplars
from flan_core.packs import EXAMPLE
from flan_core.prompt.cells import CellsWriter
from flan_core.prompt.copying import Book, bind
from flan_core.prompt.reading import Prompts, written
from flan_core.tokens import Encoded, Tokenizer
from flan_core.tokens.encoding import SHORTENED, TOO_LONG

BLOCK = 4_096
"""Draws that are done at a time."""

WHOLE, INPUT_CUT, TARGET_CUT, INPUT_DROPPED, TARGET_DROPPED = range(5)
FATES = ("whole", "input_cut", "target_cut", "input_dropped", "target_dropped")
"""What can become of a draw; one with both input and target cut counts as ``target_cut``."""


class Block(NamedTuple):
    """The examples of a block of draws."""

    tokens: Array
    """Their tokens, one after the other."""
    examples: Array
    """A record each (``packs.EXAMPLE``); ``end`` counts from the block's own first token."""
    fates: Array
    """What became of each draw: its task times the number of fates, plus its fate (int32)."""


@dataclass(frozen=True, slots=True)
class Source:
    """All that blocks are made from; threads share it."""

    mixture: Mixture
    book: Book
    tokenizer: Tokenizer
    config: Pack
    dtype: np.dtype[Any]


def open_book(mixture: Mixture, prompts: Path, scratch: Path, split: str = "train") -> Book:
    """Lay out the prompts of one split of all tasks of a mixture in one buffer, on disk.

    Raises:
        BadInput: the prompts are not those that the mixture was made from.
    """
    tasks = []
    writer = CellsWriter(scratch)
    for part in mixture.parts:
        opened = Prompts.open(prompts, part.task, split)
        if len(opened) != part.num_rows:
            raise BadInput(
                f"{prompts} has {len(opened):,} {split} examples of {part.task}, not the "
                f"{part.num_rows:,} that the mixture was made from: run mix again"
            )
        writer.add(opened.table)
        tasks.append(opened.task_patterns)
    return bind(writer, tasks)


def draw_block(source: Source, number: int) -> Block:
    """Make block ``number``: the draws from ``number * BLOCK`` on."""
    start = number * BLOCK
    draws = source.mixture.draws(start, start + BLOCK)
    encoded, shots = encoded_draws(source, draws)
    return _assembled(source, draws, encoded, shots, start)


def encoded_draws(source: Source, draws: Draws) -> tuple[Encoded, Array]:
    """Return the ids of each draw's input and target by turns, and its number of exemplars."""
    most = source.config.max_input - 1
    texts = written(source.book, draws.wording)
    shots = np.zeros(draws.visit.size, np.int64)
    if draws.exemplars.shape[1]:
        texts, shots = with_exemplars(source.book, source.tokenizer, draws, texts, most)
    sizes = np.zeros(len(texts.ends) - 1, np.int64)
    sizes[0::2] = most
    cuts = np.zeros((len(sizes), 2), np.int64)
    cuts[0::2] = texts.cuts
    return source.tokenizer.encode_bytes(texts.text, texts.ends, sizes, cuts), shots


def _assembled(source: Source, draws: Draws, encoded: Encoded, shots: Array, start: int) -> Block:
    config = source.config
    num_draws = draws.visit.size
    fates = np.zeros(num_draws, np.int64)
    fates[encoded.fates[0::2] == SHORTENED] = INPUT_CUT
    long_target = np.diff(encoded.ends)[1::2] > config.max_target - 1
    if config.long_targets == "refuse" and long_target.any():
        line = int(np.flatnonzero(long_target)[0])
        task = source.mixture.tasks[draws.wording.task[line]]
        raise BadInput(
            f"a target of {task} (row {draws.wording.row[line]}) has more than pack.max_target "
            f"{config.max_target} tokens, and pack.long_targets refuses it: cut or drop"
        )
    fates[long_target] = TARGET_DROPPED if config.long_targets == "drop" else TARGET_CUT
    fates[encoded.fates[0::2] == TOO_LONG] = INPUT_DROPPED
    kept = np.flatnonzero(fates < INPUT_DROPPED)
    tokens, examples = _copied(source, encoded, kept)
    wording = draws.wording
    examples["draw"] = start + kept
    examples["shots"] = shots[kept]
    for name in ("row", "task", "template"):
        examples[name] = getattr(wording, name)[kept]
    return Block(tokens, examples, (wording.task * len(FATES) + fates).astype(np.int32))


def _copied(source: Source, encoded: Encoded, kept: Array) -> tuple[Array, Array]:
    sizes = np.diff(encoded.ends)
    inputs = sizes[0::2][kept]
    targets = np.minimum(sizes[1::2][kept], source.config.max_target - 1)
    ends = np.cumsum(inputs + targets + 2)
    tokens = np.empty(int(ends[-1]) if len(ends) else 0, source.dtype)
    _copy(encoded.ids, encoded.ends, (kept, inputs, targets), tokens, source.tokenizer.eos)
    examples = np.zeros(len(kept), EXAMPLE)
    examples["end"] = ends
    examples["target"] = inputs + 1
    return tokens, examples


@compiled
def _copy(ids: Array, ends: Array, kept: tuple[Array, Array, Array], out: Array, eos: int) -> None:
    """Write input, EOS, target, EOS of each kept draw."""
    lines, inputs, targets = kept
    at = 0
    for number in range(lines.size):
        begin = ends[2 * lines[number]]
        at = copied(ids, begin, begin + inputs[number], out, at)
        out[at] = eos
        begin = ends[2 * lines[number] + 1]
        at = copied(ids, begin, begin + targets[number], out, at + 1)
        out[at] = eos
        at += 1

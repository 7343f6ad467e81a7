"""Packs: rows of tokens of one fixed length, each a few whole examples, addressed by step.

    tokens    [a a a b b .]   [c c c c . .]      . is padding
    segments  [1 1 1 2 2 0]   [1 1 1 1 0 0]
    positions [0 1 2 0 1 0]   [0 1 2 3 0 0]
    loss      [0 0 1 0 1 0]   [0 0 1 1 0 0]      1 on targets only

    packs/tokens.bin     every example's tokens once, in the order of the draws
          examples.npy   of each example: where its tokens end, where its target begins, task, draw
          plan.npy       the examples of every pack, pack by pack
          starts.npy     where each pack begins in the plan
          packs.json     counts, hashes, settings, the mixture achieved
          tokenizer/     the tokenizer's files
          dev/           the same again, from the dev split of the tasks trained on

The files are mapped into memory, so that opening costs milliseconds. Step ``s`` of the run has the
packs ``s * packs_per_step`` and following; rank ``r`` of ``w`` takes the ``r``-th of ``w`` parts
of them.
"""

from flan_core.packs.reading import (
    EXAMPLE,
    EXAMPLES,
    FILE,
    PLAN,
    SCHEMA,
    STARTS,
    TOKENS,
    Batch,
    Pack,
    Packs,
)
from flan_core.packs.show import show_pack

__all__ = [
    "EXAMPLE",
    "EXAMPLES",
    "FILE",
    "PLAN",
    "SCHEMA",
    "STARTS",
    "TOKENS",
    "Batch",
    "Pack",
    "Packs",
    "show_pack",
]

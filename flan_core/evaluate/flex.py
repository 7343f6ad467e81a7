"""Tree attention as one call of FlexAttention a layer: for GPUs, where many small calls are slow.

    keys    [root e e e e | row  p p p p a a b  q q q a b b]
    a token sees of the root what its question shares with it,
    and of the row what is before it in its own question's trunk and its own branch

Blocks of 128 x 128 that nobody sees are never computed. The row is padded to whole blocks; a
padding token sees itself alone.
"""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn.attention.flex_attention import BlockMask, create_block_mask, flex_attention

if TYPE_CHECKING:
    from flan_core.evaluate.tree import Row

BLOCK = 128
"""Tokens of a block; rows are padded to a multiple."""


def block_mask_of(row: "Row", window: int) -> BlockMask:
    """Return which blocks of keys each block of tokens sees; ``window`` 0 is no window."""
    length, root = row.tokens.shape[1], row.root.length
    question, branch, shared = row.question, row.branch, row.shared
    position = row.positions[0]

    def sees(batch: Tensor, head: Tensor, asks: Tensor, key: Tensor) -> Tensor:  # noqa: ARG001
        place = (key - root).clamp(min=0)
        mine = (question[asks] == question[place]) & (place <= asks)
        mine &= (branch[place] == 0) | (branch[place] == branch[asks])
        at = torch.where(key < root, key, position[place])
        near = (position[asks] - at < window) if window else (at >= 0)
        return torch.where(key < root, key < shared[asks], mine) & near

    return create_block_mask(
        sees, B=None, H=None, Q_LEN=length, KV_LEN=root + length, device=str(row.tokens.device)
    )


def attend_by_blocks(
    states: list[Tensor], mask: BlockMask, scale: float | None, softcap: float
) -> Tensor:
    """Return [1, H, T, D] of query [1, H, T, D], key and value [1, K, root + T, D]."""
    query, key, value = states
    out: Tensor = _kernel(query.is_cuda)(
        query,
        key,
        value,
        score_mod=_capped(softcap) if softcap else None,
        block_mask=mask,
        scale=scale,
        enable_gqa=query.shape[1] != key.shape[1],
    )
    return out


@cache
def _kernel(compiled: bool) -> Callable[..., Any]:
    kernel: Callable[..., Any] = flex_attention
    return torch.compile(kernel, dynamic=True) if compiled else kernel


@cache
def _capped(softcap: float) -> Callable[..., Tensor]:
    """Hold scores between plus and minus ``softcap`` (Gemma 2)."""

    def cap(score: Tensor, *place: Tensor) -> Tensor:  # noqa: ARG001 - its type
        return softcap * torch.tanh(score / softcap)

    return cap

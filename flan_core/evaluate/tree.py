"""Tree attention: the options of a prompt share its computation, and prompts share one row.

A question is a trunk (the prompt and its EOS) with branches (the options, each without its last
token, which is only ever predicted). Questions of different lengths lie in one row without padding:

    tokens     [p p p p | a a | b | q q | a b b b]     p q trunks, a b their branches
    positions  [0 1 2 3 | 4 5 | 4 | 0 1 | 2 2 3 4]     a branch starts where its trunk ends
    kept       [      3   4 5   6     8   9 ...  ]     where a next token is scored

A token sees its own trunk up to itself, its own branch up to itself and nothing else. Questions
that begin with the same exemplars also share a root: keys and values of the exemplars, computed
once.

    root  [e e e e e e e e e]                          a trunk may use all of it or its beginning

The attention is registered with transformers under one name and gets its row as an argument of the
forward call; no state is left in the model. Each question is its own small call of
scaled-dot-product attention, never a dense mask of the whole row; on a GPU all of them are one
call (flex.py).

Shapes: B = 1 row, H heads, T tokens, D of a head.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.attention.flex_attention import BlockMask
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

from flan_core.evaluate.flex import BLOCK, attend_by_blocks, block_mask_of

IntArray = npt.NDArray[np.int64]

NAME = "flan_tree"
"""Name of the attention in transformers' registry."""


class Unfit(Exception):
    """An architecture whose attention cannot be computed as a tree."""


@dataclass(frozen=True, slots=True)
class Question:
    """A prompt with its options, in tokens.

    ``trunk`` ends with the EOS that stands between input and target; each option ends with its EOS.
    The first ``shared`` tokens of ``trunk`` are also the first of the root it is asked with.
    """

    trunk: IntArray
    options: tuple[IntArray, ...]
    shared: int = 0

    @property
    def tokens(self) -> int:
        """Tokens that a forward pass computes for it."""
        return len(self.trunk) - self.shared + sum(len(option) - 1 for option in self.options)


@dataclass(slots=True)
class Root:
    """Keys and values [1, K, tokens, D] of tokens that many questions begin with, by module."""

    tokens: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    states: dict[nn.Module, tuple[Tensor, Tensor]] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """Tokens whose keys and values are there to be seen."""
        return len(self.tokens) if self.states else 0


@dataclass(frozen=True, slots=True)
class _Span:
    """Where one question lies in the row: trunk in start..fork, branches in fork..end."""

    start: int
    fork: int
    end: int
    shared: int
    branch: Tensor
    """For each token the number of its branch, 0 in the trunk."""
    position: Tensor


@dataclass(frozen=True, slots=True)
class _Piece:
    """One call of attention: which tokens of a question ask, of which keys, what is hidden."""

    asks: slice
    keys: slice
    mask: Tensor | None
    """Additive [asks, keys]; None is plain causal."""


@dataclass(slots=True)
class Row:
    """Questions laid side by side in one row of tokens; the argument of the attention."""

    tokens: Tensor
    """[1, T]"""
    positions: Tensor
    """[1, T]"""
    kept: Tensor
    """Places whose next token is scored: in each question the trunk's end, then its branches."""
    question: Tensor
    """[T] number of each token's question; each token of padding is one of its own."""
    branch: Tensor
    """[T] number of each token's branch, 0 in the trunk."""
    shared: Tensor
    """[T] tokens of the root that each token sees."""
    spans: tuple[_Span, ...]
    root: Root
    by_blocks: bool = False
    """Whether attention is one call over the row (flex.py) rather than some a question."""
    record: bool = False
    """Whether to put this row's keys and values into the root instead of reading them from it."""
    _pieces: dict[tuple[int, int], tuple[_Piece, ...]] = field(default_factory=dict)
    _block_masks: dict[int, BlockMask] = field(default_factory=dict)

    def pieces(self, index: int, window: int, dtype: torch.dtype) -> tuple[_Piece, ...]:
        """Return the calls of attention for question ``index``, made once for all layers.

        ``window`` is how many tokens a token sees, itself included; 0 is all.
        """
        key = (index, window)
        if key not in self._pieces:
            self._pieces[key] = _cut(self.spans[index], window, dtype)
        return self._pieces[key]

    def block_mask(self, window: int) -> BlockMask:
        """Return the mask of one call over the row, made once for all layers."""
        if window not in self._block_masks:
            self._block_masks[window] = block_mask_of(self, window)
        return self._block_masks[window]


def lay(
    questions: Sequence[Question],
    device: torch.device | str,
    root: Root | None = None,
    *,
    by_blocks: bool = False,
) -> Row:
    """Lay questions side by side in one row of tokens, for ``by_blocks`` padded to whole ones."""
    parts = [_one(question) for question in questions]
    sizes = np.array([len(words) for words, _, _ in parts])
    ends = np.cumsum(sizes)
    padding = -int(ends[-1]) % BLOCK if by_blocks else 0
    rows = [np.concatenate(each) for each in zip(*parts, strict=True)]
    rows.append(np.repeat(np.arange(len(parts)), sizes))
    rows.append(np.repeat([question.shared for question in questions], sizes))
    padded = [np.pad(row, (0, padding)) for row in rows]
    padded[3][ends[-1] :] = len(parts) + np.arange(padding)
    tokens, positions, branch, number, shared = (torch.from_numpy(r).to(device) for r in padded)
    spans: list[_Span] = []
    for question, start, end in zip(questions, ends - sizes, ends, strict=True):
        fork = start + len(question.trunk) - question.shared
        own = slice(start, end)
        spans.append(_Span(start, fork, end, question.shared, branch[own], positions[own]))
    kept = np.concatenate([np.arange(span.fork - 1, span.end) for span in spans])
    return Row(
        tokens=tokens[None],
        positions=positions[None],
        kept=torch.from_numpy(kept).to(device),
        question=number,
        branch=branch,
        shared=shared,
        spans=tuple(spans),
        root=root or Root(),
        by_blocks=by_blocks,
    )


def _one(question: Question) -> tuple[IntArray, IntArray, IntArray]:
    """Return a question's computed tokens, their positions, and their branches."""
    trunk = question.trunk[question.shared :]
    if not len(trunk):
        raise ValueError("a question's trunk must have a token of its own behind the root")
    branches = [option[:-1] for option in question.options]
    length = len(question.trunk)
    words = np.concatenate([trunk, *branches]).astype(np.int64)
    position = np.concatenate(
        [np.arange(question.shared, length), *(length + np.arange(len(b)) for b in branches)]
    )
    branch = np.repeat(np.arange(len(branches) + 1), [len(trunk), *(len(b) for b in branches)])
    return words, position.astype(np.int64), branch.astype(np.int64)


def _cut(span: _Span, window: int, dtype: torch.dtype) -> tuple[_Piece, ...]:
    """Say which calls of attention a question needs.

    Where nothing but the trunk itself is before it, the trunk is plainly causal: no mask, half the
    work.
    """
    size, fork = span.end - span.start, span.fork - span.start
    seen = seen_by(span, window)
    hidden = torch.zeros(seen.shape, dtype=dtype, device=seen.device)
    hidden.masked_fill_(~seen, float("-inf"))
    if span.shared or (0 < window <= int(span.position.max())):
        return (_Piece(slice(size), slice(None), hidden),)
    trunk = _Piece(slice(fork), slice(fork), None)
    return (trunk, _Piece(slice(fork, size), slice(None), hidden[fork:]))[: 1 + (fork < size)]


def seen_by(span: _Span, window: int = 0) -> Tensor:
    """Return which keys each token of a question sees: [tokens, shared + tokens]."""
    place = torch.arange(len(span.branch), device=span.branch.device)
    own = place[None] <= place[:, None]
    own &= (span.branch[None] == 0) | (span.branch[None] == span.branch[:, None])
    seen = torch.cat([own.new_ones(len(place), span.shared), own], dim=1)
    if window:
        shared = torch.arange(span.shared, device=place.device)
        keys = torch.cat([shared, span.position])
        seen &= span.position[:, None] - keys[None] < window
    return seen


def attend(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    **settings: Any,
) -> tuple[Tensor, None]:
    """Attend within a ``Row``: the function that transformers calls in each layer.

    query [1, H, T, D], key and value [1, K, T, D]; returns [1, T, H, D]. The row comes as the
    keyword ``row`` of the model's forward call.

    Raises:
        Unfit: the model does not hand the row on, or wants a form of attention not known here.
    """
    row = settings.get("row")
    if row is None or attention_mask is not None:
        raise Unfit(f"{type(module).__name__} does not hand our row on to its attention")
    for name in ("s_aux", "position_bias", "head_mask"):
        if settings.get(name) is not None:
            raise Unfit(f"{type(module).__name__} uses {name}")
    if row.record:
        row.root.states[module] = (key, value)
    form = _Form(settings.get("scaling"), settings.get("softcap") or 0.0)
    window = settings.get("sliding_window") or 0
    whole = [query, key, value]
    if row.by_blocks:
        out = _attend_by_blocks(row, module, whole, (form, window))
    else:
        out = torch.cat(list(_attend_by_question(row, module, whole, (form, window))), dim=2)
    return out.transpose(1, 2), None


def _attend_by_blocks(
    row: Row, module: nn.Module, states: list[Tensor], how: "tuple[_Form, int]"
) -> Tensor:
    form, window = how
    if row.root.length and not row.record:
        states = _behind(row.root, module, row.root.length, states)
    return attend_by_blocks(states, row.block_mask(window), form.scale, form.softcap)


def _attend_by_question(
    row: Row, module: nn.Module, states: list[Tensor], how: "tuple[_Form, int]"
) -> Iterator[Tensor]:
    form, window = how
    for index, span in enumerate(row.spans):
        own = [each[:, :, span.start : span.end] for each in states]
        if span.shared:
            own = _behind(row.root, module, span.shared, own)
        for piece in row.pieces(index, window, own[0].dtype):
            yield form.attend(own, piece)


def _behind(root: Root, module: nn.Module, length: int, states: list[Tensor]) -> list[Tensor]:
    """Put the first of the root's keys and values before these."""
    before = [each[:, :, :length] for each in root.states[module]]
    joined = [torch.cat(pair, dim=2) for pair in zip(before, states[1:], strict=True)]
    return [states[0], *joined]


@dataclass(frozen=True, slots=True)
class _Form:
    """What a layer asks of its attention besides who sees whom."""

    scale: float | None
    softcap: float

    def attend(self, states: list[Tensor], piece: _Piece) -> Tensor:
        """Return [1, H, asks, D] of one call."""
        query = states[0][:, :, piece.asks]
        key, value = (each[:, :, piece.keys] for each in states[1:])
        if self.softcap:
            return self._capped(query, key, value, piece.mask)
        return scaled_dot_product_attention(
            query,
            key,
            value,
            attn_mask=piece.mask,
            is_causal=piece.mask is None,
            scale=self.scale,
            enable_gqa=query.shape[1] != key.shape[1],
        )

    def _capped(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
        """Hold scores between plus and minus ``softcap`` (Gemma 2), which SDPA cannot."""
        times = query.shape[1] // key.shape[1]
        key, value = (states.repeat_interleave(times, dim=1) for states in (key, value))
        scale = query.shape[-1] ** -0.5 if self.scale is None else self.scale
        scores = torch.tanh(query @ key.mT * scale / self.softcap) * self.softcap
        if mask is None:
            mask = torch.full(scores.shape[-2:], float("-inf"), device=scores.device).triu(1)
        weights = (scores + mask).softmax(-1, dtype=torch.float32).to(query.dtype)
        return weights @ value


AttentionInterface.register(NAME, attend)

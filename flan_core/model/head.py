"""From packed tokens to a loss, with the vocabulary projected only where a target is predicted.

FLAN's targets are 2 to 20 per cent of the tokens, so the logits of all other positions, the largest
array of an ordinary step, are never made.

    tokens    [a a a b b .]      loss marks targets   [0 0 1 0 1 0]
    predict   [. 1 . 3 . .]      position 1 predicts token 2, position 3 predicts token 4
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the field's name for it
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel

from flan_core.model.packed import ATTENTION, Packing

CHUNK = 1_024
"""Positions whose logits are held at once."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Packed rows, ready for a model: B rows of T tokens, of which M positions predict a target."""

    tokens: Tensor
    """int64 [B, T]"""
    positions: Tensor
    """int64 [B, T], from zero in each document"""
    packing: Packing
    predict: Tensor
    """int64 [M], positions in the rows laid end to end whose next token is a target"""
    labels: Tensor
    """int64 [M], those targets"""
    prompted: Tensor
    """int64 [B, T], which embedding of a soft prompt stands here, -1 for none; empty: no prompt."""

    @classmethod
    def of(cls, arrays: Mapping[str, npt.NDArray[Any]], *, most: int = 0) -> "Rows":
        """Build it from ``tokens``, ``segments``, ``positions`` and ``loss``, each [B, T]."""
        predict = predicting(arrays["segments"], arrays["loss"])
        tokens = arrays["tokens"].astype(np.int64)
        return cls(
            tokens=torch.from_numpy(tokens),
            positions=torch.from_numpy(arrays["positions"].astype(np.int64)),
            packing=Packing.of(arrays["segments"], most=most),
            predict=torch.from_numpy(predict),
            labels=torch.from_numpy(tokens.reshape(-1)[predict + 1]),
            prompted=torch.from_numpy(arrays.get("prompted", np.empty((0, 0), dtype=np.int64))),
        )

    def to(self, device: torch.device) -> "Rows":
        """Return it on ``device``, without waiting where its memory is pinned."""
        return self._each(lambda tensor: tensor.to(device, non_blocking=True))

    def pinned(self) -> "Rows":
        """Return it in pinned memory, from which a GPU copies by itself."""
        return self._each(Tensor.pin_memory)

    def _each(self, change: Callable[[Tensor], Tensor]) -> "Rows":
        return Rows(
            tokens=change(self.tokens),
            positions=change(self.positions),
            packing=replace(self.packing, boundaries=change(self.packing.boundaries)),
            predict=change(self.predict),
            labels=change(self.labels),
            prompted=change(self.prompted),
        )


def predicting(
    segments: npt.NDArray[np.int32], loss: npt.NDArray[np.uint8]
) -> npt.NDArray[np.int64]:
    """Return the positions [M], rows laid end to end, whose next token is a target of theirs.

    >>> predicting(np.array([[1, 1, 1, 2, 2, 0]]), np.array([[0, 0, 1, 0, 1, 0]]))
    array([1, 3])
    """
    wanted = (loss[:, 1:] > 0) & (segments[:, 1:] > 0) & (segments[:, 1:] == segments[:, :-1])
    rows, columns = np.nonzero(wanted)
    positions: npt.NDArray[np.int64] = (rows * segments.shape[1] + columns).astype(np.int64)
    return positions


def with_room(arrays: Mapping[str, npt.NDArray[Any]], many: int) -> dict[str, npt.NDArray[Any]]:
    """Make room for a soft prompt of ``many`` embeddings before each document.

        segments  [1 1 1 2 2 0]    two embeddings    [1 1 1 1 1 2 2 2 2 0]
        prompted                                     [0 1 . . . 0 1 . . .]
        positions [0 1 2 0 1 0]                      [0 1 2 3 4 0 1 2 3 0]

    Rows become as long as the longest of them needs.
    """
    rows, length = arrays["segments"].shape
    starts = (arrays["positions"] == 0) & (arrays["segments"] > 0)
    most = int(starts.sum(axis=1).max(initial=0))
    shape = (rows, length + many * most)
    row, column = np.indices((rows, length))
    moved = column + many * np.cumsum(starts, axis=1)
    room = {name: np.zeros(shape, arrays[name].dtype) for name in ("tokens", "segments", "loss")}
    room["positions"] = np.zeros(shape, np.int64)
    for name, shift in (("tokens", 0), ("segments", 0), ("loss", 0), ("positions", many)):
        room[name][row, moved] = arrays[name] + (arrays["segments"] > 0) * shift
    room["prompted"] = np.full(shape, -1, np.int64)
    at_row, at_column = np.nonzero(starts)
    for index in range(many):
        place = (at_row, moved[at_row, at_column] - many + index)
        room["prompted"][place] = room["positions"][place] = index
        room["segments"][place] = arrays["segments"][at_row, at_column]
    return {**room, "task": arrays["task"]} if "task" in arrays else room


def _layers(decoder: nn.Module) -> tuple[nn.Module, ...]:
    """Return the layers of a decoder: its longest list of modules."""
    lists = [tuple(each) for each in decoder.modules() if isinstance(each, nn.ModuleList)]
    return max(lists, key=len, default=())


def _say_nothing(*_: object) -> None:
    """Do nothing."""


class Scorer(nn.Module):
    """A causal language model that scores targets of packed rows; the root of sharding.

    ``forward`` returns the cross entropy of each target [M] in float32, in ``predict``'s order.
    """

    def __init__(self, model: PreTrainedModel) -> None:
        """Wrap ``model`` and set its attention to ours."""
        super().__init__()
        self.prompt: nn.Parameter | None = None
        model.set_attn_implementation(ATTENTION)
        self.model = model
        # Some decoders look for padding in the tokens to warn of: a wait for the device each time.
        self.decoder.warn_if_padding_and_no_attention_mask = _say_nothing  # type: ignore[assignment]
        self.chunk = CHUNK
        self.layers = _layers(self.decoder)
        """The decoder layers: units of sharding, compilation and activation checkpointing."""

    @property
    def decoder(self) -> nn.Module:
        """The part of the model that makes hidden states."""
        decoder: nn.Module = self.model.get_decoder()
        return decoder

    def forward(self, rows: Rows, what: str = "losses") -> Tensor:
        """Return ``losses`` [M], or what ``what`` names.

        ``logits`` [B, T, V] are for the proof, and so are ``stock``, the model's own logits of rows
        that hold one document each; ``hidden`` [B, T, E] is for the memory plan.
        """
        if what == "stock":
            stock: Tensor = self.model(input_ids=rows.tokens, use_cache=False).logits
            return stock
        hidden_BTE: Tensor = self.decoder(  # noqa: N806 - shape suffix
            **self._inputs(rows),
            position_ids=rows.positions,
            use_cache=False,
            packing=rows.packing,
        ).last_hidden_state
        if what == "hidden":
            return hidden_BTE
        if what == "logits":
            return self.logits(hidden_BTE)
        return self._losses(hidden_BTE.flatten(0, 1)[rows.predict], rows.labels)

    def _inputs(self, rows: Rows) -> dict[str, Tensor]:
        """Return the tokens, or their embeddings with the soft prompt put in."""
        if self.prompt is None or not rows.prompted.numel():
            return {"input_ids": rows.tokens}
        table = self.model.get_input_embeddings()
        embedded, which = table(rows.tokens), rows.prompted[..., None]
        learned = self.prompt[rows.prompted.clamp(min=0)].to(embedded.dtype)
        return {"inputs_embeds": torch.where(which >= 0, learned, embedded)}

    def logits(self, hidden: Tensor) -> Tensor:
        """Project hidden states [..., E] onto the vocabulary as the model does, in float32."""
        logits: Tensor = self.model.get_output_embeddings()(hidden).float()
        config = self.model.config.get_text_config()
        divide = getattr(config, "logits_scaling", None)
        multiply = getattr(config, "logit_scale", None)
        cap = getattr(config, "final_logit_softcapping", None)
        logits = logits / divide if divide else logits
        logits = logits * multiply if multiply else logits
        return torch.tanh(logits / cap) * cap if cap else logits

    def _losses(self, hidden_ME: Tensor, labels: Tensor) -> Tensor:  # noqa: N803 - shape suffix
        """Return the cross entropies [M]; beyond one chunk, logits are made again going back."""
        if len(labels) <= self.chunk:
            return self._cross_entropy(hidden_ME, labels)
        chunks = (torch.split(each, self.chunk) for each in (hidden_ME, labels))
        parts = zip(*chunks, strict=True)
        return torch.cat(
            [checkpoint(self._cross_entropy, *part, use_reentrant=False) for part in parts]
        )

    def _cross_entropy(self, hidden: Tensor, labels: Tensor) -> Tensor:
        return F.cross_entropy(self.logits(hidden), labels, reduction="none")

"""Prove at start, on the user's own model and attention, that packed documents stay apart.

Three checks, a second or two in all:

1. No leak. Change every token of the other documents of a row; a document's logits must keep every
   bit, since the same kernels see the same shapes.
2. Right numbers. Each document alone, through the model's own attention, gives the same logits: the
   positions, windows and masks are those that the model was trained with.
3. Right loss. Logits at target positions equal those of the whole computation.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from flan_core.errors import BadInput
from flan_core.model.head import Rows, Scorer
from flan_core.model.packed import ATTENTION

LENGTHS = (19, 33, 12)
"""Tokens of the documents; one grows beyond the sliding window where a pack allows it."""
TOLERANCE = {torch.float32: 1e-4, torch.bfloat16: 5e-2}
"""Largest difference from the model's own attention, of the logits' size, by compute dtype."""


@dataclass(frozen=True)
class Proof:
    """What the checks found."""

    leak: float
    """Largest change of a logit by tokens of another document."""
    difference: float
    """Largest difference of a logit from the model's own attention, of the largest logit."""
    loss_difference: float
    """Largest difference of a target's loss from the whole computation, in nats."""


def prove(scorer: Scorer, *, length: int, dtype: torch.dtype, device: torch.device) -> Proof:
    """Check the model on invented tokens; every rank of a sharded model must call this.

    Args:
        scorer: the model, sharded or not.
        length: tokens of a pack; documents are not made longer.
        dtype: what layers compute in.
        device: where the model is.

    Raises:
        BadInput: a token of one document changes another, or logits or losses are wrong.
    """
    lengths = _lengths(scorer, length)
    documents = _documents(scorer, lengths, first=0)
    name = scorer.model.config.model_type
    was_training = scorer.training
    scorer.eval()
    with torch.no_grad():
        packed = scorer(_rows(documents).to(device), "logits")[0].float()
        others = _documents(scorer, lengths, first=7)
        leak = _leak(scorer, documents, others, packed)
        difference = _difference(scorer, documents, packed)
        losses = scorer(_rows(documents).to(device))
        whole = F.cross_entropy(
            packed[_rows(documents).predict], _rows(documents).labels.to(device)
        )
    scorer.train(was_training)
    proof = Proof(leak, difference, abs(float(losses.mean() - whole)))
    _refuse(proof, name, dtype)
    return proof


def _refuse(proof: Proof, name: str, dtype: torch.dtype) -> None:
    tolerance = TOLERANCE[dtype]
    if not proof.leak == 0.0:
        raise BadInput(
            f"{name} lets packed documents see each other (a logit moves by {proof.leak:.2g} when "
            "another document's tokens change), so it cannot be trained on packs; choose another "
            "architecture, such as llama, qwen3, mistral, gemma3 or gpt_neox"
        )
    if not proof.difference <= tolerance:
        raise BadInput(
            f"{name} gives other logits packed than through its own attention (by "
            f"{proof.difference:.2g} of their size, allowed is {tolerance:.0e}), so it would be "
            "trained as another model than it is; choose another architecture"
        )
    if not proof.loss_difference <= tolerance:
        raise BadInput(
            f"{name} changes its logits after the vocabulary projection in a way that is not known "
            f"here (the loss differs by {proof.loss_difference:.2g} nats); choose another "
            "architecture"
        )


def _lengths(scorer: Scorer, length: int) -> list[int]:
    window = getattr(scorer.model.config.get_text_config(), "sliding_window", None) or 0
    longest = window + 9 if window + 9 <= length else LENGTHS[1]
    return [LENGTHS[0], longest, LENGTHS[2]]


Ids = npt.NDArray[np.int64]


def _documents(scorer: Scorer, lengths: Sequence[int], *, first: int) -> list[Ids]:
    """Make documents of tokens that all differ from those made with another ``first``."""
    size = scorer.model.get_input_embeddings().num_embeddings
    starts = np.cumsum([0, *lengths[:-1]])
    return [
        (first + 3 + 11 * (start + np.arange(many))) % max(2, size - 1)
        for start, many in zip(starts, lengths, strict=True)
    ]


def _rows(documents: Sequence[Ids]) -> Rows:
    """Lay documents end to end in one row, each token but the first of each a target."""
    lengths = [len(document) for document in documents]
    positions = np.concatenate([np.arange(many) for many in lengths])
    arrays = {
        "tokens": np.concatenate(documents),
        "segments": np.repeat(np.arange(1, len(lengths) + 1), lengths),
        "positions": positions,
        "loss": (positions > 0).astype(np.uint8),
    }
    return Rows.of({name: array[None] for name, array in arrays.items()})


def _leak(scorer: Scorer, documents: Sequence[Ids], others: Sequence[Ids], packed: Tensor) -> float:
    """Return the largest change of a document's logits when all other documents change."""
    worst = 0.0
    for index, span in enumerate(_spans(documents)):
        mixed = [
            own if at == index else other
            for at, (own, other) in enumerate(zip(documents, others, strict=True))
        ]
        changed = scorer(_rows(mixed).to(packed.device), "logits")[0].float()
        worst = max(worst, float((changed[span] - packed[span]).abs().max()))
    return worst


def _difference(scorer: Scorer, documents: Sequence[Ids], packed: Tensor) -> float:
    """Return the largest difference from the model's own attention, document by document."""
    _set_own_attention(scorer)
    worst = 0.0
    for document, span in zip(documents, _spans(documents), strict=True):
        alone = scorer(_rows([document]).to(packed.device), "stock")[0].float()
        worst = max(worst, float((alone - packed[span]).abs().max()))
    scorer.model.set_attn_implementation(ATTENTION)
    return worst / max(float(packed.abs().max()), 1e-12)


def _set_own_attention(scorer: Scorer) -> None:
    """Give the model the attention that transformers would choose for it."""
    capped = getattr(scorer.model.config.get_text_config(), "attn_logit_softcapping", None)
    fits = scorer.model._supports_sdpa and not capped
    scorer.model.set_attn_implementation("sdpa" if fits else "eager")


def _spans(documents: Sequence[Ids]) -> list[slice]:
    ends = np.cumsum([len(document) for document in documents])
    return [
        slice(int(end) - len(document), int(end))
        for document, end in zip(documents, ends, strict=True)
    ]

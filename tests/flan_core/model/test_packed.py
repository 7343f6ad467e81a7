"""Packed documents against each alone, in several architectures."""

import numpy as np
import pytest
import torch
from torch import Tensor

from flan_core.errors import BadInput
from flan_core.model.head import Rows, Scorer
from flan_core.model.made import config_of, make
from flan_core.model.packed import Packing

SEGMENTS = np.array([[1] * 11 + [2] * 29 + [3] * 6 + [0] * 4, [1] * 17 + [2] * 33], dtype=np.int32)
"""Two rows; two documents are longer than the sliding windows of 24."""
VOCABULARY = 96
ARCHITECTURES = (
    "tiny",
    "tiny-qwen3",
    "tiny-mistral",
    "tiny-gemma2",
    "tiny-gemma3",
    "tiny-granite",
    "tiny-gpt2",
    "tiny-gpt-neox",
    "tiny-opt",
)


def scorer_of(spec: str, dtype: torch.dtype = torch.float32) -> Scorer:
    """Return a model with weights so large that a leak shows."""
    config = config_of(spec, vocabulary=VOCABULARY, eos=0, pad=1)
    model = make(spec, config, seed=0, dtype=dtype)
    generator = torch.Generator().manual_seed(1)
    for parameter in model.parameters():
        if parameter.ndim > 1:
            parameter.data.copy_(0.2 * torch.randn(parameter.shape, generator=generator))
    return Scorer(model.eval())


def arrays() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    positions = np.zeros_like(SEGMENTS)
    for column in range(1, SEGMENTS.shape[1]):
        same = SEGMENTS[:, column] == SEGMENTS[:, column - 1]
        positions[:, column] = np.where(same, positions[:, column - 1] + 1, 0)
    return {
        "tokens": rng.integers(2, VOCABULARY, SEGMENTS.shape).astype(np.uint32),
        "segments": SEGMENTS,
        "positions": positions,
        "loss": (rng.random(SEGMENTS.shape) < 0.3).astype(np.uint8),
    }


def documents() -> list[tuple[int, np.ndarray]]:
    """Return the row and the columns of each document."""
    return [
        (row, np.flatnonzero(SEGMENTS[row] == segment))
        for row in range(len(SEGMENTS))
        for segment in range(1, SEGMENTS[row].max() + 1)
    ]


def alone(scorer: Scorer, row: int, columns: np.ndarray) -> Tensor:
    """Return the model's own logits [T, V] of one document."""
    tokens = torch.from_numpy(arrays()["tokens"][row, columns].astype(np.int64))[None]
    capped = getattr(scorer.model.config, "attn_logit_softcapping", None)
    scorer.model.set_attn_implementation("eager" if capped else "sdpa")
    logits: Tensor = scorer.model(input_ids=tokens, use_cache=False).logits[0]
    scorer.model.set_attn_implementation("flan_packed")
    return logits


def gradients(scorer: Scorer, loss: Tensor) -> dict[str, Tensor]:
    scorer.zero_grad()
    loss.backward()
    return {
        name: each.grad.clone() for name, each in scorer.named_parameters() if each.grad is not None
    }


@pytest.mark.parametrize("spec", ARCHITECTURES)
def test_packed_logits_and_gradients_are_those_of_documents_alone(spec: str) -> None:
    scorer = scorer_of(spec)
    packed = scorer(Rows.of(arrays()), "logits")
    separate = [alone(scorer, row, columns) for row, columns in documents()]

    pairs = list(zip(documents(), separate, strict=True))
    for (row, columns), logits in pairs:
        atol = 1e-5 * float(logits.detach().abs().max())
        torch.testing.assert_close(packed[row, columns], logits, rtol=1e-5, atol=atol)

    whole = gradients(scorer, sum(packed[row, cols].square().mean() for row, cols in documents()))
    parts = gradients(scorer, sum(logits.square().mean() for logits in separate))
    for name, gradient in parts.items():
        torch.testing.assert_close(whole[name], gradient, rtol=1e-5, atol=1e-5 * rms(gradient))


def rms(tensor: Tensor) -> float:
    return max(1.0, float(tensor.square().mean().sqrt()) * 100)


def test_runs_of_segments_are_documents_and_padding() -> None:
    #   [a a a b b .]
    #   [c c c c c c]
    packing = Packing.of(np.array([[1, 1, 1, 2, 2, 0], [1, 1, 1, 1, 1, 1]], dtype=np.int32), most=8)
    assert packing.lengths == (3, 2, 1, 6)
    assert packing.real == (True, True, False, True)
    assert packing.boundaries.tolist() == [0, 3, 5, 6, 12, 12, 12, 12]


def test_a_row_of_padding_gives_finite_numbers_and_no_gradient() -> None:
    scorer = scorer_of("tiny")
    empty = {name: np.zeros_like(array) for name, array in arrays().items()}
    losses = scorer(Rows.of(empty))
    assert losses.shape == (0,)
    assert all(float(each.abs().sum()) == 0.0 for each in gradients(scorer, losses.sum()).values())


def test_attention_without_boundaries_is_refused() -> None:
    scorer = scorer_of("tiny")
    with pytest.raises(BadInput, match="does not hand the boundaries of documents"):
        scorer.model(input_ids=torch.zeros(1, 4, dtype=torch.int64), use_cache=False)


def test_a_mask_of_the_models_own_is_refused() -> None:
    scorer, rows = scorer_of("tiny"), Rows.of(arrays())
    mask = torch.ones(1, 1, 50, 50, dtype=torch.bool)
    with pytest.raises(BadInput, match="attention mask of its own"):
        scorer.decoder(input_ids=rows.tokens, attention_mask=mask, packing=rows.packing)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("spec", ["tiny", "tiny-qwen3", "tiny-mistral", "tiny-gemma3"])
def test_the_kernel_agrees_with_a_call_a_document(spec: str) -> None:
    scorer = scorer_of(spec, torch.bfloat16).cuda()
    rows = Rows.of(arrays(), most=64).to(torch.device("cuda"))
    packed = scorer(rows, "logits").float()
    for row, columns in documents():
        tokens = rows.tokens[row, columns][None]
        scorer.model.set_attn_implementation("sdpa")
        logits = scorer.model(input_ids=tokens, use_cache=False).logits[0].float()
        scorer.model.set_attn_implementation("flan_packed")
        difference = (packed[row, columns] - logits).abs().max() / logits.abs().max()
        assert float(difference) < 0.05

"""The loss at target positions against the loss of the whole computation."""

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from flan_core.model.adapt import add_soft_prompt
from flan_core.model.head import Rows, Scorer, predicting, with_room
from flan_core.model.made import config_of, make

ARRAYS = {  # [a a a b b .] and its like, longer
    "tokens": np.arange(2, 42, dtype=np.uint32).reshape(2, 20),
    "segments": np.array([[1] * 8 + [2] * 7 + [3] * 3 + [0] * 2, [1] * 20], dtype=np.int32),
    "positions": np.array([[*range(8), *range(7), *range(3), 0, 0], [*range(20)]], dtype=np.int32),
    "loss": np.array(
        [[0] * 5 + [1] * 3 + [0] * 3 + [1] * 4 + [0, 1, 1] + [0] * 2, [0] * 9 + [1] * 11],
        dtype=np.uint8,
    ),
}


def scorer_of(spec: str) -> Scorer:
    config = config_of(spec, vocabulary=64, eos=0, pad=1)
    return Scorer(make(spec, config, seed=0, dtype=torch.float32).eval())


def gradients(scorer: Scorer, loss: Tensor) -> dict[str, Tensor]:
    scorer.zero_grad()
    loss.backward()
    return {name: each.grad.clone() for name, each in scorer.named_parameters()}


@pytest.mark.parametrize("spec", ["tiny", "tiny-gemma3", "tiny-granite", "tiny-gpt2"])
@pytest.mark.parametrize("chunk", [1_024, 7])
def test_losses_and_gradients_are_those_of_the_whole_computation(spec: str, chunk: int) -> None:
    scorer, rows = scorer_of(spec), Rows.of(ARRAYS)
    scorer.chunk = chunk
    labels = torch.full((40,), -100)
    labels[rows.predict] = rows.labels
    # The model's own projection, with all that it does to its logits.
    hidden = scorer.decoder(
        input_ids=rows.tokens,
        position_ids=rows.positions,
        use_cache=False,
        packing=rows.packing,
    )
    original = scorer.model.get_decoder().forward
    scorer.model.get_decoder().forward = lambda *_, **__: hidden
    logits = scorer.model(input_ids=rows.tokens, use_cache=False).logits
    scorer.model.get_decoder().forward = original
    whole = cross_entropy(logits.flatten(0, 1).float(), labels, reduction="sum")

    losses = scorer(rows)
    assert losses.shape == (20,)
    torch.testing.assert_close(losses.sum(), whole, rtol=1e-6, atol=1e-6)
    expected = gradients(scorer, whole / 20)
    for name, gradient in gradients(scorer, scorer(rows).sum() / 20).items():
        torch.testing.assert_close(gradient, expected[name], rtol=1e-6, atol=1e-6)


def test_a_position_predicts_the_target_after_it_in_its_own_document() -> None:
    #   tokens    [a a a b b .]
    segments = np.array([[1, 1, 1, 2, 2, 0]])
    loss = np.array([[0, 0, 1, 1, 1, 0]])
    # b's first token is a target that nothing of its document predicts.
    assert predicting(segments, loss).tolist() == [1, 3]


def test_room_is_made_for_a_soft_prompt_before_each_document() -> None:
    arrays = {
        "tokens": np.array([[5, 6, 7, 8, 9, 0]]),
        "segments": np.array([[1, 1, 1, 2, 2, 0]]),
        "positions": np.array([[0, 1, 2, 0, 1, 0]]),
        "loss": np.array([[0, 0, 1, 0, 1, 0]]),
    }
    room = {name: array.tolist()[0] for name, array in with_room(arrays, 2).items()}
    assert room == {
        "tokens": [0, 0, 5, 6, 7, 0, 0, 8, 9, 0],
        "segments": [1, 1, 1, 1, 1, 2, 2, 2, 2, 0],
        "positions": [0, 1, 2, 3, 4, 0, 1, 2, 3, 0],
        "loss": [0, 0, 0, 0, 1, 0, 0, 0, 1, 0],
        "prompted": [0, 1, -1, -1, -1, 0, 1, -1, -1, -1],
    }


def test_a_soft_prompt_stands_before_each_document_as_before_it_alone() -> None:
    scorer = scorer_of("tiny")
    add_soft_prompt(scorer, 3)
    table = scorer.model.get_input_embeddings().weight
    with torch.no_grad():
        scorer.prompt.copy_(0.1 * torch.randn(3, 128, generator=torch.Generator().manual_seed(0)))
    packed = scorer(Rows.of(with_room(ARRAYS, 3)), "logits")

    scorer.model.set_attn_implementation("sdpa")
    second = torch.from_numpy(ARRAYS["tokens"][0, 8:15].astype(np.int64))
    embedded = torch.cat([scorer.prompt, table[second]])[None]
    alone = scorer.model(inputs_embeds=embedded, use_cache=False).logits[0]
    torch.testing.assert_close(packed[0, 11:21], alone, rtol=1e-5, atol=1e-6)

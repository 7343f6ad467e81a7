"""What the proof at start passes and what it refuses."""

import pytest
import torch
from torch import nn

from flan_core.errors import BadInput
from flan_core.model import packed
from flan_core.model.head import Scorer
from flan_core.model.made import config_of, make
from flan_core.model.proof import prove

CPU = torch.device("cpu")


def scorer_of(spec: str) -> Scorer:
    config = config_of(spec, vocabulary=64, eos=0, pad=1)
    return Scorer(make(spec, config, seed=0, dtype=torch.float32))


@pytest.mark.parametrize("spec", ["tiny", "tiny-mistral", "tiny-gemma2", "tiny-gpt2", "tiny-opt"])
def test_a_model_whose_documents_stay_apart_passes(spec: str) -> None:
    scorer = scorer_of(spec)
    proof = prove(scorer, length=128, dtype=torch.float32, device=CPU)
    assert proof.leak == 0.0
    assert proof.difference < 1e-5
    assert proof.loss_difference < 1e-5
    assert scorer.training == scorer_of(spec).training


@pytest.mark.filterwarnings("ignore:.*does not support setting its attention")
def test_bloom_which_makes_its_own_attention_is_refused() -> None:
    with pytest.raises(BadInput, match="bloom lets packed documents see each other"):
        prove(scorer_of("tiny-bloom"), length=64, dtype=torch.float32, device=CPU)


class Neighbour(nn.Module):
    """Mixes each position with the one before it, as a convolution does."""

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        return hidden + 0.001 * hidden.roll(1, dims=1)


def test_a_leak_beside_attention_is_refused() -> None:
    scorer = scorer_of("tiny")
    norm = scorer.model.model.layers[1].input_layernorm
    scorer.model.model.layers[1].input_layernorm = nn.Sequential(norm, Neighbour())
    with pytest.raises(BadInput, match="lets packed documents see each other"):
        prove(scorer, length=64, dtype=torch.float32, device=CPU)


def test_a_window_that_is_not_honoured_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def all_before(length: int, _window: int, device: torch.device) -> torch.Tensor:
        return torch.ones(length, length, dtype=torch.bool, device=device).tril()

    monkeypatch.setattr(packed, "_band", all_before)
    with pytest.raises(BadInput, match="other logits packed than through its own attention"):
        prove(scorer_of("tiny-mistral"), length=128, dtype=torch.float32, device=CPU)


def test_an_unknown_change_of_logits_is_refused() -> None:
    scorer = scorer_of("tiny-granite")
    stock = scorer.forward

    def forward(rows, what="losses"):
        return stock(rows, what) * (1.5 if what == "losses" else 1.0)

    scorer.forward = forward
    with pytest.raises(BadInput, match="in a way that is not known here"):
        prove(scorer, length=64, dtype=torch.float32, device=CPU)

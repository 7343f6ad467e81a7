"""On a GPU: the kernels that a CPU cannot run give the plain computation's numbers and words."""

import numpy as np
import pytest
import torch

from flan_core.evaluate.choose import BLOCKS, TREE, Chooser, rank_plainly
from flan_core.evaluate.models import attention_for, budget_of, proof
from flan_core.evaluate.write import ContinuousBatching, Padded, writer_of
from flan_core.model.load import load_model

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
    pytest.mark.filterwarnings("ignore"),
]


@pytest.fixture(params=[torch.float32, torch.bfloat16], ids=["float32", "bfloat16"])
def model(cluster, request):
    return load_model(
        "tiny", tokenizer_dir=cluster / "checkpoint", seed=1, dtype=request.param, device="cuda"
    )


def test_one_call_a_layer_is_chosen_and_gives_the_plain_numbers(model):
    budget = budget_of(model, 0)
    questions, root = proof(model.config.vocab_size)
    near = 1e-3 if model.dtype == torch.float32 else 0.5

    assert attention_for(model, budget) == BLOCKS
    for attention in (BLOCKS, TREE):
        ranked = Chooser(model, budget, attention).rank_unchecked(questions, root)
        for one, question in zip(ranked, questions, strict=True):
            plain = rank_plainly(model, question).log_likelihoods
            np.testing.assert_allclose(one.log_likelihoods, plain, atol=near)


def test_continuous_batching_is_chosen_and_writes_what_generate_writes(model, tokenizer):
    if model.dtype != torch.float32:
        pytest.skip("half precision may choose another of two words that tie")
    texts = ["Say in Latin: sea", "aqua means", "Where does a hare live, by day and by night?"]
    trunks = [np.append(each.astype(np.int64), tokenizer.eos) for each in tokenizer.encode(texts)]
    writer = writer_of("transformers", model, tokenizer.eos, 1_000)

    assert isinstance(writer, ContinuousBatching)
    padded = Padded(model, tokenizer.eos, 1_000).write(trunks, 6)
    assert [w.tolist() for w in writer.write(trunks, 6)] == [w.tolist() for w in padded]

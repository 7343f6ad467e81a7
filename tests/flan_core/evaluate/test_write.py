"""Free text: the same words alone, in batches and by continuous batching."""

import os
import sys
from importlib.util import find_spec
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, ContinuousBatchingConfig

from flan_core.errors import BadInput
from flan_core.evaluate.write import (
    ContinuousBatching,
    Padded,
    only_gpu,
    settings_of,
    until,
    writer_of,
)
from flan_core.model.load import load_model

MOST = 6


@pytest.fixture(scope="module")
def model(cluster):
    return load_model("tiny", tokenizer_dir=cluster / "checkpoint", seed=1)


@pytest.fixture(scope="module")
def trunks(tokenizer) -> list[np.ndarray]:
    texts = ["Say in Latin: sea", "aqua means", "Where does a hare live, by day and by night?"]
    return [np.append(each.astype(np.int64), tokenizer.eos) for each in tokenizer.encode(texts)]


def lists(words) -> list[list[int]]:
    return [each.tolist() for each in words]


def test_batches_write_what_is_written_alone(model, trunks, tokenizer):
    alone = [Padded(model, tokenizer.eos, 1).write([trunk], MOST)[0] for trunk in trunks]
    together = Padded(model, tokenizer.eos, 1_000).write(trunks, MOST)

    assert lists(together) == lists(alone)
    assert all(len(words) <= MOST for words in together)


@pytest.mark.filterwarnings("ignore")
def test_continuous_batching_writes_the_same(model, trunks, tokenizer):
    padded = Padded(model, tokenizer.eos, 1_000).write(trunks, MOST)
    few = ContinuousBatchingConfig(num_blocks=8, page_size=16, max_batch_tokens=64)

    paged = ContinuousBatching(model, tokenizer.eos, few).write(trunks, MOST)

    assert lists(paged) == lists(padded)


def test_a_near_tie_is_written_anew_alone(model, trunks, tokenizer, monkeypatch):
    """When every step counts as a near tie, each prompt is asked twice: with others, then alone."""
    monkeypatch.setattr("flan_core.evaluate.write.NEAR", 1e9)
    asked = []
    writer = Padded(model, tokenizer.eos, 1_000)
    ask = writer._ask
    monkeypatch.setattr(
        writer, "_ask", lambda some, most: asked.append(len(some)) or ask(some, most)
    )

    writer.write(trunks, MOST)

    assert asked == [3, 1, 1, 1]


def test_writing_stops_before_the_first_eos():
    assert until(np.array([5, 6, 1, 7, 1]), 1).tolist() == [5, 6]
    assert until(np.array([5, 6]), 1).tolist() == [5, 6]


def test_vllm_must_be_installed(model, tokenizer):
    if find_spec("vllm"):
        pytest.skip("vllm is installed")
    with pytest.raises(BadInput, match="vllm, which is not installed; install the extra"):
        writer_of("vllm", model, tokenizer.eos, 1_000)


class Engine:
    """What vLLM 0.30 is asked for: a folder, tokens in, tokens out; ``generate`` does the work."""

    def __init__(self, model, **settings):
        Engine.asked = settings
        self.model = AutoModelForCausalLM.from_pretrained(model)

    def generate(self, prompts, settings, *, use_tqdm):
        assert (settings["temperature"], settings["detokenize"], use_tqdm) == (0.0, False, False)
        (eos,) = settings["stop_token_ids"]
        for prompt in prompts:
            tokens = torch.tensor([prompt["prompt_token_ids"]])
            form = settings_of(eos, settings["max_tokens"])
            out = self.model.generate(
                input_ids=tokens, attention_mask=torch.ones_like(tokens), generation_config=form
            )
            said = out[0, tokens.shape[1] :].tolist()
            yield SimpleNamespace(outputs=[SimpleNamespace(token_ids=said)])


def test_vllm_gets_the_weights_as_they_are_and_tokens(model, trunks, tokenizer, monkeypatch):
    stand_in = SimpleNamespace(LLM=Engine, SamplingParams=dict, __spec__=object())
    monkeypatch.setitem(sys.modules, "vllm", stand_in)
    expected = Padded(model, tokenizer.eos, 1_000).write(trunks, MOST)

    found = writer_of("vllm", model, tokenizer.eos, 1_000).write(trunks, MOST)

    assert lists(found) == lists(expected)
    assert Engine.asked["dtype"] == "float32"  # vLLM's own choice would be half of it
    assert Engine.asked["skip_tokenizer_init"] is True


@pytest.mark.parametrize(("before", "own"), [(None, "1"), ("4,6", "6")])
def test_processes_that_vllm_starts_see_one_gpu(before, own, monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if before:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", before)

    with only_gpu(torch.device("cuda", 1)):
        assert os.environ["CUDA_VISIBLE_DEVICES"] == own

    assert os.environ.get("CUDA_VISIBLE_DEVICES") == before


def test_a_cpu_writes_in_padded_batches(model, tokenizer):
    assert writer_of("transformers", model, tokenizer.eos, 1_000).name == "generate"

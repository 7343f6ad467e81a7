"""Free text: the same words alone, in batches and by continuous batching."""

from importlib.util import find_spec

import numpy as np
import pytest
from transformers import ContinuousBatchingConfig

from flan_core.errors import BadInput
from flan_core.evaluate.write import ContinuousBatching, Padded, until, writer_of
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


def test_a_cpu_writes_in_padded_batches(model, tokenizer):
    assert writer_of("transformers", model, tokenizer.eos, 1_000).name == "generate"

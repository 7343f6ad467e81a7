"""The models that are asked: tokenizer, origin, soft prompt, and the proof of tree attention."""

from shutil import copytree

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from flan_core import schemas
from flan_core.config import Evaluate
from flan_core.errors import BadInput
from flan_core.evaluate.choose import rank_plainly
from flan_core.evaluate.models import (
    CPU_BUDGET,
    add_soft_prompt,
    attention_for,
    budget_of,
    load,
    open_tokenizer,
    weights_sha256,
)
from flan_core.evaluate.tree import Question
from flan_core.model.load import load_model

CPU = torch.device("cpu")


@pytest.fixture
def checkpoint(cluster, tmp_path):
    return copytree(cluster / "checkpoint", tmp_path / "checkpoint")


def test_a_checkpoint_without_its_tokenizer_is_refused(checkpoint):
    for path in checkpoint.glob("tokenizer*"):
        path.unlink()

    with pytest.raises(BadInput, match="lacks the tokenizer it was tuned with"):
        open_tokenizer(checkpoint)


def test_a_checkpoint_with_another_tokenizer_is_refused(checkpoint):
    schemas.write_json(
        checkpoint / "checkpoint.json", "checkpoint/1", {"tokenizer_sha256": "0" * 64}
    )

    with pytest.raises(BadInput, match=r"is not the one the model was tuned with \(000000000000\)"):
        open_tokenizer(checkpoint)


def test_a_checkpoint_whose_record_names_no_tokenizer_is_refused(checkpoint):
    schemas.write_json(checkpoint / "checkpoint.json", "checkpoint/1", {"model": "tiny"})

    with pytest.raises(BadInput, match=r"is not the one the model was tuned with \(unknown\)"):
        open_tokenizer(checkpoint)


def test_a_checkpoint_with_its_tokenizer_and_a_folder_of_others_are_opened(checkpoint, tokenizer):
    assert open_tokenizer(checkpoint).sha256 == tokenizer.sha256
    schemas.write_json(
        checkpoint / "checkpoint.json", "checkpoint/1", {"tokenizer_sha256": tokenizer.sha256}
    )

    assert open_tokenizer(checkpoint).sha256 == tokenizer.sha256


def test_the_tuned_model_is_tied_to_its_record(checkpoint, tokenizer):
    schemas.write_json(checkpoint / "checkpoint.json", "checkpoint/1", {"model": "tiny", "seed": 0})
    config = Evaluate(model="tiny")

    tuned, untuned = (
        load(who, config, checkpoint, tokenizer, CPU).about for who in ("tuned", "untuned")
    )

    assert tuned.checkpoint_sha256 == schemas.file_sha256(checkpoint / "checkpoint.json")
    assert untuned.checkpoint_sha256 == ""


def test_the_untuned_model_is_the_one_that_was_tuned(checkpoint, tokenizer):
    """Its seed is the one of training, whatever evaluate's own is."""
    about = {"model": "tiny", "revision": "main", "seed": 7}
    schemas.write_json(checkpoint / "checkpoint.json", "checkpoint/1", about)
    made = load_model("tiny", tokenizer_dir=checkpoint, seed=7)

    loaded = load("untuned", Evaluate(model="tiny", seed=0), checkpoint, tokenizer, CPU)

    assert loaded.about.sha256 == weights_sha256(made)
    assert (loaded.about.name, loaded.about.attention) == ("tiny", "tree")
    assert loaded.about.engine == "generate"
    assert loaded.about.precision == "float32"


def test_a_model_that_is_no_tree_is_asked_plainly_and_says_so(checkpoint, capsys):
    model = load_model("tiny-bloom", tokenizer_dir=checkpoint, seed=0)

    assert attention_for(model, CPU_BUDGET) == "plain"
    assert (
        "BloomForCausalLM is asked one sequence an option (slower): BloomForCausalLM computes its "
        "attention in its own way" in capsys.readouterr().err
    )


def test_a_tree_that_leaks_is_found_out(checkpoint, monkeypatch, capsys):
    """A mask that lets branches see one another must not pass the proof."""
    model = load_model("tiny", tokenizer_dir=checkpoint, seed=0)
    for weights in model.parameters():
        weights.data.normal_(1.0 if weights.ndim == 1 else 0.0, 0.15)

    def leaky(span, window=0):
        place = torch.arange(len(span.branch))
        own = place[None] <= place[:, None]
        return torch.cat([own.new_ones(len(place), span.shared), own], dim=1)

    monkeypatch.setattr("flan_core.evaluate.tree.seen_by", leaky)

    assert attention_for(model, CPU_BUDGET) == "plain"
    assert "differ by" in capsys.readouterr().err


def test_what_is_asked_for_bounds_a_batch(checkpoint):
    model = load_model("tiny", tokenizer_dir=checkpoint, seed=0)

    assert budget_of(model, 100).tokens == 100
    assert budget_of(model, 0) == CPU_BUDGET


def test_a_soft_prompt_is_words_that_are_read_and_never_written(checkpoint):
    """Three learned words that copy the embeddings of 5 6 7 act as these."""
    model = load_model("tiny", tokenizer_dir=checkpoint, seed=0)
    question = Question(np.array([9, 8, 0]), (np.array([4, 0]), np.array([3, 2, 0])))
    spelt = Question(np.array([5, 6, 7, 9, 8, 0]), question.options)
    expected = rank_plainly(model, spelt)
    folder = checkpoint / "soft_prompt"
    folder.mkdir()
    learned = model.get_input_embeddings().weight[5:8].detach().clone()
    save_file({"prompt_embeddings": learned}, folder / "adapter_model.safetensors")
    vocabulary = len(model.get_input_embeddings().weight)

    before = add_soft_prompt(model, folder)

    assert before.tolist() == [vocabulary, vocabulary + 1, vocabulary + 2]
    asked = Question(np.concatenate([before, question.trunk]), question.options)
    found = rank_plainly(model, asked)
    np.testing.assert_allclose(found.log_likelihoods, expected.log_likelihoods, atol=1e-5)
    assert model.get_output_embeddings().weight.shape[0] == vocabulary


def test_a_checkpoint_without_a_soft_prompt_has_none(checkpoint):
    model = load_model("tiny", tokenizer_dir=checkpoint, seed=0)

    assert add_soft_prompt(model, checkpoint / "soft_prompt").tolist() == []


def test_the_hash_of_weights_sees_a_change_of_one_number(checkpoint):
    model = load_model("tiny", tokenizer_dir=checkpoint, seed=0)
    before = weights_sha256(model)
    assert before == weights_sha256(load_model("tiny", tokenizer_dir=checkpoint, seed=0))

    model.get_input_embeddings().weight.data[3, 3] += 1e-3

    assert weights_sha256(model) != before

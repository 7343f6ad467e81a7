"""Which models load, and what is said of those that do not."""

from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertForMaskedLM, T5Config, T5ForConditionalGeneration

from flan_core.errors import BadInput
from flan_core.model.load import load_model, load_tokenizer
from tests.flan_core.train.made import VOCABULARY, write_tokenizer


@pytest.fixture
def tokenizer(tmp_path: Path) -> Path:
    write_tokenizer(tmp_path / "tokenizer")
    return tmp_path / "tokenizer"


def test_a_made_model_has_the_same_bytes_each_time(tokenizer: Path) -> None:
    torch.manual_seed(1)
    first = load_model("tiny", tokenizer_dir=tokenizer, seed=3)
    torch.manual_seed(2)
    again = load_model("tiny", tokenizer_dir=tokenizer, seed=3)
    other = load_model("tiny", tokenizer_dir=tokenizer, seed=4)
    for name, weight in first.state_dict().items():
        assert torch.equal(weight, again.state_dict()[name])
    assert not torch.equal(first.lm_head.weight, other.lm_head.weight)
    assert first.config.vocab_size == VOCABULARY
    assert first.generation_config.eos_token_id == 0
    assert first.generation_config.pad_token_id == 1


def test_making_a_model_leaves_the_global_generator_alone(tokenizer: Path) -> None:
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    load_model("tiny", tokenizer_dir=tokenizer, seed=0)
    assert torch.equal(torch.rand(3), expected)


def test_a_saved_model_loads_from_its_folder(tokenizer: Path, tmp_path: Path) -> None:
    made = load_model("tiny-gpt2", tokenizer_dir=tokenizer, seed=0)
    made.save_pretrained(tmp_path / "model")
    loaded = load_model(str(tmp_path / "model"), tokenizer_dir=tokenizer, seed=9)
    for name, weight in made.state_dict().items():
        assert torch.equal(weight, loaded.state_dict()[name])


def test_a_folder_without_safetensors_is_refused(tokenizer: Path, tmp_path: Path) -> None:
    made = load_model("tiny", tokenizer_dir=tokenizer, seed=0)
    made.config.save_pretrained(tmp_path / "model")
    torch.save(made.state_dict(), tmp_path / "model" / "pytorch_model.bin")
    with pytest.raises(BadInput) as caught:
        load_model(str(tmp_path / "model"), tokenizer_dir=tokenizer, seed=0)
    assert str(caught.value) == (
        f"model folder {tmp_path / 'model'} has no *.safetensors file (it holds config.json, "
        "pytorch_model.bin); pickled weights are never opened: convert them with "
        "save_pretrained(safe_serialization=True)"
    )


@pytest.mark.parametrize(
    ("config", "kind"),
    [
        (T5Config(vocab_size=300, d_model=8, d_ff=8, num_layers=1, num_heads=1), "t5"),
        (
            BertConfig(
                vocab_size=300,
                hidden_size=8,
                num_hidden_layers=1,
                num_attention_heads=1,
                intermediate_size=8,
            ),
            "bert",
        ),
    ],
)
def test_other_than_decoder_only_is_refused(config, kind, tokenizer: Path, tmp_path: Path) -> None:
    model = {"t5": T5ForConditionalGeneration, "bert": BertForMaskedLM}[kind](config)
    model.save_pretrained(tmp_path / "model")
    with pytest.raises(BadInput, match=f"is a {kind}, not decoder-only"):
        load_model(str(tmp_path / "model"), tokenizer_dir=tokenizer, seed=0)


def test_a_vocabulary_smaller_than_the_tokenizers_is_refused(tmp_path: Path) -> None:
    write_tokenizer(tmp_path / "tokenizer")
    made = load_model("tiny", tokenizer_dir=tmp_path / "tokenizer", seed=0)
    made.resize_token_embeddings(100)
    made.save_pretrained(tmp_path / "model")
    with pytest.raises(BadInput, match="has 100 embeddings but the tokenizer of the packs has 256"):
        load_model(str(tmp_path / "model"), tokenizer_dir=tmp_path / "tokenizer", seed=0)


def test_a_model_with_code_of_its_own_is_refused(tokenizer: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text(
        '{"model_type": "evil", "auto_map": {"AutoConfig": "evil.Config"}}', encoding="utf-8"
    )
    (folder / "evil.py").write_text("raise SystemExit('ran')", encoding="utf-8")
    with pytest.raises(BadInput, match=r"trust_remote_code|custom code"):
        load_model(str(folder), tokenizer_dir=tokenizer, seed=0)


def test_an_unknown_made_model_offers_the_nearest(tokenizer: Path) -> None:
    with pytest.raises(BadInput, match="unknown made model 'tiny-gtp2'; did you mean tiny-gpt2"):
        load_model("tiny-gtp2", tokenizer_dir=tokenizer, seed=0)


def test_a_tokenizer_without_eos_is_refused(tokenizer: Path) -> None:
    settings = tokenizer / "tokenizer_config.json"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace('"eos_token": "<eos>",', ""), encoding="utf-8")
    with pytest.raises(BadInput, match="has no EOS token, so a model would never learn to stop"):
        load_tokenizer(tokenizer)


def test_a_folder_without_tokenizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="has no tokenizer that loads without its own code"):
        load_tokenizer(tmp_path)


@pytest.mark.parametrize("spec", ["no/such-model-anywhere", "./nothing-here"])
def test_a_model_that_is_nowhere_is_refused(spec, tokenizer: Path, monkeypatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(Exception, match=r"is neither a local folder nor|is no local folder and"):
        load_model(spec, tokenizer_dir=tokenizer, seed=0)

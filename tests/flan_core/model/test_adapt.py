"""LoRA and soft prompts: where they start, what is trained, what comes out."""

from pathlib import Path

import pytest
import torch
from peft import PeftModel

from flan_core.model.adapt import (
    add_lora,
    add_soft_prompt,
    merge_lora,
    save_soft_prompt,
    start_of_soft_prompt,
)
from flan_core.model.head import Scorer
from flan_core.model.made import config_of, make

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing.*:FutureWarning"),
    pytest.mark.filterwarnings("ignore:.*fan_in_fan_out.*:UserWarning"),
    pytest.mark.filterwarnings("ignore:.*base_model_name_or_path.*:UserWarning"),
]
TOKENS = torch.arange(2, 12)[None]


def model_of(spec: str):
    config = config_of(spec, vocabulary=64, eos=0, pad=1)
    return make(spec, config, seed=0, dtype=torch.float32).eval()


def logits(model) -> torch.Tensor:
    with torch.no_grad():
        return model(input_ids=TOKENS, use_cache=False).logits


def trained(module) -> dict[str, torch.Tensor]:
    return {name: each for name, each in module.named_parameters() if each.requires_grad}


@pytest.mark.parametrize("spec", ["tiny", "tiny-gpt2"])
def test_adapters_begin_as_nothing_and_merge_into_the_same_model(spec: str) -> None:
    plain, adapted = model_of(spec), model_of(spec)
    add_lora(adapted, 4, seed=0)
    torch.testing.assert_close(logits(adapted), logits(plain), rtol=0, atol=1e-6)
    assert all("lora_" in name for name in trained(adapted))

    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in trained(adapted).values():
            weight.copy_(0.1 * torch.randn(weight.shape, generator=generator))
    assert float((logits(adapted) - logits(plain)).abs().max()) > 0.01

    merged = merge_lora(model_of(spec), 4, trained(adapted))
    assert merged.state_dict().keys() == plain.state_dict().keys()
    torch.testing.assert_close(logits(merged), logits(adapted), rtol=1e-4, atol=1e-5)


def test_the_start_of_adapters_follows_from_the_seed() -> None:
    first, again, other = (model_of("tiny") for _ in range(3))
    add_lora(first, 2, seed=0)
    add_lora(again, 2, seed=0)
    add_lora(other, 2, seed=1)
    same = [torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True)]
    assert all(same)
    same = [torch.equal(a, b) for a, b in zip(first.parameters(), other.parameters(), strict=True)]
    assert not all(same)


def test_a_soft_prompt_is_all_that_is_trained_and_starts_as_embeddings() -> None:
    scorer = Scorer(model_of("tiny"))
    add_soft_prompt(scorer, 5)
    assert list(trained(scorer)) == ["prompt"]
    start = start_of_soft_prompt(scorer.model, 5, seed=0)
    table = scorer.model.get_input_embeddings().weight
    assert start.shape == (5, 128)
    assert all(any(torch.equal(row, each) for each in table) for row in start)
    assert torch.equal(start, start_of_soft_prompt(scorer.model, 5, seed=0))


def test_a_saved_soft_prompt_is_read_by_peft(tmp_path: Path) -> None:
    prompt = 0.1 * torch.randn(3, 128, generator=torch.Generator().manual_seed(0))
    save_soft_prompt(prompt, model_of("tiny"), "tiny", tmp_path / "soft_prompt")
    read = PeftModel.from_pretrained(model_of("tiny"), tmp_path / "soft_prompt")

    plain = model_of("tiny")
    table = plain.get_input_embeddings().weight
    embedded = torch.cat([prompt, table[TOKENS[0]]])[None]
    with torch.no_grad():
        expected = plain(inputs_embeds=embedded, use_cache=False).logits
        found = read(input_ids=TOKENS, use_cache=False).logits
    torch.testing.assert_close(found[:, -10:], expected[:, -10:], rtol=1e-5, atol=1e-5)

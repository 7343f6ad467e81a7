"""Training few parameters instead of all: LoRA adapters or a soft prompt.

LoRA (Hu et al. 2021, https://arxiv.org/abs/2106.09685) adds two narrow matrices to each linear
layer; after training they are merged into the weights. A soft prompt (Lester et al. 2021,
https://arxiv.org/abs/2104.08691; section 4.5 of the FLAN paper) is a few learned embeddings before
every document; the model itself stays as it is. ``peft`` is loaded only where one is asked for.

    document   [a a a b b]        soft prompt of two: [? ? a a a ? ? b b]
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from flan_core.model.head import Scorer
from flan_core.seeds import generator_of, seed_of

LORA_SCALE = 2.0
"""Adapters are multiplied by this, whatever their rank (alpha = 2 · rank)."""
LIKELY_TOKENS = 5_000
"""A soft prompt starts as the embeddings of tokens among this many first ones."""


def lora_config(rank: int) -> Any:
    """Return peft's settings of adapters of ``rank`` on every linear layer but the vocabulary's."""
    from peft import LoraConfig, TaskType

    return LoraConfig(
        r=rank,
        lora_alpha=LORA_SCALE * rank,
        lora_dropout=0.0,
        target_modules="all-linear",
        task_type=TaskType.CAUSAL_LM,
    )


def add_lora(model: PreTrainedModel, rank: int, *, seed: int) -> None:
    """Put adapters into ``model``; only they will be trained. Their start follows from ``seed``."""
    from peft import get_peft_model

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed_of("lora", seed) % 2**63)
        get_peft_model(model, lora_config(rank))


def merge_lora(model: PreTrainedModel, rank: int, trained: Mapping[str, Tensor]) -> PreTrainedModel:
    """Return ``model``, as it was before training, with trained adapters merged into it.

    ``trained`` are the adapters' weights by the names that ``add_lora`` gave them.
    """
    from peft import get_peft_model

    adapted = get_peft_model(model, lora_config(rank))
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for name, weight in trained.items():
            parameters[name].copy_(weight)
    merged: PreTrainedModel = adapted.merge_and_unload()
    return merged


def add_soft_prompt(scorer: Scorer, tokens: int) -> None:
    """Give ``scorer`` a soft prompt of ``tokens`` embeddings; only it will be trained."""
    scorer.requires_grad_(False)
    table = scorer.model.get_input_embeddings().weight
    scorer.prompt = nn.Parameter(table.new_empty(tokens, table.shape[1]))


def start_of_soft_prompt(model: PreTrainedModel, tokens: int, *, seed: int) -> Tensor:
    """Return the embeddings of seeded common tokens, as [tokens, E]."""
    table = model.get_input_embeddings().weight.detach()
    among = min(LIKELY_TOKENS, len(table))
    chosen = generator_of("soft prompt", seed).integers(among, size=tokens)
    start: Tensor = table[torch.from_numpy(chosen.astype(np.int64))].clone()
    return start


def save_soft_prompt(prompt: Tensor, model: PreTrainedModel, base: str, folder: Path) -> None:
    """Write a soft prompt as the adapter folder that ``peft.PeftModel.from_pretrained`` reads."""
    from peft import PromptTuningConfig, TaskType, get_peft_model

    model.name_or_path = base
    settings = PromptTuningConfig(
        task_type=TaskType.CAUSAL_LM,
        num_virtual_tokens=len(prompt),
        base_model_name_or_path=base,
    )
    adapted = get_peft_model(model, settings)
    with torch.no_grad():
        adapted.prompt_encoder["default"].embedding.weight.copy_(prompt)
    # "auto" would ask the hub whether the vocabulary has grown.
    adapted.save_pretrained(folder, save_embedding_layers=False)

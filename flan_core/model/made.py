"""Models made from a config with random weights: for the smoke run, the tests and the benchmarks.

Their weights are drawn from names, so the same spec, seed and vocabulary give the same bytes on any
machine: evaluation can rebuild the model before tuning.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

from flan_core.errors import unknown
from flan_core.seeds import seed_of

_TINY = {
    "hidden_size": 128,
    "intermediate_size": 384,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 32,
    "max_position_embeddings": 8_192,
}
_LLAMA = {"rms_norm_eps": 1e-5, "rope_theta": 500_000.0, "max_position_embeddings": 8_192}

MADE: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "tiny": {"model_type": "llama", **_TINY},
        "tiny-half": {  # for a second size on a laptop
            "model_type": "llama",
            **_TINY,
            "hidden_size": 64,
            "intermediate_size": 192,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
        },
        "tiny-qwen3": {"model_type": "qwen3", **_TINY},
        "tiny-mistral": {"model_type": "mistral", **_TINY, "sliding_window": 24},
        "tiny-gemma3": {
            "model_type": "gemma3_text",
            **_TINY,
            "sliding_window": 24,
            "layer_types": ["sliding_attention", "full_attention"] * 2,
            "query_pre_attn_scalar": 32,
            "final_logit_softcapping": 30.0,
        },
        "tiny-gemma2": {
            "model_type": "gemma2",
            **_TINY,
            "sliding_window": 24,
            "query_pre_attn_scalar": 32,
        },
        "tiny-granite": {
            "model_type": "granite",
            **_TINY,
            "logits_scaling": 8.0,
            "embedding_multiplier": 12.0,
        },
        "tiny-gpt2": {
            "model_type": "gpt2",
            "n_embd": 128,
            "n_layer": 4,
            "n_head": 4,
            "n_positions": 2_048,
        },
        "tiny-gpt-neox": {
            "model_type": "gpt_neox",
            "hidden_size": 128,
            "intermediate_size": 384,
            "num_hidden_layers": 4,
            "num_attention_heads": 4,
        },
        "tiny-opt": {
            "model_type": "opt",
            "hidden_size": 128,
            "ffn_dim": 384,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "word_embed_proj_dim": 128,
        },
        "tiny-bloom": {"model_type": "bloom", "hidden_size": 128, "n_layer": 2, "n_head": 4},
        "llama-256": {  # the 4-layer Llama of the CPU benchmark
            "model_type": "llama",
            **_LLAMA,
            "hidden_size": 256,
            "intermediate_size": 688,
            "num_hidden_layers": 4,
            "num_attention_heads": 8,
            "num_key_value_heads": 4,
            "tie_word_embeddings": True,
        },
        "llama-1b": {  # the shape of Llama 3.2 1B
            "model_type": "llama",
            **_LLAMA,
            "hidden_size": 2_048,
            "intermediate_size": 8_192,
            "num_hidden_layers": 16,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
            "tie_word_embeddings": True,
        },
        "llama-8b": {  # the shape of Llama 3.1 8B
            "model_type": "llama",
            **_LLAMA,
            "hidden_size": 4_096,
            "intermediate_size": 14_336,
            "num_hidden_layers": 32,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
        },
    }
)
"""Settings by spec; the vocabulary and the special tokens come from the tokenizer."""


def is_made(spec: str) -> bool:
    """Tell whether a spec names a model made from a config; ``tiny-…`` always does."""
    return spec in MADE or spec.startswith("tiny-")


def config_of(spec: str, *, vocabulary: int, eos: int, pad: int) -> Any:
    """Return the transformers config of a made model.

    Raises:
        BadInput: no model is made under this name.
    """
    if spec not in MADE:
        raise unknown("made model", spec, MADE)
    return AutoConfig.for_model(
        **MADE[spec],
        vocab_size=vocabulary,
        eos_token_id=eos,
        bos_token_id=eos,
        pad_token_id=pad,
    )


def make(spec: str, config: Any, *, seed: int, dtype: torch.dtype) -> PreTrainedModel:
    """Make the model on the CPU with weights drawn from its spec and the seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed_of("model", spec, seed) % 2**63)
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    return model.to(dtype)

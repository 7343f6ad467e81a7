"""How many parameters a model has, without loading its weights and without asking a hub."""

import json
from collections.abc import Mapping
from pathlib import Path

from flan_core.errors import BadInput, unknown

KNOWN: Mapping[str, float] = {
    "EleutherAI/pythia-160m": 0.162e9,
    "EleutherAI/pythia-410m": 0.405e9,
    "EleutherAI/pythia-1b": 1.012e9,
    "EleutherAI/pythia-1.4b": 1.415e9,
    "EleutherAI/pythia-2.8b": 2.775e9,
    "EleutherAI/pythia-6.9b": 6.857e9,
    "EleutherAI/pythia-12b": 11.846e9,
    "HuggingFaceTB/SmolLM2-135M": 0.135e9,
    "HuggingFaceTB/SmolLM2-360M": 0.362e9,
    "HuggingFaceTB/SmolLM2-1.7B": 1.711e9,
    "Qwen/Qwen3-0.6B-Base": 0.596e9,
    "Qwen/Qwen3-1.7B-Base": 1.721e9,
    "Qwen/Qwen3-4B-Base": 4.022e9,
    "Qwen/Qwen3-8B-Base": 8.191e9,
    "Qwen/Qwen3-14B-Base": 14.768e9,
    "meta-llama/Llama-3.1-8B": 8.030e9,
    "meta-llama/Llama-3.1-70B": 70.554e9,
    "meta-llama/Llama-3.2-1B": 1.236e9,
    "meta-llama/Llama-3.2-3B": 3.213e9,
    "mistralai/Mistral-7B-v0.3": 7.248e9,
    "lamda-pt-137b": 137e9,
}
"""Parameters of open base models by hub id, and of the paper's model."""


def parameters_of(model: str, vocabulary: int) -> float:
    """Return a model's number of parameters: counted from its config, or as published.

    ``vocabulary`` is that of the tokenizer, for a model that is made from a config.

    Raises:
        BadInput: the model is none that is known here, and no folder with a config.
    """
    if model in KNOWN:
        return KNOWN[model]
    config = Path(model) / "config.json"
    if config.is_file():
        return _counted(json.loads(config.read_text(encoding="utf-8")))
    from flan_core.model.made import MADE, config_of, is_made

    if is_made(model):
        return _counted(config_of(model, vocabulary=vocabulary, eos=0, pad=1).to_dict())
    error = unknown("size of model", model, [*KNOWN, *MADE])
    raise BadInput(f"{error}; or say it with --parameters 7e9")


def _counted(settings: Mapping[str, object]) -> float:
    """Build the model without memory for its weights and count them."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    known = {name: value for name, value in settings.items() if name != "transformers_version"}
    config = AutoConfig.for_model(**known)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    return float(sum(weights.numel() for weights in model.parameters()))

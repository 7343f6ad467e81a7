"""Load a decoder-only language model and its tokenizer, refusing what cannot be trained safely.

A spec is the name of a model made from a config (``tiny``), a local folder, or a hub id. Weights
come from safetensors only, and no code that comes with a model is ever run.
"""

from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedModel
from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES
from transformers.utils import logging

from flan_core.errors import BadInput, Transient
from flan_core.model.made import config_of, is_made, make

logging.disable_progress_bar()  # ours is the one that is shown


def load_tokenizer(path: str | Path) -> Any:
    """Load the tokenizer of a folder or hub id.

    Raises:
        BadInput: there is none, or it has no EOS token.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(path), trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise BadInput(
            f"{path} has no tokenizer that loads without its own code: {error}"
        ) from error
    if tokenizer.eos_token_id is None:
        raise BadInput(
            f"the tokenizer of {path} has no EOS token, so a model would never learn to stop; "
            "set eos_token in its tokenizer_config.json"
        )
    return tokenizer


def load_config(spec: str, *, tokenizer: Any, revision: str = "main") -> Any:
    """Return the transformers config that belongs to a spec.

    Raises:
        BadInput: the spec is unknown, is not decoder-only, or needs code of its own.
        Transient: the hub cannot be reached.
    """
    if is_made(spec):
        pad = tokenizer.eos_token_id if tokenizer.pad_token_id is None else tokenizer.pad_token_id
        return config_of(spec, vocabulary=len(tokenizer), eos=tokenizer.eos_token_id, pad=pad)
    try:
        config = AutoConfig.from_pretrained(spec, revision=revision, trust_remote_code=False)
    except ValueError as error:
        raise BadInput(f"model {spec}: {error}") from error
    except OSError as error:
        raise _unreachable(spec, error) from error
    _refuse_other_than_decoder(spec, config)
    return config


def load_model(
    spec: str,
    *,
    tokenizer_dir: str | Path,
    seed: int,
    revision: str = "main",
    dtype: torch.dtype = torch.float32,
    device: str | torch.device = "cpu",
) -> PreTrainedModel:
    """Load or make a model in ``dtype`` on ``device``, in training mode off.

    The same spec and seed give the same bytes each time, whatever the number of processes.

    Raises:
        BadInput: the folder has no safetensors, the model is not decoder-only or needs code of its
            own, or its vocabulary is smaller than the tokenizer's.
        Transient: the hub cannot be reached.
    """
    tokenizer = load_tokenizer(tokenizer_dir)
    config = load_config(spec, tokenizer=tokenizer, revision=revision)
    if is_made(spec):
        model = make(spec, config, seed=seed, dtype=dtype)
    else:
        model = _read(spec, config, revision, dtype)
    _check_vocabulary(spec, model, tokenizer)
    _set_special_tokens(model, tokenizer)
    return model.to(device).eval()


def _read(spec: str, config: Any, revision: str, dtype: torch.dtype) -> PreTrainedModel:
    folder = Path(spec)
    if folder.is_dir() and not any(folder.glob("*.safetensors")):
        found = ", ".join(sorted(path.name for path in folder.iterdir())[:5]) or "nothing"
        raise BadInput(
            f"model folder {spec} has no *.safetensors file (it holds {found}); pickled weights "
            "are never opened: convert them with save_pretrained(safe_serialization=True)"
        )
    try:
        return AutoModelForCausalLM.from_pretrained(
            spec,
            config=config,
            revision=revision,
            dtype=dtype,
            use_safetensors=True,
            trust_remote_code=False,
        )
    except ValueError as error:
        raise BadInput(f"model {spec} is no causal language model: {error}") from error
    except OSError as error:
        raise _unreachable(spec, error) from error


def _unreachable(spec: str, error: OSError) -> BadInput | Transient:
    """Tell a model that is not there from a hub that does not answer."""
    if Path(spec).is_dir():
        return BadInput(f"model folder {spec} cannot be loaded: {error}")
    text = str(error)
    if "connect" in text.lower() or "offline" in text.lower():
        return Transient(f"model {spec} is no local folder and the hub does not answer: {text}")
    return BadInput(f"model {spec} is neither a local folder nor a model of the hub: {text}")


def _refuse_other_than_decoder(spec: str, config: Any) -> None:
    masked = config.model_type in MODEL_FOR_MASKED_LM_MAPPING_NAMES
    if config.is_encoder_decoder or (masked and not getattr(config, "is_decoder", False)):
        raise BadInput(
            f"model {spec} is a {config.model_type}, not decoder-only; packed training needs a "
            "causal language model such as llama, qwen3, mistral, gemma3 or gpt_neox"
        )


def _check_vocabulary(spec: str, model: PreTrainedModel, tokenizer: Any) -> None:
    rows = model.get_input_embeddings().weight.shape[0]
    if rows < len(tokenizer):
        raise BadInput(
            f"model {spec} has {rows} embeddings but the tokenizer of the packs has "
            f"{len(tokenizer)} tokens; pack again with the model's own tokenizer"
        )


def _set_special_tokens(model: PreTrainedModel, tokenizer: Any) -> None:
    """Give config and generation config the tokenizer's EOS and a padding token."""
    eos = tokenizer.eos_token_id
    pad = eos if tokenizer.pad_token_id is None else tokenizer.pad_token_id
    model.config.eos_token_id, model.config.pad_token_id = eos, pad
    if model.generation_config is not None:
        model.generation_config.eos_token_id = eos
        model.generation_config.pad_token_id = pad

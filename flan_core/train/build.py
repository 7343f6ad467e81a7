"""From a config to a sharded model on its devices, and from trained parameters to a whole model."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint as again
from transformers import AutoModelForCausalLM, PreTrainedModel

from flan_core.config import Train
from flan_core.errors import BadInput
from flan_core.model.adapt import add_lora, add_soft_prompt, merge_lora, start_of_soft_prompt
from flan_core.model.head import Scorer
from flan_core.model.load import load_config, load_model, load_tokenizer
from flan_core.packs import Packs
from flan_core.train.batches import rows_of_rank
from flan_core.train.memory import (
    Plan,
    Room,
    Shape,
    choose,
    compute_dtype,
    free_memory,
    refuse_too_large,
)
from flan_core.train.shard import World, fill, shard

PREFIX = "model."
"""What the scorer puts before the names of the model's parameters."""


@dataclass(frozen=True)
class Built:
    """A model ready to train, and what was planned for it."""

    scorer: Scorer
    shape: Shape
    plan: Plan
    stored: torch.dtype
    """What the weights came in and go out in."""
    commit: str
    """Commit of the hub that the model came from; empty for a folder or a made model."""


def build(config: Train, packs: Packs, world: World) -> Built:
    """Plan, print the plan, refuse what cannot fit, then load, shard and fill the model.

    Raises:
        BadInput: the model cannot be loaded or trained, or its memory does not fit.
    """
    rows = rows_of_rank(packs, world.size)
    tokenizer = load_tokenizer(packs.tokenizer)
    settings = load_config(config.model, tokenizer=tokenizer, revision=config.revision)
    stored = settings.dtype or torch.float32
    scorer = _skeleton(config, settings, compute_dtype(config, gpu=world.device.type == "cuda"))
    room = Room(
        device=world.device,
        free=free_memory(world),
        ranks=world.size,
        rows=rows,
        length=packs.length,
    )
    shape, plan = choose(scorer, config, room)
    if world.first:
        print(f"train: memory of a rank: {plan.line(room.free)}", file=sys.stderr, flush=True)
    refuse_too_large(plan, room)
    weights = _weights(config, packs) if world.first else {}
    shard(scorer, world, dtype=shape.dtype, reshard=shape.reshard)
    fill(scorer, weights, world)
    _wrap_layers(scorer, checkpointed=shape.checkpointed, compiled=config.compile)
    commit = getattr(settings, "_commit_hash", None) or ""
    return Built(scorer.train(), shape, plan, stored, commit)


def _skeleton(config: Train, settings: Any, dtype: torch.dtype) -> Scorer:
    """Return the model without weights, on the meta device.

    What learns is float32. What LoRA or a soft prompt leave as it is takes the ``dtype`` that
    layers compute in, so that a rank keeps half of it on a GPU and gathers it as it is.
    """
    if config.lora_rank and config.soft_prompt_tokens:
        raise BadInput(
            f"train.lora_rank is {config.lora_rank} and train.soft_prompt_tokens is "
            f"{config.soft_prompt_tokens}; set one of them to 0"
        )
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(settings, dtype=torch.float32)
        if config.lora_rank:
            add_lora(model, config.lora_rank, seed=config.seed)
        scorer = Scorer(model)
        if config.soft_prompt_tokens:
            add_soft_prompt(scorer, config.soft_prompt_tokens)
    for each in scorer.parameters():
        if not each.requires_grad:
            each.data = each.data.to(dtype)
    return scorer


def _weights(config: Train, packs: Packs) -> dict[str, Tensor]:
    """Load the model and return all that the scorer holds, by the scorer's names."""
    model = _load(config, packs)
    if config.lora_rank:
        add_lora(model, config.lora_rank, seed=config.seed)
    named = [*model.named_parameters(), *model.named_buffers()]
    weights = {PREFIX + name: each.detach() for name, each in named}
    if config.soft_prompt_tokens:
        weights["prompt"] = start_of_soft_prompt(model, config.soft_prompt_tokens, seed=config.seed)
    return weights


def _load(config: Train, packs: Packs) -> PreTrainedModel:
    return load_model(
        config.model, tokenizer_dir=packs.tokenizer, seed=config.seed, revision=config.revision
    )


def _wrap_layers(scorer: Scorer, *, checkpointed: bool, compiled: bool) -> None:
    """Make layers compute their activations again in the backward pass, or compile them.

    The forward function is wrapped, not the module: names stay, and FSDP gathers a layer once.
    """
    for layer in scorer.layers:
        forward = layer.forward
        if checkpointed:
            forward = partial(again, forward, use_reentrant=False)
        if compiled:
            forward = torch.compile(forward)
        if forward is not layer.forward:
            layer.forward = forward


def finished(
    config: Train, packs: Packs, built: Built, trained: Mapping[str, Tensor]
) -> tuple[PreTrainedModel, dict[str, Tensor]]:
    """Return a whole model on the CPU and its weights, in the dtype they are stored in."""
    if not (config.lora_rank or config.soft_prompt_tokens):
        model = built.scorer.model
        weights = {name.removeprefix(PREFIX): each for name, each in trained.items()}
    else:
        model = _load(config, packs)
        adapters = {name.removeprefix(PREFIX): each for name, each in trained.items()}
        if config.lora_rank:
            model = merge_lora(model, config.lora_rank, adapters)
        weights = dict(model.state_dict())
    return model, {
        name: each.to(built.stored) if each.is_floating_point() else each
        for name, each in weights.items()
    }


def trained_parameters(scorer: nn.Module) -> dict[str, nn.Parameter]:
    """Return the parameters that learn, by name."""
    return {name: each for name, each in scorer.named_parameters() if each.requires_grad}

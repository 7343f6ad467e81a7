"""How much memory a run will take, before it takes it.

    parameters   float32, sharded over the ranks; frozen ones in the compute dtype
    gradients    the same
    optimiser    Adafactor m + n floats a matrix; AdamW twice the parameters
    gathered     layers as they are computed, in the compute dtype: two at a time, or all
    activations  what the backward pass keeps of one micro-batch
    head         logits of one chunk of target positions

Each is counted in bytes on one rank.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from transformers import AutoModelForCausalLM

from flan_core.config import Train
from flan_core.errors import BadInput
from flan_core.model.head import CHUNK, Rows, Scorer
from flan_core.train.shard import World

MARGIN = 0.92
"""Part of the free memory that may be planned: kernels and fragments take the rest."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Bytes on one rank."""

    parameters: int
    gradients: int
    optimiser: int
    gathered: int
    activations: int
    head: int

    @property
    def total(self) -> int:
        """All of it."""
        return sum(vars(self).values())

    def table(self, free: int) -> str:
        """Return the plan as lines for people."""
        rows = [*vars(self).items(), ("total", self.total), ("free", free)]
        return "\n".join(f"  {name:<12}{size / 2**20:>12,.1f} MiB" for name, size in rows)

    def line(self, free: int) -> str:
        """Return the plan in one line, MiB."""
        parts = " + ".join(f"{name} {size / 2**20:,.1f}" for name, size in vars(self).items())
        return f"{parts} = {self.total / 2**20:,.1f} MiB of {free / 2**20:,.0f} free"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The choices that decide how much is kept."""

    micro_packs: int
    """Packs of one forward pass on one rank."""
    length: int
    """Tokens of a pack."""
    dtype: torch.dtype
    """What layers compute in."""
    checkpointed: bool
    """Whether only the inputs of layers are kept for the backward pass."""
    reshard: bool
    """Whether a layer's gathered parameters are freed after its forward pass."""
    prompt_tokens: int = 0
    """Tokens of a soft prompt before each document."""


@dataclass(frozen=True, kw_only=True)
class Room:
    """Where a rank computes."""

    device: torch.device
    free: int
    """Bytes that the rank may take."""
    ranks: int
    rows: int
    """Packs of a step that the rank has."""
    length: int
    """Tokens of a pack."""


def choose(scorer: Scorer, config: Train, room: Room) -> tuple[Shape, Plan]:
    """Return the fastest choices that fit into the free bytes, else the leanest, and their plan.

    Fast is: no activation made twice, large micro-batches on a GPU (a CPU gains nothing by them),
    layers gathered once. What the config fixes stays.
    """
    gpu = room.device.type == "cuda"
    free_sizes = _halvings(room.rows) if gpu else [1]
    sizes = [config.micro_packs] if config.micro_packs else free_sizes
    checkpointed = {"auto": (False, True), "on": (True,), "off": (False,)}
    shapes = [
        Shape(
            micro_packs=min(size, room.rows),
            length=room.length,
            dtype=compute_dtype(config, gpu=gpu),
            checkpointed=again,
            reshard=reshard,
            prompt_tokens=config.soft_prompt_tokens,
        )
        for again in checkpointed[config.checkpoint_activations]
        for size in sizes
        for reshard in (False, True)
    ]
    by_token = kept_by_token(scorer.model.config, shapes[0].dtype)
    plans = [
        (shape, plan(scorer, config, shape, ranks=room.ranks, by_token=by_token))
        for shape in shapes
    ]
    return next((made for made in plans if made[1].total <= room.free), plans[-1])


def compute_dtype(config: Train, *, gpu: bool) -> torch.dtype:
    """Return what layers compute in."""
    if config.precision == "auto":
        return torch.bfloat16 if gpu else torch.float32
    dtype: torch.dtype = getattr(torch, config.precision)
    return dtype


def _halvings(rows: int) -> list[int]:
    return [rows >> by for by in range(rows.bit_length())]


def plan(scorer: Scorer, config: Train, shape: Shape, *, ranks: int, by_token: int) -> Plan:
    """Reckon the memory of a rank; the model may be on the meta device.

    ``by_token`` are the bytes that a token leaves for the backward pass.
    """
    every = list(scorer.parameters())
    trained = [each for each in every if each.requires_grad]
    layers = [_count(layer.parameters()) for layer in scorer.layers]
    outside = _count(every) - sum(layers)
    opened = min(2, len(layers)) if shape.reshard else len(layers)
    return Plan(
        parameters=sum(each.nbytes for each in every) // ranks,
        gradients=sum(each.nbytes for each in trained) // ranks,
        optimiser=sum(_state_of(each, config.optimizer, ranks) for each in trained),
        gathered=(outside + opened * max(layers)) * shape.dtype.itemsize,
        activations=_activations(scorer, shape, by_token),
        head=_head(scorer.model.config, shape),
    )


def _count(parameters: Iterable[nn.Parameter]) -> int:
    return sum(each.numel() for each in parameters)


def _state_of(parameter: nn.Parameter, optimizer: str, ranks: int) -> int:
    """Return the bytes of a parameter's optimiser state on a rank."""
    if optimizer == "adamw":
        return 8 * parameter.numel() // ranks
    if parameter.ndim < 2:
        return 4 * parameter.numel() // ranks
    *stack, rows, columns = parameter.shape
    if stack:
        return 4 * math.prod(stack) * (rows + columns) // ranks
    return 4 * (rows // ranks + columns)


PROBE = 64
"""Tokens of the forward pass that measures what is kept."""


def kept_by_token(config: Any, dtype: torch.dtype) -> int:
    """Return the bytes that a token leaves for the backward pass in the whole decoder.

    Measured by a forward pass on the meta device, which takes neither time nor memory.
    """
    tensors: list[Tensor] = []
    segments = np.ones((1, PROBE), np.int32)
    arrays = dict.fromkeys(("tokens", "segments", "positions", "loss"), segments)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, dtype=dtype).train()
        rows = Rows.of(arrays).to(torch.device("meta"))
        with saved_tensors_hooks(partial(_note, tensors), lambda each: each):
            kept = Scorer(model)(rows, "hidden")
    storages = {each.untyped_storage()._cdata: each.untyped_storage() for each in tensors}
    for weight in model.parameters():
        storages.pop(weight.untyped_storage()._cdata, None)
    del kept
    return sum(storage.nbytes() for storage in storages.values()) // PROBE


def _note(tensors: list[Tensor], tensor: Tensor) -> Tensor:
    tensors.append(tensor)
    return tensor


def _activations(scorer: Scorer, shape: Shape, by_token: int) -> int:
    """Return what one forward pass keeps for the backward pass.

    With checkpointed layers, their inputs and all that one layer keeps while it is made again.
    """
    width, layers = scorer.model.config.get_text_config().hidden_size, len(scorer.layers)
    thin = layers * width * shape.dtype.itemsize + by_token // layers
    return int(shape.micro_packs * shape.length * (thin if shape.checkpointed else by_token))


def _head(config: Any, shape: Shape) -> int:
    """Reckon the logits of one chunk: as projected, in float32, and their gradient."""
    rows = min(shape.micro_packs * shape.length, CHUNK)
    return int(rows * config.get_text_config().vocab_size * (4 + 4 + shape.dtype.itemsize))


def free_memory(world: World) -> int:
    """Return the bytes that one rank may take: of its GPU, else its share of the machine's."""
    if world.device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(world.device)
        reserved = torch.cuda.memory_reserved(world.device)
        return int(MARGIN * (free + reserved))
    return int(MARGIN * _machine() / world.local_size)


def _machine() -> int:
    """Return the free memory of the machine, or of the container if it has a lower limit."""
    meminfo = Path("/proc/meminfo").read_text(encoding="utf-8")
    lines = dict(line.split(":", 1) for line in meminfo.splitlines())
    free = int(lines["MemAvailable"].split()[0]) * 1_024
    limit, used = (Path(f"/sys/fs/cgroup/memory.{name}") for name in ("max", "current"))
    if not limit.is_file() or limit.read_text().strip() == "max":
        return free
    return min(free, int(limit.read_text()) - int(used.read_text()))


def refuse_too_large(made: Plan, room: Room) -> None:
    """Refuse a plan that does not fit.

    Raises:
        BadInput: with what would make it fit.
    """
    free = room.free
    if made.total <= free:
        return
    fixed = made.parameters + made.gradients + made.optimiser
    needed = math.ceil(room.ranks * fixed / max(1, free - (made.total - fixed)))
    more = f"train on {needed} ranks or more" if needed > 0 and free > made.total - fixed else ""
    advice = [
        "set micro_packs to 1" if made.activations > free / 4 else "",
        "turn checkpoint_activations on" if made.activations > free / 4 else "",
        "use adafactor" if made.optimiser > made.parameters else "",
        "train LoRA adapters (lora_rank) instead of all parameters",
        more,
        "choose a smaller model",
    ]
    raise BadInput(
        f"training needs {made.total / 2**30:,.2f} GiB on each rank but {room.device} has "
        f"{free / 2**30:,.2f} GiB free:\n{made.table(free)}\n"
        f"{'; '.join(each for each in advice if each)}"
    )

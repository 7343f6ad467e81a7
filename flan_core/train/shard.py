"""Ranks: the process group, sharding, every exchange between processes. No other file knows ranks.

One process without torchrun is a world of one, so there is one path for one CPU, one GPU, eight
GPUs or several nodes.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch._C._distributed_c10d import HashStore, PrefixStore, Store
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, fully_shard
from torch.distributed.rendezvous import rendezvous
from torch.distributed.tensor import DTensor, distribute_tensor

from flan_core.model.head import Scorer
from flan_core.train.history import Gone, Hanging

T = TypeVar("T")

BACKGROUND_TIMEOUT_S = 3_600
"""Seconds that ranks wait for each other in work beside training, such as writing a checkpoint."""


@dataclass(frozen=True)
class World:
    """This process among all of the job."""

    rank: int
    size: int
    local_rank: int
    local_size: int
    """Processes on this machine."""
    attempt: int
    """How many times torchrun has started this group before."""
    device: torch.device
    mesh: DeviceMesh
    cpu_mesh: DeviceMesh
    """The same ranks, for tensors that were copied to the CPU."""
    background: dist.ProcessGroup
    """A group over the CPU for work beside training (checkpoints)."""

    @property
    def first(self) -> bool:
        """Whether this is the rank that writes files and speaks."""
        return self.rank == 0

    def sum_(self, flat: Tensor) -> Tensor:
        """Add ``flat`` over all ranks, in place, in one exchange."""
        if self.size > 1:
            dist.all_reduce(flat)
        return flat

    def gather(self, value: Any) -> list[Any]:
        """Return every rank's ``value``, in the order of ranks."""
        values: list[Any] = [None] * self.size
        dist.all_gather_object(values, value, group=self.background)
        return values

    def share(self, value: T) -> T:
        """Return the first rank's ``value`` on all ranks."""
        values = [value]
        dist.broadcast_object_list(values, src=0, group=self.background)
        return values[0]

    def set_timeout(self, timeout_s: float) -> None:
        """From now on an exchange fails when a rank does not come within ``timeout_s`` seconds."""
        dist.distributed_c10d._set_pg_timeout(timedelta(seconds=timeout_s))

    def wait(self) -> None:
        """Wait until all ranks are here."""
        dist.barrier(group=self.background)


@contextmanager
def joined(*, timeout_s: float) -> Iterator[World]:
    """Join the job's process group for the length of a ``with`` block.

    A rank that another waits for longer than ``timeout_s`` fails the exchange on all of them.
    """
    local_rank = int(os.environ.get("LOCAL_RANK", "0"))
    gpu = torch.cuda.is_available()
    device = torch.device("cuda", local_rank) if gpu else torch.device("cpu")
    if gpu:
        torch.cuda.set_device(device)
    timeout = timedelta(seconds=timeout_s)
    slow = timedelta(seconds=max(timeout_s, BACKGROUND_TIMEOUT_S))
    store, rank, size = _store(timeout)
    dist.init_process_group(
        "cpu:gloo,cuda:nccl" if gpu else "gloo",
        store=store,
        rank=rank,
        world_size=size,
        timeout=timeout,
        device_id=device if gpu else None,
    )
    done = False
    try:
        yield World(
            rank=rank,
            size=size,
            local_rank=local_rank,
            local_size=int(os.environ.get("LOCAL_WORLD_SIZE", "1")),
            attempt=_attempt(),
            device=device,
            mesh=dist.device_mesh.init_device_mesh(device.type, (size,)),
            cpu_mesh=dist.device_mesh.init_device_mesh("cpu", (size,)),
            background=dist.new_group(backend="gloo", timeout=slow),
        )
        done = True
    finally:
        # After a failure others may be dead or elsewhere: leaving in order could wait for them.
        if done or size == 1:
            dist.destroy_process_group()


@contextmanager
def losing_ranks() -> Iterator[None]:
    """Say of a failed exchange what it means.

    Raises:
        Gone: another rank died.
        Hanging: another rank did not come in time.
    """
    try:
        yield
    except RuntimeError as error:
        told = str(error).splitlines()[0]
        if not isinstance(error, dist.DistError) and "gloo" not in told.lower():
            raise
        if "timed out" in told.lower():
            raise Hanging(f"another rank did not come in time: {told}") from error
        raise Gone(f"another rank is gone: {told}") from error


def _attempt() -> int:
    return int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"))


def _store(timeout: timedelta) -> tuple[Store, int, int]:
    """Return the store of this attempt, this process's rank and the number of processes.

    torchrun keeps one store over restarts, in which the ranks of a new attempt would read the
    addresses of dead ones (pytorch#135712): the prefix keeps attempts apart.
    """
    if "RANK" not in os.environ:
        return HashStore(), 0, 1
    store, rank, size = next(iter(rendezvous("env://", timeout=timeout)))
    return PrefixStore(f"flan/attempt/{_attempt()}", store), rank, size


def shard(scorer: Scorer, world: World, *, dtype: torch.dtype, reshard: bool) -> None:
    """Shard parameters, gradients and optimiser state over all ranks (FSDP2), a group a layer.

    Parameters keep their dtype; layers compute in ``dtype`` and gradients are added in float32.
    Gradients are summed, not averaged: the loss is already divided by the targets of all ranks.
    ``reshard`` frees a layer's gathered parameters between its forward and backward passes.
    """
    policy = MixedPrecisionPolicy(param_dtype=dtype, reduce_dtype=torch.float32)
    for layer in scorer.layers:
        fully_shard(layer, mesh=world.mesh, mp_policy=policy, reshard_after_forward=reshard)
    fully_shard(scorer, mesh=world.mesh, mp_policy=policy, reshard_after_forward=False)
    for module in scorer.modules():
        if isinstance(module, FSDPModule):
            module.set_force_sum_reduction_for_comms(True)
            module.set_gradient_divide_factor(1.0)
            # A rank whose rows are padding, or whose experts see no token, must send zeros too.
            module.set_reduce_scatter_unused_params(True)


@torch.no_grad()
def fill(scorer: Scorer, weights: Mapping[str, Tensor], world: World) -> None:
    """Give a sharded model on the meta device its weights, which the first rank has by name.

    One tensor at a time goes from the first rank to all, each keeping its part.
    """
    scorer.to_empty(device=world.device)
    for name, target in [*scorer.named_parameters(), *scorer.named_buffers()]:
        full = torch.empty(target.shape, dtype=target.dtype, device=world.device)
        if world.first:
            full.copy_(weights[name])
        if world.size > 1:
            dist.broadcast(full, src=0)
        local(target).copy_(local(_as(full, target)))


def _as(full: Tensor, target: Tensor) -> Tensor:
    """Cut a tensor that every rank has whole as ``target`` is cut, without an exchange."""
    if not isinstance(target, DTensor):
        return full
    return distribute_tensor(full, target.device_mesh, target.placements, src_data_rank=None)


def reshard_all(scorer: nn.Module) -> None:
    """Give back the whole parameters that forward passes without a backward pass have left."""
    for module in scorer.modules():
        if isinstance(module, FSDPModule):
            module.reshard()


def local(tensor: Tensor) -> Tensor:
    """Return this rank's part of a tensor."""
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor


def locals_of(tensors: Iterable[Tensor]) -> list[Tensor]:
    """Return this rank's parts of many tensors."""
    return [local(tensor) for tensor in tensors]


def buffer_like(part: Tensor) -> Tensor:
    """Return memory on the CPU for a copy of ``part``, pinned where that comes from a GPU."""
    return torch.empty(part.shape, dtype=part.dtype, device="cpu", pin_memory=part.is_cuda)


def on_cpu(part: Tensor, like: Tensor, world: World) -> Tensor:
    """Return a copy of this rank's part of ``like`` as a tensor that is sharded in the same way."""
    if not isinstance(like, DTensor):
        return part
    return DTensor.from_local(
        part, world.cpu_mesh, like.placements, shape=like.shape, stride=like.stride()
    )


def accumulate(scorer: nn.Module, *, last: bool) -> None:
    """Exchange gradients in the next backward pass only if it is the ``last`` of its step.

    On a GPU they are exchanged each time: unsharded gradients would take a whole model's memory.
    """
    if isinstance(scorer, FSDPModule):
        device = next(scorer.parameters()).device
        scorer.set_requires_gradient_sync(last or device.type == "cuda")


def full_tensors(tensors: Mapping[str, Tensor], world: World) -> dict[str, Tensor]:
    """Collect sharded tensors whole on the CPU of the first rank; other ranks get an empty dict.

    One tensor at a time passes through the devices.
    """
    whole: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        full = tensor.full_tensor() if isinstance(tensor, DTensor) else tensor
        if world.first:
            whole[name] = full.detach().to("cpu", copy=True)
    return whole

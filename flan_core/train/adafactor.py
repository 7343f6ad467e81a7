"""Adafactor on sharded parameters, with one exchange between ranks a step.

Shazeer & Stern 2018, algorithms 4 and 5, https://arxiv.org/abs/1804.04235: second moments of a
matrix [m, n] are kept as the means R of its rows and C of its columns, and the update is clipped by
its root mean square. FSDP2 shards the rows: each rank has some of them, whole.

    gradient G  [m, n]    rank 0  # # # #  R .      R of its own rows is local
                                  # # # #  R .
                          rank 1  # # # #  R .
                                  # # # #  R .
                                  C C C C           C is added over the ranks

Why one exchange is enough. The update is U = G / sqrt(R C / mean(R)), and its clipping needs
sum(U²) = mean(R) · sum_j W_j / C_j, where W_j = sum_i G_ij² / R_i needs only the rank's own rows.
So every rank can send the column sums of G² *and* W at once, before C is known. And mean(R) is
mean(C), both being the moving mean of the same G². Sums of vectors and of squared parameters ride
along. A norm to clip by comes before, with the losses: R must know what it clips.

Nothing waits for the device, and the gradient is overwritten with G / sqrt(R), so the step takes no
memory beyond the state: m + n floats a matrix.

Letters in names: C columns of all matrices end to end.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor

from flan_core.train.shard import local

CACHED = 2**16
"""Elements of a piece that stays in a core's cache."""


@dataclass(frozen=True, kw_only=True)
class Hyper:
    """The paper's hyperparameters, with its values."""

    epsilon_gradient: float = 1e-30
    """Added to squared gradients."""
    epsilon_parameter: float = 1e-3
    """Least scale of a parameter."""
    clip: float = 1.0
    """Largest root mean square of an update, before the learning rate."""
    decay: float = 0.8
    """The moving mean of step t keeps 1 - t^-decay."""
    scale_parameter: bool = True
    """Whether the learning rate is relative to the parameter's root mean square."""
    weight_decay: float = 0.0


class Adafactor:
    """Adafactor over named parameters, sharded or not; gradients are used up by ``step``."""

    def __init__(
        self,
        parameters: Mapping[str, nn.Parameter],
        add_over_ranks: Callable[[Tensor], Tensor],
        hyper: Hyper,
    ) -> None:
        """Make the state, all zeros; ``add_over_ranks`` sums a flat tensor over the ranks."""
        self.hyper, self.steps = hyper, 0
        self._add = add_over_ranks
        by_rank = {
            rank: {name: each for name, each in parameters.items() if min(each.ndim, 3) == rank}
            for rank in range(4)
        }
        self._parts: list[_Part] = [
            _Matrices(by_rank[2], hyper),
            _Vectors(by_rank[0] | by_rank[1], hyper),
            *(_Stack(name, each, hyper) for name, each in by_rank[3].items()),
        ]

    @torch.no_grad()
    def step(self, learning_rate: float, scale: float) -> None:
        """Update the parameters by their gradients times ``scale``."""
        self.steps += 1
        new = self.steps**-self.hyper.decay
        messages = [part.measure(new, scale) for part in self._parts]
        sizes = [len(message) for message in messages]
        sums = torch.split(self._add(torch.cat(messages)), sizes)
        for part, total in zip(self._parts, sums, strict=True):
            part.apply(total, new, learning_rate)

    def resume(self, steps: int) -> None:
        """Count ``steps`` as made."""
        self.steps = steps

    def state(self) -> dict[str, Tensor]:
        """Return the state by name, to save and to load into; it does not depend on the ranks."""
        state: dict[str, Tensor] = {}
        for part in self._parts:
            state |= part.state()
        return state


def _steps_of(
    hyper: Hyper,
    learning_rate: float,
    squares_update: Tensor,
    squares_parameter: Tensor,
    size: Tensor,
) -> Tensor:
    """Return the rate of each parameter: relative to its size, less where U is too long."""
    length = (squares_update / size).sqrt_()
    step: Tensor = learning_rate / (length / hyper.clip).clamp_(min=1.0)
    if hyper.scale_parameter:
        step *= (squares_parameter / size).sqrt_().clamp_(min=hyper.epsilon_parameter)
    return step


def _decay(parameters: Sequence[Tensor], learning_rate: float, hyper: Hyper) -> None:
    if hyper.weight_decay and parameters:
        torch._foreach_mul_(list(parameters), 1.0 - learning_rate * hyper.weight_decay)


def _squares(tensors: Sequence[Tensor]) -> Tensor:
    """Return the sum of squares of each tensor."""
    return torch.stack(torch._foreach_norm(list(tensors))).square_()


def _squares_by_column(matrix: Tensor) -> Tensor:
    """Return the sums of squares of the columns.

    On a CPU in pieces that stay in its cache, six times as fast there as one call; neither way
    makes a second array of the matrix's size.
    """
    if matrix.is_cuda:
        norms: Tensor = torch.linalg.vector_norm(matrix, dim=0)
        return norms.square_()
    sums = matrix.new_zeros(matrix.shape[1])
    for piece in torch.split(matrix, max(1, CACHED // matrix.shape[1])):
        sums.add_(piece.square().sum(0))
    return sums


class _Part(Protocol):
    """Some of the parameters."""

    def measure(self, new: float, scale: float) -> Tensor:
        """Take in the gradients, ``new`` of them; return what is to be added over the ranks."""

    def apply(self, total: Tensor, new: float, learning_rate: float) -> None:
        """Change the parameters by what all ranks have."""

    def state(self) -> dict[str, Tensor]:
        """Return the state by name."""


class _Matrices:
    """All matrices: rows of this rank, columns of all ranks."""

    def __init__(self, parameters: Mapping[str, nn.Parameter], hyper: Hyper) -> None:
        self._hyper, self._parameters = hyper, dict(parameters)
        self._widths = [each.shape[1] for each in parameters.values()]
        device = next((local(each).device for each in parameters.values()), torch.device("cpu"))
        self._lengths = torch.tensor(self._widths, device=device, dtype=torch.int64)
        heights = torch.tensor([float(each.shape[0]) for each in parameters.values()])
        self._heights_C = heights.to(device).repeat_interleave(self._lengths)
        self._sizes = heights.to(device) * self._lengths
        self._rows = [
            torch.zeros(local(each).shape[0], device=device) for each in parameters.values()
        ]
        self._columns_C = torch.zeros(sum(self._widths), device=device)

    def measure(self, new: float, scale: float) -> Tensor:
        """Take in this rank's rows; return the sums to exchange: G² and W by column, parameters."""
        if not self._parameters:
            return self._columns_C
        gradients, values = self._gradients(), self._values()
        squares, weighted = [], []
        for gradient, rows in zip(gradients, self._rows, strict=True):
            width = gradient.shape[1]
            means = torch.linalg.vector_norm(gradient, dim=1).square_().mul_(scale**2 / width)
            rows.lerp_(means.add_(self._hyper.epsilon_gradient), new)
            squares.append(_squares_by_column(gradient))
            gradient.mul_(rows.rsqrt().mul_(scale)[:, None])
            weighted.append(_squares_by_column(gradient))
        torch._foreach_mul_(squares, scale**2)
        return torch.cat([*squares, *weighted, _squares(values)])

    def apply(self, total: Tensor, new: float, learning_rate: float) -> None:
        """Take in the columns and change the parameters."""
        if not self._parameters:
            return
        many = len(self._columns_C)
        squares, weighted, parameters = torch.split(total, [many, many, len(self._widths)])
        self._columns_C.lerp_(squares / self._heights_C + self._hyper.epsilon_gradient, new)
        mean = self._by_matrix(self._columns_C) / self._lengths
        squares_update = mean * self._by_matrix(weighted / self._columns_C)
        steps = _steps_of(self._hyper, learning_rate, squares_update, parameters, self._sizes)
        steps = (steps * mean.sqrt()).repeat_interleave(self._lengths, output_size=many)
        factors = torch.split(self._columns_C.rsqrt() * steps, self._widths)
        values = self._values()
        _decay(values, learning_rate, self._hyper)
        for value, gradient, factor in zip(values, self._gradients(), factors, strict=True):
            value.addcmul_(gradient, factor, value=-1.0)

    def state(self) -> dict[str, Tensor]:
        state: dict[str, Tensor] = {}
        columns = torch.split(self._columns_C, self._widths) if self._widths else ()
        each = zip(self._parameters.items(), self._rows, columns, strict=True)
        for (name, parameter), rows, column in each:
            state[f"{name}.rows"] = _like(parameter, rows, parameter.shape[:1])
            state[f"{name}.columns"] = column
        return state

    def _by_matrix(self, values_C: Tensor) -> Tensor:  # noqa: N803 - shape suffix
        return torch.segment_reduce(values_C, "sum", lengths=self._lengths, unsafe=True)

    def _gradients(self) -> list[Tensor]:
        return [local(_gradient(each)) for each in self._parameters.values()]

    def _values(self) -> list[Tensor]:
        return [local(each.data) for each in self._parameters.values()]


class _Vectors:
    """All vectors and scalars, laid end to end: their second moments are whole."""

    def __init__(self, parameters: Mapping[str, nn.Parameter], hyper: Hyper) -> None:
        self._hyper, self._parameters = hyper, dict(parameters)
        parts = [local(each) for each in parameters.values()]
        device = parts[0].device if parts else torch.device("cpu")
        self._widths = [part.numel() for part in parts]
        self._lengths = torch.tensor(self._widths, device=device, dtype=torch.int64)
        sizes = [float(each.numel()) for each in parameters.values()]
        self._sizes = torch.tensor(sizes, device=device)
        self._moments = torch.zeros(sum(self._widths), device=device)
        self._update = self._moments

    def measure(self, new: float, scale: float) -> Tensor:
        """Make the update; return the sums to exchange: its squares and those of the parameters."""
        if not self._parameters:
            return self._moments
        gradients = [local(_gradient(each)).reshape(-1) for each in self._parameters.values()]
        gradient = torch.cat(gradients).mul_(scale)
        self._moments.lerp_(gradient.square().add_(self._hyper.epsilon_gradient), new)
        self._update = gradient.mul_(self._moments.rsqrt())
        squares = torch.segment_reduce(
            self._update.square(), "sum", lengths=self._lengths, unsafe=True, initial=0
        )
        return torch.cat([squares, _squares(self._values())])

    def apply(self, total: Tensor, _new: float, learning_rate: float) -> None:
        """Change the parameters."""
        if not self._parameters:
            return
        updates, parameters = total.chunk(2)
        steps = _steps_of(self._hyper, learning_rate, updates, parameters, self._sizes)
        steps = steps.repeat_interleave(self._lengths, output_size=sum(self._widths))
        values = self._values()
        _decay(values, learning_rate, self._hyper)
        changes = torch.split(self._update.mul_(steps), self._widths)
        shaped = [change.view_as(value) for change, value in zip(changes, values, strict=True)]
        torch._foreach_sub_(values, shaped)

    def state(self) -> dict[str, Tensor]:
        moments = torch.split(self._moments, self._widths) if self._widths else ()
        return {
            f"{name}.moments": _like(each, part.view_as(local(each)), each.shape)
            for (name, each), part in zip(self._parameters.items(), moments, strict=True)
        }

    def _values(self) -> list[Tensor]:
        return [local(each.data) for each in self._parameters.values()]


class _Stack:
    """A tensor of three or more dimensions (experts): matrices, each whole on its rank."""

    def __init__(self, name: str, parameter: nn.Parameter, hyper: Hyper) -> None:
        self._name, self._parameter, self._hyper = name, parameter, hyper
        part = local(parameter)
        self._rows = torch.zeros(part.shape[:-1], device=part.device)
        self._columns = torch.zeros((*part.shape[:-2], part.shape[-1]), device=part.device)
        self._size = torch.tensor(float(parameter.numel()), device=part.device)

    def measure(self, new: float, scale: float) -> Tensor:
        """Make the update; return the sums to exchange: its squares and those of the parameter."""
        gradient, epsilon = (
            local(_gradient(self._parameter)).mul_(scale),
            self._hyper.epsilon_gradient,
        )
        squares = gradient.square()
        self._rows.lerp_(squares.mean(-1).add_(epsilon), new)
        self._columns.lerp_(squares.mean(-2).add_(epsilon), new)
        mean = self._rows.mean(-1, keepdim=True)
        gradient.mul_((self._rows / mean).rsqrt_()[..., None])
        gradient.mul_(self._columns.rsqrt()[..., None, :])
        return _squares([gradient, local(self._parameter.data)])

    def apply(self, total: Tensor, _new: float, learning_rate: float) -> None:
        """Change the parameter."""
        value = local(self._parameter.data)
        _decay([value], learning_rate, self._hyper)
        step = _steps_of(self._hyper, learning_rate, total[0], total[1], self._size)
        value.addcmul_(local(_gradient(self._parameter)), step, value=-1.0)

    def state(self) -> dict[str, Tensor]:
        shape = self._parameter.shape
        return {
            f"{self._name}.rows": _like(self._parameter, self._rows, shape[:-1]),
            f"{self._name}.columns": _like(
                self._parameter, self._columns, torch.Size((*shape[:-2], shape[-1]))
            ),
        }


def _gradient(parameter: nn.Parameter) -> Tensor:
    if parameter.grad is None:
        parameter.grad = torch.zeros_like(parameter)
    return parameter.grad


def _like(parameter: nn.Parameter, part: Tensor, shape: torch.Size) -> Tensor:
    """Return this rank's ``part`` of a state of ``shape``, sharded as its parameter is."""
    if not isinstance(parameter, DTensor):
        return part
    stride = torch.empty(shape, device="meta").stride()
    return DTensor.from_local(
        part, parameter.device_mesh, parameter.placements, shape=shape, stride=stride
    )

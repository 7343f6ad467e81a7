"""Adafactor against the formulas of its paper, whole and in shards."""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.distributed.tensor import Shard, distribute_tensor

from flan_core.train.adafactor import Adafactor, Hyper
from flan_core.train.shard import joined
from tests.flan_core.train import ranks

SHAPES = {"matrix": (13, 8), "tall": (33, 5), "bias": (7,), "scalar": (), "experts": (5, 6, 4)}
STEPS = 100
RATE = 1e-2


def start_of(name: str) -> Tensor:
    generator = torch.Generator().manual_seed(sum(name.encode()))
    return torch.randn(SHAPES[name], generator=generator) * (1e-4 if name == "tall" else 1.0)


def gradient_of(name: str, step: int) -> Tensor:
    generator = torch.Generator().manual_seed(1_000 * step + sum(name.encode()))
    return torch.randn(SHAPES[name], generator=generator) * (0.1 + step % 7)


def by_the_paper(name: str, *, clipping: float = 1.0, steps: int = STEPS) -> Tensor:
    """Algorithms 4 and 5 of Shazeer & Stern 2018, in float64, on the whole tensor."""
    value = start_of(name).double()
    rows, columns, moments = (torch.zeros((), dtype=torch.float64) for _ in range(3))
    for step in range(1, steps + 1):
        gradient = gradient_of(name, step).double() * clipping
        squares, decay = gradient**2 + 1e-30, 1 - step**-0.8
        if value.ndim >= 2:
            rows = decay * rows + (1 - decay) * squares.sum(-1)
            columns = decay * columns + (1 - decay) * squares.sum(-2)
            estimate = rows[..., None] * columns[..., None, :] / rows.sum(-1)[..., None, None]
        else:
            moments = decay * moments + (1 - decay) * squares
            estimate = moments
        update = gradient / estimate.sqrt()
        update = update / max(1.0, rms(update))
        value = value - RATE * max(1e-3, rms(value)) * update
    return value


def rms(tensor: Tensor) -> float:
    return math.sqrt(float((tensor**2).mean()))


def train(parameters: dict[str, nn.Parameter], add, steps: int = STEPS) -> Adafactor:
    adafactor = Adafactor(parameters, add, Hyper())
    go_on(adafactor, parameters, 1, steps)
    return adafactor


def go_on(adafactor: Adafactor, parameters: dict[str, nn.Parameter], first: int, last: int) -> None:
    for step in range(first, last + 1):
        for name, parameter in parameters.items():
            parameter.grad = like(parameter, gradient_of(name, step))
        adafactor.step(RATE, 1.0)


def like(parameter: nn.Parameter, whole: Tensor) -> Tensor:
    mesh = getattr(parameter, "device_mesh", None)
    return whole if mesh is None else distribute_tensor(whole, mesh, parameter.placements)


def whole_parameters() -> dict[str, nn.Parameter]:
    return {name: nn.Parameter(start_of(name)) for name in SHAPES}


def test_it_is_the_algorithm_of_the_paper() -> None:
    parameters = whole_parameters()
    train(parameters, lambda flat: flat)
    for name, parameter in parameters.items():
        torch.testing.assert_close(
            parameter.detach().double(), by_the_paper(name), rtol=1e-6, atol=1e-6
        )


def test_it_agrees_with_torch_where_that_keeps_to_the_paper() -> None:
    ours, theirs = whole_parameters(), whole_parameters()
    train(ours, lambda flat: flat, steps=20)
    torchs = torch.optim.Adafactor(theirs.values(), lr=RATE)
    for step in range(1, 21):
        for name, parameter in theirs.items():
            parameter.grad = gradient_of(name, step)
        torchs.step()
    # torch keeps no factors below two dimensions either, and caps the rate at 1 / sqrt(step).
    for name in SHAPES:
        torch.testing.assert_close(ours[name], theirs[name], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("size", [2, 4])
def test_shards_are_updated_as_the_whole(size: int) -> None:
    def shards() -> dict[str, Tensor]:
        with joined(timeout_s=60) as world:
            parameters = {
                name: nn.Parameter(
                    distribute_tensor(start_of(name), world.mesh, [Shard(0)])
                    if SHAPES[name]
                    else start_of(name)
                )
                for name in SHAPES
            }
            sent = []

            def add(flat: Tensor) -> Tensor:
                sent.append(len(flat))
                # A tensor that is not sharded is counted on each rank: the scalar, as in no model.
                return world.sum_(flat)

            parameters.pop("scalar")
            train(parameters, add)
            assert len(sent) == STEPS, "one exchange a step"
            return {name: each.full_tensor().detach() for name, each in parameters.items()}

    for result in ranks.run(shards, size):
        for name, value in result.items():
            torch.testing.assert_close(value.double(), by_the_paper(name), rtol=1e-6, atol=1e-6)


def test_a_scaled_gradient_is_a_clipped_one() -> None:
    parameters = {"matrix": nn.Parameter(start_of("matrix"))}
    adafactor = Adafactor(parameters, lambda flat: flat, Hyper())
    for step in range(1, 11):
        parameters["matrix"].grad = gradient_of("matrix", step)
        adafactor.step(RATE, 0.25)
    expected = by_the_paper("matrix", clipping=0.25, steps=10)
    torch.testing.assert_close(parameters["matrix"].detach().double(), expected, rtol=0, atol=1e-6)


def test_its_state_is_rows_and_columns() -> None:
    adafactor = Adafactor(whole_parameters(), lambda flat: flat, Hyper())
    shapes = {name: tuple(each.shape) for name, each in adafactor.state().items()}
    assert shapes == {
        "matrix.rows": (13,),
        "matrix.columns": (8,),
        "tall.rows": (33,),
        "tall.columns": (5,),
        "experts.rows": (5, 6),
        "experts.columns": (5, 4),
        "bias.moments": (7,),
        "scalar.moments": (),
    }


def test_it_goes_on_from_its_state_bit_by_bit() -> None:
    straight = whole_parameters()
    train(straight, lambda flat: flat, steps=10)

    first = whole_parameters()
    half = train(first, lambda flat: flat, steps=6)
    second = {name: nn.Parameter(each.detach().clone()) for name, each in first.items()}
    other = Adafactor(second, lambda flat: flat, Hyper())
    for name, part in other.state().items():
        part.copy_(half.state()[name])
    other.resume(6)
    go_on(other, second, 7, 10)

    for name in SHAPES:
        assert torch.equal(straight[name], second[name])


def test_a_parameter_without_gradient_keeps_its_value() -> None:
    parameters = {"matrix": nn.Parameter(start_of("matrix"))}
    Adafactor(parameters, lambda flat: flat, Hyper()).step(RATE, 1.0)
    assert torch.equal(parameters["matrix"].detach(), start_of("matrix"))


def test_weight_decay_shrinks_by_the_learning_rate() -> None:
    parameters = {"matrix": nn.Parameter(start_of("matrix"))}
    Adafactor(parameters, lambda flat: flat, Hyper(weight_decay=0.5)).step(RATE, 1.0)
    torch.testing.assert_close(parameters["matrix"].detach(), start_of("matrix") * (1 - RATE * 0.5))

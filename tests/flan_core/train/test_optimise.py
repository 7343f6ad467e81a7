"""The learning rate of each step, and AdamW under its own name."""

import pytest
import torch
from torch import nn

from flan_core.config import Train
from flan_core.train.adafactor import Adafactor
from flan_core.train.optimise import AdamW, learning_rate_at, make_optimiser


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        ("constant", [0.5, 1.0, 1.0, 1.0, 1.0, 1.0]),
        ("linear", [0.5, 1.0, 1.0, 0.75, 0.5, 0.25]),
        ("cosine", [0.5, 1.0, 1.0, 0.853553, 0.5, 0.146447]),
    ],
)
def test_the_rate_warms_up_and_decays(schedule: str, rates: list[float]) -> None:
    config = Train(learning_rate=1.0, warmup_steps=2, schedule=schedule)
    found = [learning_rate_at(config, step, 6) for step in range(6)]
    assert found == pytest.approx(rates, abs=1e-6)


def test_the_optimiser_of_the_paper_is_the_default() -> None:
    parameters = {"matrix": nn.Parameter(torch.ones(2, 2))}
    assert isinstance(make_optimiser(Train(), parameters, lambda flat: flat), Adafactor)
    assert isinstance(
        make_optimiser(Train(optimizer="adamw"), parameters, lambda flat: flat), AdamW
    )
    assert Train().learning_rate == 3e-5
    assert Train().schedule == "constant"


def steps(adamw: AdamW, parameter: nn.Parameter, first: int, last: int) -> None:
    for step in range(first, last):
        generator = torch.Generator().manual_seed(step)
        parameter.grad = torch.randn(3, 4, generator=generator)
        adamw.step(0.1, 0.5)


def test_adamw_is_torchs_with_scaled_gradients() -> None:
    ours, theirs = nn.Parameter(torch.ones(3, 4)), nn.Parameter(torch.ones(3, 4))
    steps(AdamW({"matrix": ours}, weight_decay=0.1), ours, 0, 5)
    torchs = torch.optim.AdamW([theirs], lr=0.1, weight_decay=0.1)
    for step in range(5):
        generator = torch.Generator().manual_seed(step)
        theirs.grad = 0.5 * torch.randn(3, 4, generator=generator)
        torchs.step()
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6)


def test_adamw_goes_on_from_its_state_bit_by_bit() -> None:
    straight = nn.Parameter(torch.ones(3, 4))
    steps(AdamW({"matrix": straight}, weight_decay=0.0), straight, 0, 6)

    first = nn.Parameter(torch.ones(3, 4))
    half = AdamW({"matrix": first}, weight_decay=0.0)
    steps(half, first, 0, 3)
    second = nn.Parameter(first.detach().clone())
    other = AdamW({"matrix": second}, weight_decay=0.0)
    for name, part in other.state().items():
        part.copy_(half.state()[name])
    other.resume(3)
    steps(other, second, 3, 6)
    assert torch.equal(straight, second)

"""Settings: numbers come back whole, mistakes are named."""

from dataclasses import fields

import pytest

from flan_core import config
from flan_core.errors import BadInput

STEPS = [
    kind
    for kind in vars(config).values()
    if isinstance(kind, type) and kind.__module__ == config.__name__ and kind is not config.Config
]


@pytest.mark.parametrize("kind", STEPS, ids=lambda kind: kind.__name__)
def test_no_settings_are_the_defaults(kind: type[config.Config]):
    assert kind.of({}) == kind()


def test_a_number_that_kfp_made_a_float_is_whole_again():
    pack = config.Pack.of({"length": 2048.0, "steps": 3.0})

    assert (pack.length, type(pack.length), pack.steps) == (2048, int, 3)


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        (config.Pack, {"lenght": 1}, "unknown setting of pack 'lenght'; did you mean length?"),
        (config.Pack, {"length": 1.5}, "pack.length: Input should be a valid integer"),
        (
            config.Mix,
            {"few_shot": 1.5},
            "mix.few_shot: Input should be less than or equal to 1; it is 1.5",
        ),
        (
            config.Train,
            {"optimizer": "sgd"},
            "train.optimizer: Input should be 'adafactor' or 'adamw'; it is 'sgd'",
        ),
        (
            config.Mix,
            {"weights": {"rte": float("nan")}},
            "mix.weights.rte: Input should be a finite number",
        ),
        (
            config.Launch,
            {"processes": 0},
            "launch.processes: Input should be greater than or equal to 1",
        ),
    ],
)
def test_a_mistake_is_named_with_its_value(kind: type[config.Config], settings: dict, message: str):
    with pytest.raises(BadInput) as error:
        kind.of(settings)

    assert message in str(error.value)


@pytest.mark.parametrize("kind", STEPS, ids=lambda kind: kind.__name__)
def test_settings_cannot_be_changed(kind: type[config.Config]):
    settings = kind()

    with pytest.raises(AttributeError):
        setattr(settings, fields(kind)[0].name, "other")

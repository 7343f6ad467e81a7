"""Preflight: each mistake is one message before anything starts."""

import socket
from pathlib import Path

import pytest

from flan_core.errors import BadInput
from pipelines.preflight import check
from pipelines.recipes import RECIPES, override, recipe_of

SMOKE = {"seed": 0, **RECIPES["smoke"].parameters}


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_passes(name: str):
    check(
        {"held_out": ["nli"], "source": "samples", "model": "tiny", "seed": 0}
        | RECIPES[name].parameters
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"held_out": ["nil"]}, "unknown cluster 'nil'; did you mean nli?"),
        ({"held_out": []}, "no cluster is held out"),
        (
            {"fetch": {"tasks": ["rtee"]}},
            "unknown cluster, dataset or task 'rtee'; did you mean rte",
        ),
        ({"pack": {"steps": 0}}, "pack.steps: Input should be greater than or equal to 1"),
        ({"source": "/no/such/folder"}, "/no/such/folder is not a folder"),
        ({"model": "/no/such/model"}, "/no/such/model is not a folder"),
    ],
)
def test_a_mistake_is_refused(settings: dict, message: str):
    with pytest.raises(BadInput) as error:
        check(override(SMOKE, settings))

    assert message in str(error.value)


def test_a_model_without_safetensors_is_refused(tmp_path: Path):
    (tmp_path / "pytorch_model.bin").touch()

    with pytest.raises(
        BadInput, match=r"holds no \.safetensors file; pickled weights are not loaded"
    ):
        check(override(SMOKE, {"model": str(tmp_path)}))


def test_a_port_in_use_is_refused():
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(BadInput, match=f"port {port} is in use"):
            check(override(SMOKE, {"train": {"metrics_port": port}}))


def test_an_unknown_recipe_offers_the_nearest():
    with pytest.raises(BadInput, match=r"unknown recipe 'smok'; did you mean smoke\?"):
        recipe_of("smok")

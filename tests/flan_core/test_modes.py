"""The three forms of instructions: rendered together, trained on and asked in one by one."""

from pathlib import Path

import numpy as np
import pytest

from flan_core.config import Evaluate, Mix, Render
from flan_core.errors import BadInput
from flan_core.evaluate.questions import Choice, Quiz
from flan_core.launch.steps import apart
from flan_core.mix import mix
from flan_core.mixture import Mixture
from flan_core.prompt import Prompts
from flan_core.render import render
from flan_core.tokens import Tokenizer, train_tokenizer
from tests.flan_core.data import write_rows


@pytest.fixture(scope="module")
def prompts(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("modes")
    rows = write_rows(folder / "rows", ["sst2", "wmt16_deen"])
    render(Render(), rows=rows, prompts=folder / "prompts")
    return folder / "prompts"


@pytest.mark.parametrize(
    ("mode", "drawn"), [("natural", {*range(10)}), ("name", {10}), ("none", {11})]
)
def test_training_draws_templates_of_the_chosen_mode_alone(
    tmp_path: Path, prompts: Path, mode: str, drawn: set[int]
):
    config = Mix(held_out=("nli",), tasks=("sst2",), mode=mode)
    mix(config, prompts=prompts, mixture=tmp_path / "mixture")

    draws = Mixture.open(tmp_path / "mixture").draws(0, 400)
    assert {*draws.wording.template.tolist()} == drawn


def test_a_model_is_asked_by_name_in_both_directions(tmp_path: Path, prompts: Path):
    train_tokenizer(["Guten Tag. Good day."], 300, tmp_path)
    choice = Choice(max_rows=1, max_dev_rows=1, templates=3, seed=0, mode="name")
    quiz = Quiz(prompts, "wmt16_deen", choice, Tokenizer.open(tmp_path))

    assert quiz.directions == {"en-de": (10,), "de-en": (11,)}
    test = Prompts.open(prompts, "wmt16_deen", "test")
    asked = test.render(np.array([0, 0]), np.array([10, 11]))
    assert asked.inputs[0].startswith("[Translation: WMT-16 EN/DE, en-de] ")
    assert asked.inputs[1].removeprefix("[Translation: WMT-16 EN/DE, de-en] ") == asked.targets[0]
    assert asked.inputs[0].endswith(asked.targets[1])


def test_each_cluster_and_mode_is_asked_into_a_folder_of_its_own(tmp_path: Path):
    asked = apart(Evaluate(cluster="nli+translation", mode="natural+name"), tmp_path)

    assert [(one.cluster, one.mode, folder.name) for one, folder in asked] == [
        ("nli", "natural", "nli.natural"),
        ("nli", "name", "nli.name"),
        ("translation", "natural", "translation.natural"),
        ("translation", "name", "translation.name"),
    ]
    alone = Evaluate(cluster="nli", mode="name")
    assert apart(alone, tmp_path) == [(alone, tmp_path)]


def test_an_unknown_mode_is_refused():
    with pytest.raises(BadInput, match=r"evaluate\.mode: String should match pattern"):
        Evaluate.of({"mode": "natural+nam"})
    with pytest.raises(BadInput, match=r"mix\.mode: Input should be 'natural', 'name' or 'none'"):
        Mix.of({"mode": "loud"})

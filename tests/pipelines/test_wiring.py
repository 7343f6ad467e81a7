"""The pipelines in KFP's own local runner, with steps that only write down what they were given.

The components and the pipelines are the real ones; a package that lies before the library on the
path stands in for each step's module, so a step takes the second that Python needs to start.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import flan_core
from components.images import TRAIN
from pipelines import local
from pipelines.experiment import Experiment, asked, pipeline_of
from pipelines.retrain import retrain

pytestmark = pytest.mark.filterwarnings(
    "ignore:Task .* have no effect in the current local runner:UserWarning",
    "ignore:You may be attemping to run a task that uses custom:RuntimeWarning",
)

STAND_IN = """
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from flan_core.config import {kind}


def {step}(config: {kind}, **files):
    seen = [json.loads((p / "told.json").read_text()) for path in files.values()
            for p in (path if isinstance(path, list) else [path]) if (p / "told.json").is_file()]
    told = {{"step": "{step}", "settings": asdict(config), "seen": seen}}
    for name in {outputs}:
        if name in ("html", "summary", "metrics", "decision", "reasons"):
            files[name].write_text(json.dumps(told) if name != "metrics" else "{{}}")
        else:
            files[name].mkdir(parents=True, exist_ok=True)
            (files[name] / "told.json").write_text(json.dumps(told))
    return "{choice}"
"""
"""A step: it writes its settings, and what it was given, into each of its outputs."""

LAUNCHED = """
from flan_core.config import Config, Evaluate, Launch, Train


@dataclass
class {kind}(Config):
    part: dict = field(default_factory=dict)

    @classmethod
    def of(cls, settings):
        {part}.of(settings["{step}"]), Launch.of(settings["launch"])
        return cls(part=dict(settings["{step}"]))
"""

STEPS = {
    "fetch": ("fetch.py", "Fetch", ("rows",)),
    "render": ("render.py", "Render", ("prompts",)),
    "mix": ("mix.py", "Mix", ("mixture",)),
    "pack": ("pack.py", "Pack", ("packs",)),
    "train": ("launch/__init__.py", "LaunchTrain", ("checkpoint",)),
    "evaluate": ("launch/__init__.py", "LaunchEvaluate", ("scores", "confusion")),
    "report": ("report/__init__.py", "Report", ("html", "summary", "metrics")),
    "compare": ("report/compare.py", "Compare", ("html", "summary", "metrics")),
    "promote": ("promote/__init__.py", "Promote", ("decision", "reasons")),
    "decide": ("promote/decide.py", "Promote", ()),
}
"""Module, settings and outputs of each step."""


def stand_ins(folder: Path, choice: str) -> None:
    """Write a package ``flan_core`` that has these steps and takes all else from the real one."""
    package = folder / "flan_core"
    package.mkdir()
    real = str(Path(flan_core.__file__).parent)
    (package / "__init__.py").write_text(f"__path__.append({real!r})\n")
    for step, (module, kind, outputs) in STEPS.items():
        path = package / module
        path.parent.mkdir(exist_ok=True)
        text = STAND_IN.format(step=step, kind=kind, outputs=outputs, choice=choice)
        if kind.startswith("Launch"):
            head, body = text.split(f"from flan_core.config import {kind}\n")
            text = head + LAUNCHED.format(step=step, kind=kind, part=kind[6:]) + body
        with path.open("a") as file:
            file.write(text)


def run(
    pipeline: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, choice: str = "run", **parameters
) -> Path:
    stand_ins(folder, choice)
    monkeypatch.chdir(folder)  # Python looks there first
    local.run(pipeline, parameters, folder / "run", {"recipe": "test"})
    return folder / "run"


def steps_in(told: dict[str, Any]) -> Iterator[str]:
    yield told["step"]
    for one in told["seen"]:
        yield from steps_in(one)


def test_each_variant_gets_its_own_settings_and_the_report_all_of_them_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    table = {
        "few": {**asked(["nli"]), "train": {"learning_rate": 0.5}},
        "many": {**asked(["sentiment", "nli"]), "pack": {"steps": 7}, "launch": {"processes": 3}},
    }
    pipeline = pipeline_of(Experiment(name="test", about="", table=table))

    out = run(pipeline, tmp_path, monkeypatch, train={"learning_rate": 0.1}, pack={"steps": 5})

    page = json.loads((out / "report.html").read_text())
    assert page["settings"]["variants"] == ["few", "many"]
    found = [(one["step"], one["settings"]) for one in page["seen"]]
    of = {step: [settings for name, settings in found if name == step] for step, _ in found}
    assert [settings["held_out"] for settings in of["mix"]] == [["nli"], ["sentiment", "nli"]]
    assert [settings["steps"] for settings in of["pack"]] == [5, 7]
    assert [settings["part"]["learning_rate"] for settings in of["train"]] == [0.5, 0.1]
    assert [s["part"]["cluster"] for s in of["evaluate"]] == ["nli", "sentiment+nli"]


@pytest.mark.parametrize("choice", ["run", "skip"])
def test_a_challenger_is_made_when_something_is_new_and_only_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, choice: str
):
    out = run(
        retrain, tmp_path, monkeypatch, choice, held_out=["nli", "sentiment"], mix={"seed": 3}
    )

    made = {path.name for path in out.glob("artifacts/*/*")}
    decision = out / "decision.json"
    if choice == "skip":
        assert made == {"fetch", "decide"}
        assert not decision.exists()
        return
    told = json.loads(decision.read_text())
    assert {"fetch", "mix", "train", "evaluate"} <= set(steps_in(told))
    assert told["settings"]["scheduled"]
    assert told["settings"]["image"] == TRAIN
    assert told["settings"]["settings"] == {
        **{step: {} for step in ("fetch", "render", "pack", "train", "evaluate")},
        "held_out": ["nli", "sentiment"],
        "mix": {"seed": 3},
        "model": "tiny",
        "seed": 0,
    }
    scores = [one["settings"]["part"] for one in told["seen"] if one["step"] == "evaluate"]
    assert [part["cluster"] for part in scores] == ["nli", "sentiment"]

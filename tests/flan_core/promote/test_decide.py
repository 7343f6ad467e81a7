"""A schedule trains again only when data, code or settings are new."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from flan_core.config import Promote
from flan_core.promote import decide as module
from flan_core.promote import rollback
from flan_core.promote.decide import code_sha256, decide
from flan_core.schemas import write_json
from tests.flan_core.promote.challenger import Challenger

SETTINGS = {"pack": {"steps": 60}}


class Schedule:
    """One registry, and what a scheduled run does: decide, and promote if it says so."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made = 0
        self.told = Promote(registry=str(folder / "registry"), commit="abc", settings=SETTINGS)

    def run(self, tuned: float = 60.0, *, revision: str = "") -> str:
        self.made += 1
        one = Challenger(self.folder / f"run{self.made}", tuned, self.folder / "registry")
        if revision:
            one.rows = {name: {**pins, "revision": revision} for name, pins in one.rows.items()}
        write_json(one.folder / "rows/rows.json", "rows/1", {"tasks": one.rows})
        promotion = self.folder / f"promotion{self.made}.json"
        choice = decide(self.told, rows=one.folder / "rows", promotion=promotion)
        if choice == "run":
            settings = json.loads(promotion.read_text())["settings"]
            assert one.promote(settings=settings)["promoted"]
        return choice


@pytest.fixture
def schedule(tmp_path: Path) -> Schedule:
    return Schedule(tmp_path)


def test_the_same_data_code_and_settings_are_trained_on_once(
    schedule: Schedule, capsys: pytest.CaptureFixture[str]
):
    assert [schedule.run(), schedule.run()] == ["run", "skip"]

    first, second = (line for line in capsys.readouterr().err.splitlines() if "decide" in line)
    assert first == "decide: run: there is no champion yet"
    assert second.startswith("decide: skip: data, code and settings are those of version ")


def test_new_rows_new_settings_and_new_code_are_each_trained_on(
    schedule: Schedule, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    schedule.run()
    found = [schedule.run(61.0, revision="f" * 40)]
    schedule.told = replace(schedule.told, settings={"pack": {"steps": 61}})
    found.append(schedule.run(62.0, revision="f" * 40))
    monkeypatch.setattr(module, "code_sha256", lambda: "0" * 64)
    found.append(schedule.run(63.0, revision="f" * 40))

    assert found == ["run", "run", "run"]
    told = [line for line in capsys.readouterr().err.splitlines() if "not the champion's" in line]
    assert told == [
        "decide: run: not the champion's data",
        "decide: run: not the champion's pack",
        "decide: run: not the champion's code_sha256",
    ]


def test_a_commit_that_leaves_the_code_as_it_is_is_nothing_new(schedule: Schedule):
    schedule.run()
    schedule.told = replace(schedule.told, commit="def")

    assert schedule.run() == "skip"


def test_numbers_that_kfp_made_floats_are_the_same_numbers(schedule: Schedule):
    schedule.run()
    schedule.told = replace(schedule.told, settings={"pack": {"steps": 60.0}})

    assert schedule.run() == "skip"


def test_what_was_rolled_back_is_not_made_again(schedule: Schedule):
    schedule.run()
    schedule.run(61.0, revision="f" * 40)
    rollback(schedule.told.registry, "flan")

    assert schedule.run(61.0, revision="f" * 40) == "skip"
    assert schedule.run(61.0, revision="e" * 40) == "run"


def test_the_codes_hash_is_that_of_its_files():
    assert code_sha256() == code_sha256()
    assert len(code_sha256()) == 64

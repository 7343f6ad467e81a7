"""A schedule trains again only when data, code or settings are new."""

from dataclasses import replace
from pathlib import Path

import pytest

from flan_core import telemetry
from flan_core.config import Promote
from flan_core.errors import BadInput
from flan_core.promote import lineage, rollback
from flan_core.promote.decide import decide
from flan_core.promote.lineage import code_sha256
from flan_core.promote.registry import Registry
from flan_core.schemas import write_json
from tests.flan_core.promote.challenger import LEAKS, Challenger

SETTINGS = {"pack": {"steps": 60}}


class Schedule:
    """One registry, and what a scheduled run does: decide, and promote if it says so."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made = 0
        self.decisions: list[dict] = []
        self.told = Promote(registry=str(folder / "registry"), commit="abc", settings=SETTINGS)

    def run(self, tuned: float = 60.0, *, revision: str = "", leaking: bool = False) -> str:
        self.made += 1
        one = Challenger(self.folder / f"run{self.made}", tuned, self.folder / "registry")
        if leaking:
            one.leakage = {"policy": "report", "pairs": [LEAKS]}
        if revision:
            one.rows = {name: {**pins, "revision": revision} for name, pins in one.rows.items()}
        write_json(one.folder / "rows/rows.json", "rows/1", {"tasks": one.rows})
        choice = decide(self.told, rows=one.folder / "rows")
        if choice == "run":
            told = self.told
            self.decisions.append(one.promote(settings=told.settings, margin=told.margin))
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
    monkeypatch.setattr(lineage, "code_sha256", lambda: "0" * 64)
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


def test_what_was_refused_is_not_made_again_until_something_is_new(
    schedule: Schedule, capsys: pytest.CaptureFixture[str]
):
    found = [schedule.run(leaking=True), schedule.run(leaking=True)]
    schedule.told = replace(schedule.told, margin=2.0)
    found.append(schedule.run(leaking=True))
    found.append(schedule.run(revision="f" * 40))

    assert found == ["run", "skip", "run", "run"]
    assert [each["promoted"] for each in schedule.decisions] == [False, False, True]
    refused = schedule.decisions[0]["version"]
    assert (
        f"decide: skip: data, code and settings are those of version {refused}, which was refused: "
        "leakage: training rows overlap evaluation rows: 3 rows of snli in rte test; set "
        "mix.leakage to drop"
    ) in capsys.readouterr().err.splitlines()


def test_a_hole_in_the_evaluation_is_worth_another_attempt(tmp_path: Path):
    one = Challenger(tmp_path, 60.0, tmp_path / "registry")
    one.held_out = ["nli", "sentiment"]
    one.leakage = {"policy": "report", "pairs": [LEAKS]}
    one.promote(settings=SETTINGS)

    told = Promote(registry=str(one.registry), settings=SETTINGS)
    assert decide(told, rows=tmp_path / "rows") == "run"


def test_a_skip_is_a_success_of_the_schedule(schedule: Schedule):
    telemetry.SCHEDULE_LAST_SUCCESS.clear()
    schedule.run()
    assert list(telemetry.SCHEDULE_LAST_SUCCESS.collect()) == []
    schedule.run()
    assert len(list(telemetry.SCHEDULE_LAST_SUCCESS.collect())) == 1


def test_the_registry_is_in_the_bucket_of_the_run_unless_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tester")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tester-secret")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    rows = Path("/minio/mlpipeline/v2/artifacts/flan/1/fetch/rows")

    found = Registry.of(Promote(name="small"), rows)

    assert found.address == "s3://mlpipeline/flan/registry/small"
    assert Registry.of(Promote(registry="here/"), rows).address == "here/flan"
    with pytest.raises(BadInput, match=r"promote.registry is empty, and .* is in no bucket"):
        Registry.of(Promote(), tmp_path)


def test_the_codes_hash_is_that_of_its_files():
    assert code_sha256() == code_sha256()
    assert len(code_sha256()) == 64

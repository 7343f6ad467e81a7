"""run: settings in, paths in, metadata out, and one clear line on failure."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from flan_core.config import Render
from flan_core.errors import DO_NOT_RETRY, TRY_AGAIN, BadInput, Transient
from flan_core.step import run, settings_of

TABLE = {"a": {"mix": {"templates": 1}, "train": {"model": "b"}, "launch": {"gpus": 8}}}


@dataclass
class Artifact:
    """What KFP hands a component: a path, and metadata that the interface shows."""

    path: str
    schema_title: str = "system.Dataset"
    metadata: dict = field(default_factory=dict)


def render(config: Render, *, rows: Path, prompts: Path) -> None:
    prompts.mkdir()
    (prompts / "about.json").write_text(json.dumps({"max_bad": config.max_bad, "rows": rows.name}))


def test_a_step_gets_checked_settings_and_paths_and_its_facts_become_metadata(tmp_path: Path):
    rows, prompts = Artifact(str(tmp_path / "rows")), Artifact(str(tmp_path / "prompts"))

    run(render, {"max_bad": 0.5}, rows=rows, prompts=prompts)

    assert prompts.metadata == {"max_bad": 0.5, "rows": "rows"}


def test_a_metrics_artifact_takes_the_numbers_of_its_file(tmp_path: Path):
    def report(config: Render, *, metrics: Path, scores: list[Path]) -> None:
        metrics.write_text(json.dumps({"nli": 54.5, "scores": len(scores)}))

    metrics = Artifact(str(tmp_path / "metrics"), "system.Metrics")
    run(report, {}, metrics=metrics, scores=[Artifact("a"), Artifact("b")])

    assert metrics.metadata == {"nli": 54.5, "scores": 2}


@pytest.mark.parametrize(
    ("error", "code"), [(BadInput("no rows"), DO_NOT_RETRY), (Transient("503"), TRY_AGAIN)]
)
def test_an_error_is_one_line_and_its_own_exit_code(
    error: Exception, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    def mix(config: Render, *, prompts: Path) -> None:
        raise error

    with pytest.raises(SystemExit) as stopped:
        run(mix, {}, prompts=Artifact(str(tmp_path / "prompts")))

    assert stopped.value.code == code
    assert capsys.readouterr().err == f"mix: {error}\n"


def test_a_wrong_setting_stops_before_the_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        run(render, {"max_bad": 2}, rows=Artifact("rows"), prompts=Artifact(str(tmp_path / "p")))

    said = capsys.readouterr().err
    assert "render.max_bad: Input should be less than or equal to 1; it is 2" in said
    assert not (tmp_path / "p").exists()


def test_a_variants_settings_are_laid_over_those_of_its_step():
    assert settings_of("mix", {"templates": 9, "seed": 3}, TABLE, "a") == {
        "templates": 1,
        "seed": 3,
    }
    assert settings_of("pack", {"steps": 9}, TABLE, "a") == {"steps": 9}
    assert settings_of("pack", {"steps": 9}, TABLE, "") == {"steps": 9}


def test_a_launched_step_takes_its_own_part_and_that_of_its_launch():
    given = {"train": {"model": "a", "keep": 2}, "launch": {"nodes": 1}}

    assert settings_of("train", given, TABLE, "a") == {
        "train": {"model": "b", "keep": 2},
        "launch": {"nodes": 1, "gpus": 8},
    }


@pytest.mark.parametrize(
    ("table", "variant", "message"),
    [
        (TABLE, "aa", "unknown variant 'aa'; did you mean a?"),
        ({"a": {"trian": {}}}, "a", "unknown step in variant 'a' 'trian'; did you mean train?"),
    ],
)
def test_a_wrong_table_is_refused(table: dict, variant: str, message: str):
    with pytest.raises(BadInput) as error:
        settings_of("mix", {}, table, variant)

    assert message in str(error.value)


def test_a_variants_lines_bear_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    def mix(config: Render, *, prompts: Path) -> None:
        pass

    run(mix, {}, table={"a": {}}, variant="a", prompts=Artifact(str(tmp_path / "prompts")))
    with pytest.raises(SystemExit):
        run(mix, {}, table={"a": {}}, variant="b", prompts=Artifact(str(tmp_path / "prompts")))

    done, failed = capsys.readouterr().err.splitlines()
    assert done.startswith("mix [a]: done in 0 s")
    assert failed == "mix [b]: unknown variant 'b'. Known: a"

"""Files between the steps: whole or absent, and of the schema that the reader wants."""

from pathlib import Path

import pyarrow as pa
import pytest

from flan_core.errors import BadInput
from flan_core.schemas import read_json, read_table, whole, write_json, write_table


def test_json_comes_back_without_its_schema(tmp_path: Path):
    write_json(tmp_path / "mixture.json", "mixture/1", {"rates": {"rte": 2290}})

    assert read_json(tmp_path / "mixture.json", "mixture/1") == {"rates": {"rte": 2290}}


def test_a_table_comes_back_with_what_is_said_about_it(tmp_path: Path):
    table = pa.table({"premise": ["It rains."], "label": [0]})
    write_table(tmp_path / "train.parquet", "rows/1", table, {"task": "rte"})

    found, about = read_table(tmp_path / "train.parquet", "rows/1")
    assert found.to_pylist() == [{"premise": "It rains.", "label": 0}]
    assert about == {"task": "rte"}


def test_another_schema_is_refused_with_the_step_to_run_again(tmp_path: Path):
    path = tmp_path / "mixture.json"
    write_json(path, "mixture/0", {})

    with pytest.raises(BadInput) as error:
        read_json(path, "mixture/1")
    assert str(error.value) == (
        f"{path} holds mixture/0, not mixture/1; "
        f"it was written by another version of mix: run mix again"
    )


def test_a_missing_file_names_the_step_that_writes_it(tmp_path: Path):
    with pytest.raises(BadInput, match=r"packs\.json is missing; run pack first"):
        read_json(tmp_path / "packs.json", "packs/1")


def test_a_failure_leaves_what_was_there_and_no_draft(tmp_path: Path):
    path = tmp_path / "rows"
    path.mkdir()
    (path / "old").touch()

    with pytest.raises(RuntimeError), whole(path) as draft:
        draft.mkdir()
        (draft / "new").touch()
        raise RuntimeError

    assert [str(p.relative_to(tmp_path)) for p in sorted(tmp_path.rglob("*"))] == [
        "rows",
        "rows/old",
    ]


def test_success_replaces_what_was_there(tmp_path: Path):
    path = tmp_path / "rows"
    path.mkdir()
    (path / "old").touch()

    with whole(path) as draft:
        draft.mkdir()
        (draft / "new").touch()

    assert [str(p.relative_to(tmp_path)) for p in sorted(tmp_path.rglob("*"))] == [
        "rows",
        "rows/new",
    ]

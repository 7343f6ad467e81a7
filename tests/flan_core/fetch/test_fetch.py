"""fetch: every source ends in the same files; bad rows end in one clear message."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from flan_core.config import Fetch
from flan_core.errors import BadInput
from flan_core.fetch import fetch
from flan_core.schemas import read_json, read_table
from tests.flan_core.fetch import fake_hub


def rows_of(count: int) -> list[dict]:
    return [
        {"premise": f"Premise {i}.", "hypothesis": f"Claim {i}.", "label": i % 2, "idx": i}
        for i in range(count)
    ]


def write_rows(folder: Path, split: str, rows: list[dict]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / f"{split}.jsonl").write_text(lines, encoding="utf-8")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    write_rows(tmp_path / "source" / "rte", "train", rows_of(100))
    write_rows(tmp_path / "source" / "rte", "validation", rows_of(30))
    return tmp_path / "source"


def digest(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return hashlib.sha256(
        b"".join(str(p.relative_to(folder)).encode() + p.read_bytes() for p in files)
    ).hexdigest()


def test_a_folder_becomes_train_dev_and_test_and_dev_leaves_train(source: Path, tmp_path: Path):
    fetch(Fetch(source=str(source)), rows=tmp_path / "rows")

    listing = read_json(tmp_path / "rows" / "rows.json", "rows/1")
    splits = listing["tasks"]["rte"]["splits"]
    facts = {name: (split["num_rows"], split["source_split"]) for name, split in splits.items()}
    assert facts == {"train": (80, "train"), "dev": (20, "train"), "test": (30, "validation")}
    indices = {
        name: set(
            read_table(tmp_path / "rows/rte" / f"{name}.parquet", "rows/1")[0]["idx"].to_pylist()
        )
        for name in ("train", "dev")
    }
    assert indices["train"] | indices["dev"] == set(range(100))
    assert not indices["train"] & indices["dev"]


def test_the_columns_of_the_source_are_untouched(source: Path, tmp_path: Path):
    fetch(Fetch(source=str(source)), rows=tmp_path / "rows")

    table, about = read_table(tmp_path / "rows/rte/test.parquet", "rows/1")
    assert sorted(table.to_pylist(), key=lambda row: row["idx"]) == rows_of(30)
    assert about["repository"] == "source/rte"
    assert len(about["source_sha256"]) == 64


def test_the_same_source_gives_the_same_bytes_wherever_it_lies(source: Path, tmp_path: Path):
    fetch(Fetch(source=str(source)), rows=tmp_path / "first")
    moved = tmp_path / "elsewhere" / "source"
    moved.parent.mkdir()
    source.rename(moved)
    fetch(Fetch(source=str(moved)), rows=tmp_path / "second")

    assert digest(tmp_path / "first") == digest(tmp_path / "second")


def test_another_seed_gives_another_order(source: Path, tmp_path: Path):
    fetch(Fetch(source=str(source), seed=1), rows=tmp_path / "first")
    fetch(Fetch(source=str(source), seed=2), rows=tmp_path / "second")

    assert digest(tmp_path / "first") != digest(tmp_path / "second")


def test_the_cap_keeps_a_random_part_of_train_not_its_head(source: Path, tmp_path: Path):
    fetch(Fetch(source=str(source), max_rows=10), rows=tmp_path / "rows")

    kept = read_table(tmp_path / "rows/rte/train.parquet", "rows/1")[0]["idx"].to_pylist()
    assert len(kept) == 10
    assert max(kept) > 20


def test_every_sample_lands_in_one_split(tmp_path: Path):
    fetch(Fetch(tasks=("rte",)), rows=tmp_path / "rows")

    listing = read_json(tmp_path / "rows" / "rows.json", "rows/1")["tasks"]["rte"]
    assert listing["invented"]
    assert {n: s["num_rows"] for n, s in listing["splits"].items()} == {
        "train": 6,
        "dev": 1,
        "test": 1,
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"premise": "a"}\n{"premise": \xff}\n', "is not UTF-8: byte 0xff at offset 29, line 2"),
        (b'{"premise": "a"}\n{"premise": a}\n', "line 2 is not JSON: Expecting value near"),
        (b'{"premise": "a"}\n[1]\n', "line 2 is not an object: [1]"),
        (b'{"premise": "a"}\n{"premise": 1}\n', "column 'premise' mixes types"),
        (b"\n", "holds no rows"),
    ],
)
def test_a_broken_file_is_one_message_and_leaves_nothing(
    tmp_path: Path, content: bytes, message: str
):
    (tmp_path / "source" / "rte").mkdir(parents=True)
    (tmp_path / "source" / "rte" / "train.jsonl").write_bytes(content)

    with pytest.raises(BadInput) as error:
        fetch(Fetch(source=str(tmp_path / "source")), rows=tmp_path / "rows")

    assert message in str(error.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source"]


def test_a_folder_without_a_known_dataset_is_refused(tmp_path: Path):
    (tmp_path / "holiday_pictures").mkdir()

    with pytest.raises(BadInput, match="has no folder of a known dataset; name them as"):
        fetch(Fetch(source=str(tmp_path)), rows=tmp_path / "rows")


def test_a_task_asked_for_by_name_must_be_there(source: Path, tmp_path: Path):
    with pytest.raises(BadInput, match="has no folder copa or copa with rows"):
        fetch(Fetch(source=str(source), tasks=("copa",)), rows=tmp_path / "rows")


def test_csv_json_and_parquet_hold_the_same_rows(tmp_path: Path):
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    table = pa.Table.from_pylist(rows_of(9))
    for form in ("csv", "json", "parquet"):
        folder = tmp_path / form / "rte"
        folder.mkdir(parents=True)
        if form == "csv":
            pyarrow.csv.write_csv(table, folder / "train.csv")
        elif form == "json":
            (folder / "train.json").write_text(json.dumps(rows_of(9)))
        else:
            pyarrow.parquet.write_table(table, folder / "train.parquet")
        fetch(Fetch(source=str(tmp_path / form)), rows=tmp_path / f"{form}-rows")

    tables = [
        read_table(tmp_path / f"{form}-rows/rte/train.parquet", "rows/1")[0].to_pylist()
        for form in ("csv", "json", "parquet")
    ]
    assert tables[0] == tables[1] == tables[2]


HUB_SCRIPT = """
import sys
from pathlib import Path
from flan_core.config import Fetch
from flan_core.fetch import fetch
fetch(Fetch(source="hub", tasks=("rte",), lock=sys.argv[2]), rows=Path(sys.argv[1]))
"""


def fetch_from_hub(
    url: str, tmp_path: Path, name: str, lock: str = ""
) -> subprocess.CompletedProcess:
    """Run fetch in a process of its own: the hub's address is read when its client is imported."""
    environment = {**os.environ, "HF_ENDPOINT": url, "HF_HOME": str(tmp_path / "cache")}
    command = [sys.executable, "-c", HUB_SCRIPT, str(tmp_path / name), lock]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


@pytest.fixture
def super_glue() -> dict[str, bytes]:
    def lines(count: int) -> bytes:
        return "".join(json.dumps(row) + "\n" for row in rows_of(count)).encode()

    card = (
        "---\nconfigs:\n- config_name: rte\n  data_files:\n"
        "  - split: train\n    path: rte/train.jsonl\n"
        "  - split: validation\n    path: rte/validation.jsonl\n---\n"
    )
    return {
        "README.md": card.encode(),
        "rte/train.jsonl": lines(60),
        "rte/validation.jsonl": lines(12),
    }


def test_the_hub_is_loaded_at_a_commit_that_is_recorded_and_can_be_pinned(
    super_glue: dict[str, bytes], tmp_path: Path
):
    with fake_hub.serve({"aps/super_glue": super_glue}) as url:
        first = fetch_from_hub(url, tmp_path, "first")
        lock = tmp_path / "first" / "rows.lock"
        second = fetch_from_hub(url, tmp_path, "second", str(lock))

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    commit = fake_hub.commit_of(super_glue)
    listing = read_json(tmp_path / "first" / "rows.json", "rows/1")["tasks"]["rte"]
    assert listing["revision"] == commit
    assert {n: s["num_rows"] for n, s in listing["splits"].items()} == {
        "train": 48,
        "dev": 12,
        "test": 12,
    }
    assert read_json(lock, "rows.lock/1") == {"commits": {"aps/super_glue@main": commit}}
    assert digest(tmp_path / "first") == digest(tmp_path / "second")


def test_a_hub_that_is_down_may_be_tried_again(tmp_path: Path):
    done = fetch_from_hub("http://127.0.0.1:9", tmp_path, "rows")

    assert "flan_core.errors.Transient: hub: cannot reach aps/super_glue" in done.stderr
    assert not (tmp_path / "rows").exists()

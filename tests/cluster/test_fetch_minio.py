"""Rows from a real S3 server: the same rows as from a folder, whatever happens on the way."""

import json

import pytest

from flan_core.config import Fetch
from flan_core.datasets import catalogue
from flan_core.errors import BadInput, Transient
from flan_core.fetch import fetch
from flan_core.schemas import read_table
from flan_core.store import Store, attempts
from tests.cluster.proxy import Fault, Proxy

pytestmark = pytest.mark.server

TASKS = ("rte", "sst2", "copa")


@pytest.fixture
def folder(tmp_path):
    """The samples of three tasks as a person would lay them out; rte's are a megabyte."""
    for task in TASKS:
        samples = [dict(sample) for sample in catalogue()[task].task.samples]
        for split in ("train", "validation"):
            path = tmp_path / "mine" / task / f"{split}.jsonl"
            path.parent.mkdir(parents=True, exist_ok=True)
            times = 1_000 if task == "rte" and split == "train" else 1
            path.write_text("".join(json.dumps(row) + "\n" for row in samples * times))
    return tmp_path / "mine"


@pytest.fixture
def address(minio, access, folder, request, monkeypatch):
    monkeypatch.setattr(attempts, "PAUSE_S", 0.01)
    address = f"s3://flan/{request.node.name[:60]}/rows"
    Store.of(address).put_folder(folder)
    return address


@pytest.fixture
def proxy(minio, access, address):
    with Proxy(minio) as proxy:
        access(proxy.url)
        yield proxy


def rows_in(folder):
    return {
        path.relative_to(folder).as_posix(): read_table(path, "rows/1")[0].to_pylist()
        for path in sorted(folder.rglob("*.parquet"))
    }


def test_rows_from_a_bucket_are_those_of_the_folder_that_was_put_there(address, folder, tmp_path):
    fetch(Fetch(source=str(folder)), rows=tmp_path / "from-folder")
    fetch(Fetch(source=address), rows=tmp_path / "from-bucket")
    fetch(Fetch(source=address), rows=tmp_path / "again")
    listing = json.loads((tmp_path / "from-bucket" / "rows.json").read_text())

    assert rows_in(tmp_path / "from-bucket") == rows_in(tmp_path / "from-folder")
    assert {name.partition("/")[0] for name in rows_in(tmp_path / "from-bucket")} == {*TASKS}
    assert (listing["source"], listing["tasks"]["rte"]["repository"]) == (address, f"{address}/rte")
    for path in (tmp_path / "again").rglob("*.parquet"):
        other = tmp_path / "from-bucket" / path.relative_to(tmp_path / "again")
        assert path.read_bytes() == other.read_bytes()


def test_only_the_folders_of_the_chosen_tasks_are_fetched(address, proxy, tmp_path):
    fetch(Fetch(source=address, tasks=("sst2",)), rows=tmp_path / "rows")
    read = {name.partition("?")[0] for method, name in proxy.requests if method == "GET"}

    assert {name.split("/")[-2] for name in read if name.endswith("jsonl")} == {"sst2"}


def test_a_fetch_that_is_cut_goes_on_behind_what_has_arrived(address, folder, proxy, tmp_path):
    proxy.faults = [Fault("cut", "GET", "rte/train"), Fault("503", "GET", "rte/train")]
    fetch(Fetch(source=address), rows=tmp_path / "rows")
    fetch(Fetch(source=str(folder)), rows=tmp_path / "from-folder")
    times = [name for _, name in proxy.requests if "rte/train" in name]

    assert not proxy.faults
    assert len(times) == 3
    assert rows_in(tmp_path / "rows") == rows_in(tmp_path / "from-folder")


def test_a_fetch_that_is_given_up_leaves_nothing_and_the_next_one_is_whole(
    address, proxy, tmp_path
):
    proxy.faults = [Fault("cut", "GET", "rte/train"), *(Fault("503", "GET") for _ in range(40))]
    with pytest.raises(Transient, match="the store answers SlowDown"):
        fetch(Fetch(source=address), rows=tmp_path / "rows")
    assert not (tmp_path / "rows").exists()
    proxy.faults = []
    fetch(Fetch(source=address), rows=tmp_path / "rows")
    assert {name.partition("/")[0] for name in rows_in(tmp_path / "rows")} == {*TASKS}


@pytest.mark.parametrize(
    ("secret", "source", "words"),
    [
        ("wrong-secret", "s3://flan/rows", "refuses the secret key"),
        ("tester-secret", "s3://nowhere/rows", "has no such bucket; create it"),
        ("tester-secret", "s3://flan/none", "s3://flan/none has no folder of a known dataset"),
    ],
)
def test_what_is_wrong_with_the_address_or_the_key_is_said(
    address, monkeypatch, tmp_path, secret, source, words
):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    with pytest.raises(BadInput, match=words):
        fetch(Fetch(source=source), rows=tmp_path / "rows")
    assert not (tmp_path / "rows").exists()

"""Parts on disk: whole, owned by a fingerprint, listed once all are there."""

import pytest

from flan_core import schemas
from flan_core.evaluate.predictions import COLUMNS, Ledger, fingerprint_of
from flan_core.evaluate.questions import Part

PARTS = (Part("rte", 0, 0, 1), Part("rte", 1, 0, 1))


def columns(said: str) -> dict[str, list]:
    values = {
        "split": "test",
        "row": 3,
        "said": said,
        "target": "yes",
        "accepted": ["yes"],
        "group": "",
        "options": ["yes", "no"],
        "log_likelihoods": [-1.25, -2.5],
        "lengths": [2, 2],
        "said_normalised": said,
        "written": "",
        "marks": [100.0],
        "shots": 0,
        "truncated": False,
    }
    assert set(values) == set(COLUMNS.names)
    return {name: [value] for name, value in values.items()}


@pytest.fixture
def ledger(tmp_path) -> Ledger:
    return Ledger(tmp_path, "tuned/0", "f1", PARTS)


def test_a_part_is_there_once_it_is_written_and_comes_back(ledger):
    assert not ledger.has(0)

    ledger.put(0, columns("yes"))

    assert ledger.has(0)
    assert not ledger.has(1)
    assert ledger.table("rte", 0).to_pydict() == columns("yes")


def test_a_part_of_another_model_or_other_prompts_is_not_taken_over(ledger, tmp_path):
    ledger.put(0, columns("yes"))

    assert not Ledger(tmp_path, "tuned/0", "f2", PARTS).has(0)


def test_a_broken_part_is_not_taken_over(ledger):
    ledger.put(0, columns("yes"))
    ledger.path(0).write_bytes(ledger.path(0).read_bytes()[:40])

    assert not ledger.has(0)


def test_the_manifest_lists_all_parts_and_no_others_are_left(ledger):
    for number in (0, 1):
        ledger.put(number, columns("yes"))
    ledger.path(2).write_bytes(b"of a longer evaluation")
    (ledger.place / ".part-00001.parquet.77.draft").write_bytes(b"of a killed one")

    ledger.seal()

    assert sorted(path.name for path in ledger.place.iterdir()) == [
        "manifest.json",
        "part-00000.parquet",
        "part-00001.parquet",
    ]
    manifest = schemas.read_json(ledger.place / "manifest.json", "predictions/1")
    assert manifest == {
        "key": "tuned/0",
        "fingerprint": "f1",
        "parts": [
            {
                "file": f"part-0000{i}.parquet",
                "sha256": schemas.file_sha256(ledger.path(i)),
                "task": "rte",
                "template": i,
                "first": 0,
                "size": 1,
            }
            for i in (0, 1)
        ],
    }


def test_a_fingerprint_depends_on_values_not_on_their_order():
    assert fingerprint_of({"a": 1, "b": 2}) == fingerprint_of({"b": 2, "a": 1})
    assert fingerprint_of({"a": 1}) != fingerprint_of({"a": 2})

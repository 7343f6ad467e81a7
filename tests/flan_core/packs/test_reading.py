"""Packs: unpacking gives back what was packed; a copy that is not whole is noticed."""

import json
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from flan_core.errors import BadInput
from flan_core.pack.planning import best_fit, grouped
from flan_core.packs import EXAMPLE, EXAMPLES, FILE, PLAN, SCHEMA, STARTS, TOKENS, Packs, show_pack
from flan_core.schemas import file_sha256, write_json
from flan_core.tokens import train_tokenizer

LENGTH = 6


def write(folder: Path, documents: list[tuple[list[int], list[int]]]) -> Packs:
    """Write documents, each an input and a target, as packs of six tokens."""
    folder.mkdir(exist_ok=True)
    sizes = np.array([len(i) + len(t) for i, t in documents], np.int32)
    pack_of, num_packs = best_fit(sizes, LENGTH)
    plan, starts = grouped(pack_of, num_packs)
    examples = np.zeros(len(documents), EXAMPLE)
    examples["end"], examples["target"] = np.cumsum(sizes), [len(i) for i, _ in documents]
    np.array([t for i, target in documents for t in i + target], "<u2").tofile(folder / TOKENS)
    for name, array in ((EXAMPLES, examples), (PLAN, plan), (STARTS, starts)):
        np.save(folder / name, array)
    files = {
        name: {"bytes": (folder / name).stat().st_size, "sha256": file_sha256(folder / name)}
        for name in (TOKENS, EXAMPLES, PLAN, STARTS)
    }
    about = {
        "length": LENGTH,
        "num_packs": num_packs,
        "packs_per_step": num_packs,
        "num_steps": 1,
        "tasks": ["rte"],
        "clusters": ["nli"],
        "eos": 0,
        "dtype": "<u2",
        "sha256": "",
        "files": files,
    }
    write_json(folder / FILE, SCHEMA, about)
    return Packs.open(folder)


def test_the_drawing_of_six_tokens(tmp_path: Path):
    packs = write(tmp_path / "packs", [([1, 1], [1]), ([2], [2]), ([3, 3], [3, 3])])
    one, other = packs.pack(1), packs.pack(0)

    assert one.tokens.tolist() == [1, 1, 1, 0, 0, 0]
    assert one.segments.tolist() == [1, 1, 1, 0, 0, 0]
    assert one.positions.tolist() == [0, 1, 2, 0, 0, 0]
    assert one.loss.tolist() == [0, 0, 1, 0, 0, 0]
    assert other.tokens.tolist() == [2, 2, 3, 3, 3, 3]
    assert other.segments.tolist() == [1, 1, 2, 2, 2, 2]
    assert other.positions.tolist() == [0, 1, 0, 1, 2, 3]
    assert other.loss.tolist() == [0, 1, 0, 0, 1, 1]


tokens = st.lists(st.integers(1, 999), min_size=1, max_size=3)


@given(documents=st.lists(st.tuples(tokens, tokens), min_size=1, max_size=12))
def test_unpacking_gives_back_what_was_packed(
    tmp_path_factory: pytest.TempPathFactory, documents: list
):
    packs = write(tmp_path_factory.mktemp("property") / "packs", documents)
    found = {}
    for number in range(packs.num_packs):
        pack = packs.pack(number)
        for segment, example in enumerate(pack.example.tolist(), start=1):
            mine = pack.segments == segment
            found[example] = (
                pack.tokens[mine & (pack.loss == 0)].tolist(),
                pack.tokens[mine & (pack.loss == 1)].tolist(),
            )
        assert not pack.loss[pack.segments == 0].any()

    assert [found[example] for example in range(len(documents))] == documents


def test_a_batch_stacks_packs_and_pads_their_segments(tmp_path: Path):
    packs = write(tmp_path / "packs", [([1, 1], [1]), ([2], [2]), ([3, 3], [3, 3])])
    batch = packs.batch(0)

    assert batch.tokens.shape == batch.segments.shape == (2, 6)
    assert batch.task.tolist() == [[0, 0], [0, -1]]
    assert batch.example.tolist() == [[1, 2], [0, -1]]
    np.testing.assert_array_equal(packs.batch(0, 1, 2).tokens, batch.tokens[1:])


def test_what_does_not_exist_is_told(tmp_path: Path):
    packs = write(tmp_path / "packs", [([1], [1])])

    with pytest.raises(BadInput, match=r"there is no pack 1: .* has 1 packs"):
        packs.pack(1)
    with pytest.raises(BadInput, match=r"there is no step 1: the packs in .* are for 1"):
        packs.batch(1)
    with pytest.raises(BadInput, match="1 packs a step cannot be shared out evenly among 2 ranks"):
        packs.batch(0, 0, 2)


def test_a_copy_that_is_not_whole_is_noticed_at_once(tmp_path: Path):
    write(tmp_path / "packs", [([1], [1]), ([2], [2])])
    with (tmp_path / "packs" / TOKENS).open("r+b") as file:
        file.truncate(6)

    with pytest.raises(
        BadInput, match=r"has 6 bytes, not 8; the copy is not whole: run pack again"
    ):
        Packs.open(tmp_path / "packs")


def test_a_changed_byte_is_found_by_verifying(tmp_path: Path):
    packs = write(tmp_path / "packs", [([1], [1]), ([2], [2])])
    packs.verify()
    with (tmp_path / "packs" / TOKENS).open("r+b") as file:
        file.write(b"\7")

    with pytest.raises(BadInput, match=r"tokens\.bin has changed since pack wrote it"):
        packs.verify()


def test_an_older_folder_is_refused(tmp_path: Path):
    (tmp_path / FILE).write_text(json.dumps({"schema": "packs/0"}))

    with pytest.raises(BadInput, match="holds packs/0, not packs/1"):
        Packs.open(tmp_path)


def test_a_pack_is_shown_with_its_origins(tmp_path: Path):
    packs = write(tmp_path / "packs", [([70], [71, 0])])
    train_tokenizer(["abc"], 300, tmp_path / "packs" / "tokenizer")
    out = StringIO()
    Console(width=120, file=out).print(show_pack(packs.folder, 0))
    shown = out.getvalue()

    assert "pack 0 of 1 · step 0" in shown
    assert "3 of 6 tokens · 2 with loss, on green" in shown
    assert "[3 of padding]" in shown
    assert "rte" in shown and "nli" in shown

"""A pair of languages is one task, asked both ways; ParaCrawl's files are read evenly."""

import gzip
from collections import Counter
from pathlib import Path

import pytest

from flan_core.datasets import catalogue
from flan_core.datasets.translation import STEP, paracrawl
from flan_core.errors import BadInput
from flan_core.task import Drop, Task

PAIRS = [entry for entry in catalogue().values() if entry.cluster == "translation"]


def zipped(folder: Path, lines: list[str]) -> Path:
    path = folder / "en-de.bicleaner07.txt.gz"
    path.write_bytes(gzip.compress("".join(lines).encode()))
    return path


def test_a_file_is_a_pair_and_its_task_has_the_files_name():
    assert [entry.dataset for entry in PAIRS] == [entry.task.name for entry in PAIRS]


@pytest.mark.parametrize("task", [pytest.param(e.task, id=e.task.name) for e in PAIRS])
def test_five_templates_leave_english_three_enter_it_and_two_are_inverse(task: Task):
    (code,) = {name for name in task.samples[0]["translation"] if name != "en"}
    directions = Counter(template.direction for template in task.templates)
    assert directions == {f"en-{code}": 5, f"{code}-en": 3, "": 2}
    assert {template.targets for template in task.templates[:5]} == {"{answer}"}
    assert {template.targets for template in task.templates[5:8]} == {"{english}"}
    assert all(template.inverse == (not template.direction) for template in task.templates)


def test_a_pair_with_an_empty_side_is_left_out():
    task = catalogue()["wmt16_deen"].task
    assert task.read({"translation": {"de": " ", "en": "Hello."}}) == Drop("one side is empty")


def test_lines_of_paracrawl_are_taken_from_all_over_the_file(tmp_path: Path):
    path = zipped(tmp_path, [f"one\r {i}\teins {i}\n" for i in range(2 * STEP + 1)])
    assert list(paracrawl("de").parse(path)) == [
        {"translation": {"en": f"one\r {i}", "de": f"eins {i}"}} for i in (0, 20, 40)
    ]


def test_a_line_of_paracrawl_without_a_tab_is_refused_by_its_number(tmp_path: Path):
    path = zipped(tmp_path, ["one\teins\n"] * STEP + ["two zwei\n"])
    with pytest.raises(BadInput, match="line 21 has no tab between two sentences"):
        list(paracrawl("de").parse(path))

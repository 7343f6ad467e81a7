"""Render: rows become examples; a bad row is counted, set aside and never silently lost."""

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from flan_core.config import Render
from flan_core.datasets import catalogue, entry_of
from flan_core.errors import BadInput
from flan_core.prompt import Prompts
from flan_core.render import Check, render, templates_of
from flan_core.schemas import write_table
from flan_core.task import BadRow, Example, Template
from tests.flan_core.data import sample_prompts, write_rows

GOOD = {"premise": "Ann sang.", "hypothesis": "Ann made a sound.", "label": 0, "idx": 0}


def rte_rows(folder: Path, rows: list[dict]) -> Path:
    write_table(folder / "rte" / "train.parquet", "rows/1", pa.Table.from_pylist(rows), {})
    return folder


def test_samples_become_examples(tmp_path: Path):
    prompts = Prompts.open(sample_prompts(tmp_path, ["rte"]), "rte", "train")
    samples = entry_of("rte").task.samples

    assert prompts.table.column_names == [
        "row",
        "field.premise",
        "field.hypothesis",
        "options",
        "answer",
        "references",
        "group",
    ]
    assert prompts.table["field.premise"].to_pylist() == [row["premise"] for row in samples[:-2]]
    assert prompts.table["options"].to_pylist() == [["yes", "no"]] * (len(samples) - 2)
    assert prompts.templates == templates_of(entry_of("rte"))


def test_every_task_of_the_catalogue_can_be_rendered(tmp_path: Path):
    prompts = sample_prompts(tmp_path, list(catalogue()))
    counts = json.loads((prompts / "about.json").read_text())

    assert counts["tasks"] == len(catalogue())
    assert counts["bad_rows"] == 0


def test_bad_rows_are_counted_and_set_aside_without_their_text(tmp_path: Path):
    bad = [{**GOOD, "label": 7}, {**GOOD, "hypothesis": None}]
    rows = rte_rows(tmp_path / "rows", [GOOD, *bad, GOOD])
    render(Render(max_bad=0.5), rows=rows, prompts=tmp_path / "prompts")
    lines = (tmp_path / "prompts" / "quarantine.jsonl").read_text().splitlines()
    listed = json.loads((tmp_path / "prompts" / "prompts.json").read_text())

    assert [json.loads(line) for line in lines] == [
        {"task": "rte", "split": "train", "row": 1, "reason": "label 7 is not in 0..1"},
        {
            "task": "rte",
            "split": "train",
            "row": 2,
            "reason": "field hypothesis is NoneType, not text",
        },
    ]
    assert listed["tasks"]["rte"]["splits"]["train"]["examples"] == 2
    assert listed["tasks"]["rte"]["splits"]["train"]["bad"] == {
        "field hypothesis is NoneType, not text": 1,
        "label 7 is not in 0..1": 1,
    }


def test_too_many_bad_rows_fail_the_step_and_leave_nothing(tmp_path: Path):
    rows = rte_rows(tmp_path / "rows", [GOOD, {**GOOD, "label": 7}])

    with pytest.raises(BadInput) as error:
        render(Render(), rows=rows, prompts=tmp_path / "prompts")
    assert str(error.value) == (
        "task rte: 1 of 2 rows are bad, more than render.max_bad 0.01 allows (1 because label 7 is "
        "not in 0..1, as rows train 1); correct the rows or raise max_bad"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["rows"]


def test_a_task_of_which_nothing_is_left_fails_the_step(tmp_path: Path):
    rows = rte_rows(tmp_path / "rows", [{**GOOD, "label": 7}])

    with pytest.raises(BadInput, match="task rte: no train example is left of 1 rows"):
        render(Render(max_bad=1), rows=rows, prompts=tmp_path / "prompts")


def test_a_folder_without_rows_is_refused(tmp_path: Path):
    with pytest.raises(BadInput, match="holds no rows of a known task; run fetch first"):
        render(Render(), rows=tmp_path, prompts=tmp_path / "prompts")


EXAMPLE = Example(fields={"a": "text"}, answer="yes", options=("yes", "no"))


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"answer": "maybe"}, "the answer is not among the options"),
        ({"references": ("yes", "maybe")}, "the answer is not among the options"),
        ({"options": ("yes", "n\no")}, "an option has a line break or starts with '- '"),
        ({"options": ("yes", "- no")}, "an option has a line break or starts with '- '"),
        ({"answer": " ", "options": ()}, "an answer, a reference or an option is empty"),
        ({"fields": {"b": "text"}}, "its fields are b, not a"),
        ({"fields": {"a": 3}}, "field a is int, not text"),
        ({"fields": {"a": "\ud800"}}, "field a is not valid Unicode"),
        ({"fields": {"a": " "}}, "the target of template 1 is empty"),
    ],
)
def test_an_example_must_keep_its_promises(wrong: dict, reason: str):
    templates = (Template("{a}\n{options_}"), Template("Write.", "{a}", inverse=True))
    check = Check("rte", templates)
    check(EXAMPLE)

    with pytest.raises(BadRow) as error:
        check(replace(EXAMPLE, **wrong))
    assert str(error.value) == reason


def test_a_template_that_asks_for_a_missing_field_stops_the_step():
    check = Check("rte", (Template("{a} {title}"),))

    with pytest.raises(BadInput, match=r"template 0 of task rte asks for \{title\}"):
        check(EXAMPLE)


@pytest.mark.parametrize(
    ("mode", "inputs"),
    [
        ("name", "[Natural language inference: RTE] {premise}\n\n{hypothesis}"),
        ("none", "{premise}\n\n{hypothesis}"),
    ],
)
def test_without_instructions_there_is_one_template(mode: str, inputs: str):
    rte = entry_of("rte")

    assert templates_of(rte)[:10] == rte.task.templates
    assert [t for t in templates_of(rte) if t.mode == mode] == [Template(inputs, mode=mode)]


def test_without_instructions_a_pair_of_languages_is_asked_both_ways():
    plain = [t for t in templates_of(entry_of("wmt16_deen")) if t.mode != "natural"]

    named = "[Translation: WMT-16 EN/DE, "
    assert plain == [
        Template(f"{named}en-de] {{english}}", direction="en-de", mode="name"),
        Template(f"{named}de-en] {{answer}}", "{english}", direction="de-en", mode="name"),
        Template("{english}", direction="en-de", mode="none"),
        Template("{answer}", "{english}", direction="de-en", mode="none"),
    ]


def test_the_same_rows_give_the_same_bytes(tmp_path: Path):
    rows = write_rows(tmp_path / "rows", ["rte", "sst2"])
    for name in ("one", "other"):
        render(Render(), rows=rows, prompts=tmp_path / name)
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.*"))

    assert [(tmp_path / "one" / file).read_bytes() for file in files] == [
        (tmp_path / "other" / file).read_bytes() for file in files
    ]


def test_many_processes_give_the_bytes_of_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    rows = write_rows(tmp_path / "rows", ["rte", "sst2"])
    render(Render(), rows=rows, prompts=tmp_path / "one")
    monkeypatch.setattr("flan_core.render.writing.MANY_ROWS", 1)
    render(Render(), rows=rows, prompts=tmp_path / "many")

    for path in (tmp_path / "one").rglob("*.*"):
        assert (
            path.read_bytes()
            == (tmp_path / "many" / path.relative_to(tmp_path / "one")).read_bytes()
        )

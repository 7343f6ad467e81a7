"""The gallery shows the whole catalogue on one page that needs no network."""

import json
import re
from collections import Counter
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from flan_core.config import Fetch, Render
from flan_core.datasets import catalogue
from flan_core.fetch import fetch
from flan_core.gallery import gallery
from flan_core.gallery.pieces import Piece, pieces, values_of
from flan_core.prompt import Prompts
from flan_core.render import render
from flan_core.schemas import write_table
from flan_core.task import Example

VOID = {"meta", "input", "br", "link", "img", "hr"}


class Outline(HTMLParser):
    """What a page is made of: open tags that nobody closed, ids, addresses it would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.ids: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.ids += [named["id"]] if "id" in named else []
        self.fetched += [f"{tag} {named['src']}"] if "src" in named else []
        self.fetched += [f"{tag} {named['href']}"] if tag == "link" else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return gallery(tmp_path_factory.mktemp("gallery")).read_text(encoding="utf-8")


def test_a_template_is_taken_apart_into_what_is_fixed_and_what_fills_its_slots():
    example = Example(fields={"premise": "It rains."}, answer="yes", options=("yes", "no"))

    parts = pieces("{premise} Wet?\n{options_}", values_of(example))

    assert parts == (
        Piece("field", "It rains.", "premise"),
        Piece("text", " Wet?\n"),
        Piece("options", "OPTIONS:\n- yes\n- no", "options_"),
    )


@pytest.mark.parametrize("name", ["rte", "copa", "record", "wmt16_deen"])
def test_the_text_is_the_one_that_training_sees(name: str, tmp_path: Path):
    fetch(Fetch(tasks=(name,)), rows=tmp_path / "rows")
    render(Render(), rows=tmp_path / "rows", prompts=tmp_path / "prompts")
    task = catalogue()[name].task
    every = np.arange(len(task.templates))

    rendered = Prompts.open(tmp_path / "prompts", name, "train").render(0 * every, every)

    values = values_of(task.read(task.samples[0]))
    for pattern, texts in (("inputs", rendered.inputs), ("targets", rendered.targets)):
        shown = [pieces(getattr(each, pattern), values) for each in task.templates]
        assert ["".join(piece.text for piece in parts) for parts in shown] == texts


def test_the_page_is_well_formed_and_fetches_nothing(page: str):
    outline = Outline()
    outline.feed(page)

    assert (outline.open, outline.wrong, outline.fetched) == ([], [], [])
    assert [name for name, times in Counter(outline.ids).items() if times > 1] == []
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest", page)


def test_every_template_of_every_task_is_on_the_page(page: str):
    shown = {unescape(text) for text in re.findall(r'data-pattern="([^"]*)"', page)}
    wanted = {
        f"{template.inputs} → {template.targets}"
        for entry in catalogue().values()
        for template in entry.task.templates
    }

    assert shown == wanted


def test_every_task_says_its_licence_and_its_samples_can_be_stepped_through(page: str):
    rows = [
        row
        for script in re.findall(r'<script type="application/json">(.*?)</script>', page)
        for row in json.loads(script)
    ]

    assert {row["task"] for row in rows} == set(catalogue())
    for entry in catalogue().values():
        assert entry.task.licence in unescape(page)


def test_rows_that_fetch_wrote_take_the_place_of_samples_and_cannot_break_the_page(tmp_path: Path):
    premise = 'A <b>bold</b> claim </script> with "quotes".'
    row = {"premise": premise, "hypothesis": "It is bold.", "label": 0, "idx": 0}
    write_table(tmp_path / "rows/rte/train.parquet", "rows/1", pa.Table.from_pylist([row]), {})

    text = gallery(tmp_path / "page.html", tmp_path / "rows").read_text(encoding="utf-8")

    outline = Outline()
    outline.feed(text)
    assert (outline.open, outline.wrong) == ([], [])
    assert premise in unescape(text)
    assert "Dana walked her dog" not in text
    assert "<b>bold" not in text


def test_the_same_catalogue_gives_the_same_bytes(page: str, tmp_path: Path):
    assert gallery(tmp_path / "again.html").read_text(encoding="utf-8") == page

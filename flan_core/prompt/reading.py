"""Read prompts of one task and split, and render them by the rows and templates asked for."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from flan_core.errors import BadInput
from flan_core.prompt.cells import CellsWriter, columns_of
from flan_core.prompt.copying import Book, Wording, bind, put_prompts
from flan_core.prompt.templates import TaskPatterns
from flan_core.schemas import read_about
from flan_core.task import ANSWER, Template

SCHEMA = "prompts/1"
SPLITS = ("train", "dev", "test")

Array = npt.NDArray[Any]
_ANSWER_SLOT = "{" + ANSWER + "}"


@dataclass(frozen=True, slots=True)
class Texts:
    """Rendered text as bytes: input ``i`` is ``text[ends[2i]:ends[2i + 1]]``, then its target.

    ``cuts[i]`` is where the field that may be shortened begins and ends in ``text``; nothing if
    equal.
    """

    text: Array
    ends: Array
    cuts: Array


@dataclass(frozen=True, slots=True)
class Rendered:
    """Prompts as text, a list item each.

    ``cuts`` is the span of characters of the input that may be shortened, ``(0, 0)`` if none;
    ``options`` are what could stand as the target; ``references`` all accepted targets.
    """

    inputs: list[str]
    targets: list[str]
    options: list[list[str]]
    references: list[list[str]]
    groups: list[str]
    cuts: list[tuple[int, int]]


_ROOM = 600
"""Bytes that a prompt and its target are first given room for."""


def written(book: Book, wording: Wording) -> Texts:
    """Render every line of ``wording`` into one buffer."""
    num_lines = wording.row.size
    ends = np.zeros(2 * num_lines + 1, np.int64)
    cuts = np.zeros((num_lines, 2), np.int64)
    text = np.empty(_ROOM * num_lines + 1, np.uint8)
    put_prompts(book, wording, text, ends, cuts)
    if ends[-1] > text.size:
        text = np.empty(int(ends[-1]), np.uint8)
        put_prompts(book, wording, text, ends, cuts)
    return Texts(text=text, ends=ends, cuts=cuts)


class Prompts:
    """The prompts of one task and split: its examples and its templates."""

    def __init__(self, about: dict[str, Any], table: pa.Table) -> None:
        """Take what a prompts file holds; ``Prompts.open`` reads one."""
        self.about = about
        self.table = table
        self.task: str = about["task"]
        self.dataset: str = about["dataset"]
        self.cluster: str = about["cluster"]
        self.title: str = about["title"]
        self.split: str = about["split"]
        self.kind: str = about["kind"]
        self.templates = tuple(Template(**each) for each in about["templates"])
        self.inputs: tuple[str, ...] = tuple(about["inputs"])
        self.long: tuple[str, ...] = tuple(about["long"])
        self.metrics: tuple[str, ...] = tuple(about["metrics"])
        self.max_target_tokens: int = about["max_target_tokens"]

    @classmethod
    def open(cls, folder: Path, task: str, split: str) -> "Prompts":
        """Read the prompts of a task and split from a prompts folder.

        Raises:
            BadInput: there are none, or another version of render wrote them.
        """
        path = file_of(folder, task, split)
        about = read_about(path, SCHEMA)
        with pq.ParquetFile(path) as file:  # pq.read_table would import pandas
            return cls(about, file.read())

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @property
    def normal(self) -> tuple[int, ...]:
        """Indices of the templates that state the normal task, in natural words."""
        return self.normal_in("natural")

    def normal_in(self, mode: str) -> tuple[int, ...]:
        """Indices of the templates of a mode that state the normal task: all but inverse ones."""
        return tuple(
            i for i, each in enumerate(self.templates) if each.mode == mode and not each.inverse
        )

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the fields, then ``answer``."""
        return columns_of(self.table)

    @property
    def task_patterns(self) -> TaskPatterns:
        """What compiling the templates needs."""
        return TaskPatterns(self.task, self.columns, self.long, self.templates)

    @cached_property
    def book(self) -> Book:
        """This split's rows and templates, ready to be copied from."""
        writer = CellsWriter()
        writer.add(self.table)
        return bind(writer, [self.task_patterns])

    def texts(self, wording: Wording) -> Texts:
        """Render lines of this task (number 0) into one buffer of bytes."""
        return written(self.book, wording)

    def render(
        self,
        rows: npt.ArrayLike,
        templates: npt.ArrayLike,
        *,
        with_options: npt.ArrayLike = True,
    ) -> Rendered:
        """Render rows by templates; each argument is one value a prompt, or one for all.

        Raises:
            BadInput: a row or a template is out of range.
        """
        row, template, shown = np.broadcast_arrays(
            np.atleast_1d(np.asarray(rows, np.int64)), templates, with_options
        )
        self._check(row, template)
        zero = np.zeros(row.size, np.int64)
        wording = Wording(
            task=zero,
            row=row.astype(np.int64),
            template=template.astype(np.int64),
            shown=shown.astype(np.uint8),
            form=zero,
            order=zero.astype(np.uint64),
        )
        texts = self.texts(wording)
        pieces = _decoded(texts)
        answers = self.table.select(["options", "references", "group"]).take(pa.array(row))
        accepted = self._as_targets(template, answers["references"].to_pylist())
        return Rendered(
            inputs=pieces[0::2],
            targets=pieces[1::2],
            options=self._as_targets(template, answers["options"].to_pylist()),
            references=[
                found or [target] for found, target in zip(accepted, pieces[1::2], strict=True)
            ],
            groups=answers["group"].to_pylist(),
            cuts=_cuts_in_characters(texts),
        )

    def _check(self, row: Array, template: Array) -> None:
        for what, values, size in (
            ("row", row, len(self)),
            ("template", template, len(self.templates)),
        ):
            if values.size and not 0 <= values.min() <= values.max() < size:
                bad = values.max() if values.max() >= size else values.min()
                raise BadInput(f"{self.task} {self.split} has no {what} {bad}: it has {size}")

    def _as_targets(self, templates: Array, answers: list[list[str]]) -> list[list[str]]:
        """Put each answer where its template's target has the answer; empty where it has none."""
        around = [each.targets.split(_ANSWER_SLOT) for each in self.templates]
        is_answer = [parts == ["", ""] for parts in around]
        has_answer = [len(parts) == 2 and "{" not in "".join(parts) for parts in around]
        found = []
        for template, each in zip(templates.tolist(), answers, strict=True):
            if is_answer[template]:
                found.append(each)
            elif has_answer[template]:
                found.append([answer.join(around[template]) for answer in each])
            else:
                found.append([])
        return found


def file_of(folder: Path, task: str, split: str) -> Path:
    """Return the path of a task's prompts of one split."""
    return folder / task / f"{split}.parquet"


def tasks_in(folder: Path, split: str = "train") -> list[str]:
    """Return the tasks that have prompts of this split, in name order."""
    return sorted(path.parent.name for path in folder.glob(f"*/{split}.parquet"))


def _decoded(texts: Texts) -> list[str]:
    """Return inputs and targets by turns."""
    blob = texts.text[: texts.ends[-1]].tobytes()
    return [blob[start:end].decode() for start, end in pairwise(texts.ends.tolist())]


def _cuts_in_characters(texts: Texts) -> list[tuple[int, int]]:
    starts = texts.ends[0:-1:2]
    if not (texts.text[: texts.ends[-1]] & 0x80).any():
        spans = texts.cuts - starts[:, None]
        return [(a, b) if b > a else (0, 0) for a, b in spans.tolist()]
    blob = texts.text[: texts.ends[-1]].tobytes()
    return [
        _span(blob, start, a, b)
        for start, (a, b) in zip(starts.tolist(), texts.cuts.tolist(), strict=True)
    ]


def _span(blob: bytes, start: int, begin: int, end: int) -> tuple[int, int]:
    if begin == end:
        return (0, 0)
    before = len(blob[start:begin].decode())
    return (before, before + len(blob[begin:end].decode()))

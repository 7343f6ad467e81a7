"""What is asked: which rows by which templates, as text and as tokens.

    rows       test: all or a seeded choice; dev: likewise
    templates  the first normal ones of the task (of each direction, where it has two)
    exemplars  the same train rows for every query of the task, rendered by the query's template

A prompt is [exemplars, query, EOS]. Whole exemplars are left out, the last first, until it fits; a
query that does not fit alone is shortened in its long field and counted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from flan_core.errors import BadInput
from flan_core.prompt import Prompts, few_shot
from flan_core.prompt.reading import file_of
from flan_core.seeds import generator_of
from flan_core.task import ANSWER
from flan_core.tokens import Tokenizer

IntArray = npt.NDArray[np.int64]

ROWS_A_PART = 512
"""Prompts of one part, the unit of work and of resumption."""
CLASSIFICATION = "classification"

Texts = tuple[str, tuple[int, int], str, list[str], list[str], list[str], str]
"""A rendered query: input, the span that may be shortened, target, options, the options as targets,
accepted answers, group."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """In which form a task is asked."""

    shots: int
    with_options: bool
    max_input: int
    """Most tokens of a prompt, its EOS included."""
    context: int
    """Most tokens of a prompt and what follows it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of work: some rows of a task by one template."""

    task: str
    template: int
    first: int
    size: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """The prompts of one part, a list item each."""

    splits: list[str]
    rows: list[int]
    inputs: list[str]
    """The whole text, before anything is shortened."""
    targets: list[str]
    options: list[list[str]]
    """As the metric knows them; empty where the answer is free."""
    accepted: list[list[str]]
    groups: list[str]
    shots: list[int]
    """Exemplars that fitted."""
    truncated: list[bool]
    trunks: list[IntArray]
    branches: list[tuple[IntArray, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Which rows and templates of each task are asked."""

    max_rows: int
    """0 is all."""
    max_dev_rows: int
    """0 is none."""
    templates: int
    seed: int
    mode: str = "natural"


class Quiz:
    """One task: its prompts, and the rows and templates that are asked."""

    def __init__(self, folder: Path, task: str, choice: Choice, tokenizer: Tokenizer) -> None:
        """Open the task's prompts and choose rows.

        Raises:
            BadInput: the task has no test rows.
        """
        self.folder, self.task, self.choice, self.tokenizer = folder, task, choice, tokenizer
        test, dev = self._open("test"), self._open("dev")
        if test is None or not len(test):
            raise BadInput(
                f"task {task} has no test rows in {file_of(folder, task, 'test')}; fetch rows of "
                "its test split, or leave the task out with fetch.tasks"
            )
        self.about, self._prompts = test, {"dev": dev or test, "test": test}
        self.is_classification = test.kind == CLASSIFICATION
        self.asked = [("test", row) for row in self._rows(test, choice.max_rows)]
        if dev is not None and choice.max_dev_rows:
            self.asked += [("dev", row) for row in self._rows(dev, choice.max_dev_rows)]

    def _open(self, split: str) -> Prompts | None:
        if not file_of(self.folder, self.task, split).is_file():
            return None
        return Prompts.open(self.folder, self.task, split)

    def _rows(self, prompts: Prompts, most: int) -> list[int]:
        """Choose rows: all, or a seeded choice of whole groups until there are ``most``."""
        if not most or len(prompts) <= most:
            return list(range(len(prompts)))
        units: dict[str, list[int]] = {}
        for row, group in enumerate(prompts.table["group"].to_pylist()):
            units.setdefault(group or f" {row}", []).append(row)
        members = list(units.values())
        random = generator_of("rows", self.task, prompts.split, self.choice.seed)
        chosen: list[int] = []
        for unit in random.permutation(len(members)):
            chosen += members[unit] if len(chosen) < most else []
        return sorted(chosen)

    @cached_property
    def train(self) -> Prompts | None:
        """The rows that exemplars and the majority come from."""
        return self._open("train")

    @property
    def has_exemplars(self) -> bool:
        """Whether there are train rows to take exemplars from."""
        return self.train is not None and len(self.train) > 0

    @cached_property
    def directions(self) -> dict[str, tuple[int, ...]]:
        """The templates of each direction; most tasks have but one, with no name."""
        found: dict[str, list[int]] = {}
        for index in self.about.normal_in(self.choice.mode):
            found.setdefault(self.about.templates[index].direction, []).append(index)
        return {name: tuple(some[: self.choice.templates]) for name, some in found.items()}

    def parts(self) -> Iterator[Part]:
        """Yield the work on this task: for each template its rows in pieces."""
        for template in sorted(t for some in self.directions.values() for t in some):
            for first in range(0, len(self.asked), ROWS_A_PART):
                size = min(ROWS_A_PART, len(self.asked) - first)
                yield Part(self.task, template, first, size)

    def text(self, template: int, row: int) -> str:
        """Return the query of a test row as it is asked, without exemplars."""
        return str(self.about.render([row], template).inputs[0])

    def ask(self, part: Part, form: Form) -> Asked:
        """Render and tokenise the prompts of a part.

        Raises:
            BadInput: an option list of one, an answer that is no option, no train rows for shots.
        """
        chosen = self.asked[part.first : part.first + part.size]
        texts = self._texts(chosen, part.template, form)
        queries, cuts, targets, options, branches, accepted, groups = (
            list(each) for each in zip(*texts, strict=True)
        )
        exemplars = self._exemplars(part.template, form)
        tokens = self._branches(branches)
        most = min(form.max_input, form.context - self._longest(tokens))
        if most < 2:
            raise BadInput(
                f"task {self.task}: the model's context of {form.context} tokens leaves no room "
                "for a prompt before its answers; choose a model with a longer context"
            )
        trunks, shots, truncated = self._trunks(queries, cuts, exemplars, most - 1)
        return Asked(
            splits=[split for split, _ in chosen],
            rows=[row for _, row in chosen],
            inputs=[
                few_shot(exemplars[:fit], query)[0]
                for fit, query in zip(shots, queries, strict=True)
            ],
            targets=targets,
            options=options,
            accepted=accepted,
            groups=groups,
            shots=shots,
            truncated=truncated,
            trunks=trunks,
            branches=tokens,
        )

    def _longest(self, branches: Sequence[Sequence[IntArray]]) -> int:
        """Return the most tokens that may follow a prompt."""
        longest = max((len(branch) for some in branches for branch in some), default=0)
        return max(longest, self.about.max_target_tokens)

    def _texts(self, chosen: Sequence[tuple[str, int]], template: int, form: Form) -> list[Texts]:
        """Render the rows in their order."""
        found: dict[tuple[str, int], Texts] = {}
        for split in dict.fromkeys(split for split, _ in chosen):
            rows = [row for own, row in chosen if own == split]
            for row, texts in zip(rows, self._rendered(split, rows, template, form), strict=True):
                found[split, row] = texts
        return [found[each] for each in chosen]

    def _rendered(self, split: str, rows: list[int], template: int, form: Form) -> Iterator[Texts]:
        prompts = self._prompts[split]
        r = prompts.render(rows, template, with_options=self._shown(form))
        options: list[list[str]] = [[] for _ in rows]
        branches, accepted = options, r.references
        if self.is_classification:
            raw = prompts.table.select(["options", "references"]).take(rows)
            options, accepted = raw["options"].to_pylist(), raw["references"].to_pylist()
            branches = r.options
            for each in zip(rows, options, accepted, strict=True):
                self._check(split, *each)
        return zip(r.inputs, r.cuts, r.targets, options, branches, accepted, r.groups, strict=True)

    def _shown(self, form: Form) -> bool:
        return form.with_options or not self.is_classification

    def _check(self, split: str, row: int, options: list[str], accepted: list[str]) -> None:
        what, cure = f"{self.task} {split} row {row}", "correct the dataset's read(), then render"
        if len(options) < 2:
            raise BadInput(f"{what}: ranking needs two options or more, not {options!r}; {cure}")
        if not set(accepted) <= set(options):
            raise BadInput(f"{what}: answer {accepted!r} is not among {options!r}; {cure}")

    def _exemplars(self, template: int, form: Form) -> list[tuple[str, str]]:
        """Return the exemplars of a template: the same train rows for all of a task's queries."""
        if not form.shots:
            return []
        train = self.train
        if train is None or not len(train):
            raise BadInput(
                f"task {self.task} has no train rows to take {form.shots} exemplars from; set "
                "evaluate.shots to [0] or leave the task out"
            )
        random = generator_of("exemplars", self.task, self.choice.seed)
        rows = random.permutation(len(train))[: form.shots]
        rendered = train.render(rows, template, with_options=self._shown(form))
        return list(zip(rendered.inputs, rendered.targets, strict=True))

    def _trunks(
        self,
        queries: list[str],
        cuts: list[tuple[int, int]],
        exemplars: list[tuple[str, str]],
        most: int,
    ) -> tuple[list[IntArray], list[int], list[bool]]:
        """Return each prompt's tokens, how many exemplars fitted, and whether it was shortened.

        Text is tokenised as a whole, exemplars and query together, as it was for training.
        """
        words = self._encode(queries)
        long = [i for i, each in enumerate(words) if len(each) > most]
        fitted = self.tokenizer.fit([queries[i] for i in long], [cuts[i] for i in long], most)
        for i, short in zip(long, fitted, strict=True):
            words[i] = without_middle(short.astype(np.int64), most)
        alone = self._encode([few_shot([exemplar], "")[0] for exemplar in exemplars])
        costs = np.cumsum([len(each) for each in alone])
        room = [most - len(each) for each in words]
        shots = [int(each) for each in np.searchsorted(costs, room, side="right")]
        left = [i for i, count in enumerate(shots) if count]
        while left:
            joined = [few_shot(exemplars[: shots[i]], queries[i])[0] for i in left]
            for i, each in zip(left, self._encode(joined), strict=True):
                words[i] = each
            left = [i for i in left if len(words[i]) > most]
            for i in left:
                shots[i] -= 1
        eos = np.array([self.tokenizer.eos])
        truncated = [i in set(long) for i in range(len(queries))]
        return [np.concatenate([each, eos]) for each in words], shots, truncated

    def _encode(self, texts: Sequence[str]) -> list[IntArray]:
        return [each.astype(np.int64) for each in self.tokenizer.encode(texts)]

    def _branches(self, targets: Sequence[Sequence[str]]) -> list[tuple[IntArray, ...]]:
        """Return what each option is as a target in tokens, with its EOS."""
        names = list(dict.fromkeys(target for some in targets for target in some))
        eos = np.array([self.tokenizer.eos])
        words = [np.concatenate([each, eos]) for each in self._encode(names)]
        tokens = dict(zip(names, words, strict=True))
        return [tuple(tokens[target] for target in some) for some in targets]


def without_middle(tokens: IntArray, most: int) -> IntArray:
    """Leave out the middle of a prompt that is too long even without its long field.

    >>> without_middle(np.arange(7), 4)
    array([0, 1, 5, 6])
    """
    if len(tokens) <= most:
        return tokens
    end = most - most // 2
    return np.concatenate([tokens[: most // 2], tokens[len(tokens) - end :]])


def majority_of(quiz: Quiz, options: Sequence[Sequence[str]]) -> list[str] | None:
    """Return for each list of options the answer that is most frequent in train.

    Where rows have their own options, it is the place of the answer that counts. None without
    train.
    """
    train = quiz.train
    if train is None or not len(train):
        return None
    lists = train.table["options"].to_pylist()
    answers = train.table[ANSWER].to_pylist()
    places = [some.index(answer) for some, answer in zip(lists, answers, strict=True)]
    counts: npt.NDArray[np.int64] = np.bincount(places)
    best = int(counts.argmax())
    return [some[min(best, len(some) - 1)] for some in options]

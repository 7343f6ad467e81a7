"""The vocabulary of the catalogue: a task, its source, and how a row becomes a prompt.

    cluster  nli            a folder of ``flan_core/datasets``
    dataset  anli           a file in it
    task     anli_r1        an entry of the file's ``TASKS``
    template (inputs, targets)  one of the ten pairs that phrase the task

A ``Row`` is what the hub has, columns untouched. ``Task.read`` turns it into an ``Example``: named
fields, the options if the answer is one of several, the answer. A row that holds several examples
(each question of a QuAC dialogue) yields a tuple of them. A ``Template`` is two patterns over the
fields, in which ``{options_}`` stands for the list of options and ``{answer}`` for the answer.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from flan_core.metrics import Metric

Row = Mapping[str, Any]
"""One row as the source has it."""

Kind = Literal["classification", "extraction", "generation"]
"""How an answer is scored: by rank over the options, or by what the model writes."""

OPTIONS = "options_"
"""The slot of the list of options; fields never have this name."""
ANSWER = "answer"
"""The slot of the answer; fields never have this name."""

_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """One row, read: everything that a template can ask for, as text.

    ``references`` are all accepted answers, the first being ``answer``; empty means ``(answer,)``.
    With options, each reference is one of them (ReCoRD accepts several). ``group`` names examples
    that are scored together (MultiRC: the answers of one question); empty means none.
    """

    fields: Mapping[str, str]
    answer: str
    options: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    group: str = ""


@dataclass(frozen=True, slots=True)
class Drop:
    """A row that the task leaves out on purpose, with the reason that the counts show."""

    reason: str


class BadRow(ValueError):
    """A row that breaks its task's promise: the reason, without the row's text."""


def pick(options: tuple[str, ...], label: int) -> str:
    """Return the option at ``label``, refusing what is out of range (a negative index would pass).

    Raises:
        BadRow: ``label`` is not an integer from 0 to the number of options less one.
    """
    if not isinstance(label, int) or not 0 <= label < len(options):
        raise BadRow(f"label {label!r} is not in 0..{len(options) - 1}")
    return options[label]


@dataclass(frozen=True, slots=True)
class Template:
    """One phrasing of a task: the pattern of the prompt and the pattern of what follows it.

    ``inverse`` marks a template that turns the task around (write the review for this rating); it
    trains but is never used to evaluate.

    ``direction`` names which way a normal template asks where a task may be asked both ways
    (translation: ``"en-de"``, ``"de-en"``); evaluation reports each way apart. What counts as right
    is the example's references where ``targets`` is ``{answer}``, else the target itself.

    ``mode`` is ``natural`` for all that are written in a dataset's file; render adds one with the
    dataset's ``name`` for an instruction, and one with ``none`` (paper section 4.3).
    """

    inputs: str
    targets: str = "{answer}"
    inverse: bool = False
    direction: str = ""
    mode: str = "natural"

    @property
    def slots(self) -> tuple[str, ...]:
        """Names of the slots of both patterns, in order, each once."""
        return tuple(dict.fromkeys(_SLOT.findall(self.inputs) + _SLOT.findall(self.targets)))

    @property
    def shows_options(self) -> bool:
        """Whether the prompt lists the options."""
        return "{" + OPTIONS + "}" in self.inputs


@dataclass(frozen=True, kw_only=True, slots=True)
class Hub:
    """A dataset of the Hugging Face hub that ``datasets`` 5 loads without running a script.

    ``revision`` is a branch; ``fetch`` resolves it to a commit and records that. The branch
    ``refs/convert/parquet`` has one folder a config, so there ``data_dir`` names it. Where the
    files' names do not tell the split, ``data_files`` maps each split to a pattern.
    """

    repository: str
    config: str = ""
    revision: str = "main"
    data_dir: str = ""
    data_files: Mapping[str, str] = ()  # type: ignore[assignment]

    @property
    def manual(self) -> bool:
        """Whether a person must fetch the files."""
        return False


@dataclass(frozen=True, kw_only=True, slots=True)
class Files:
    """A dataset whose original files a person fetches: a form to sign, or no copy on the hub.

    ``files`` maps each source split to the file's name as the publisher has it; ``parse`` turns one
    such file's path into rows of the task's columns; ``where`` says where to get the files and what
    must be agreed to.
    """

    url: str
    where: str
    files: Mapping[str, str]
    parse: Callable[[Any], Any]

    @property
    def manual(self) -> bool:
        """Whether a person must fetch the files."""
        return True


@dataclass(frozen=True, kw_only=True, slots=True)
class Splits:
    """Which source split each of ours comes from, in the source's names.

    Rows are shuffled by a seed first. Where ``dev`` or ``test`` names the same split as ``train``,
    its rows are taken from the end of the shuffled train split and leave it; otherwise dev is the
    first ``dev_rows`` of its split, and test is all of its split. An empty name means no such rows.

        train  [ . . . . . . . . . . | d d | t t t ]     dev="train", test="train"
    """

    train: str = "train"
    dev: str = "train"
    test: str = "test"
    dev_rows: int = 200
    test_rows: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One task of the catalogue.

    ``columns`` is the source's shape, column name to a short type as ``str``, ``int``,
    ``list[str]`` or ``{text: list[str], label: list[str]}``. ``inputs`` are the fields that state
    the normal task, in order; ``long`` those of them that may be shortened to fit, the first most
    willingly. ``metrics`` has the paper's first. ``max_target_tokens`` bounds what evaluation
    lets the model write. ``samples`` are invented rows in the source's exact shape. ``sizes`` are
    the published rows of each source split that ``splits`` names: cost is reckoned from them.
    """

    name: str
    title: str
    source: Hub | Files
    splits: Splits
    kind: Kind
    columns: Mapping[str, str]
    read: Callable[[Row], Example | Drop | tuple[Example, ...]]
    inputs: tuple[str, ...]
    templates: tuple[Template, ...]
    metrics: tuple[Metric, ...]
    licence: str
    samples: tuple[Row, ...]
    long: tuple[str, ...] = ()
    max_target_tokens: int = 64
    sizes: Mapping[str, int] = field(default_factory=dict)

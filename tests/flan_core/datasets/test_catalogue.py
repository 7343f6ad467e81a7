"""What holds of every task of the catalogue; a dataset file that is added is tested by this one.

    SAMPLES ──read──▶ Example ──template──▶ prompt, target

Real rows are used as well where the folder ``../shared/data`` exists beside the repository.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from pathlib import Path

import pytest

from flan_core.datasets import Entry, catalogue, clusters, entry_of, left_out, tasks_of
from flan_core.errors import BadInput
from flan_core.task import Drop, Example, Hub, Row, Task, Template

REAL_ROWS = Path(__file__).resolve().parents[4] / "shared" / "data"
SLOT = re.compile(r"\{(\w+)\}")
MARKS = ".?!,;:"

ENTRIES = list(catalogue().values())


def each_task(test: Callable[..., None]) -> Callable[..., None]:
    tasks = [pytest.param(entry.task, id=entry.task.name) for entry in ENTRIES]
    return pytest.mark.parametrize("task", tasks)(test)


def read_all(task: Task, rows: Iterable[Row]) -> tuple[list[Example], list[Drop]]:
    """Read rows, each to an example, to several (a dialogue's questions), or to none."""
    read = [task.read(row) for row in rows]
    flat = [one for each in read for one in (each if isinstance(each, tuple) else (each,))]
    dropped = [one for one in flat if isinstance(one, Drop)]
    return [one for one in flat if isinstance(one, Example)], dropped


def examples(task: Task) -> list[Example]:
    return read_all(task, task.samples)[0]


def normal(task: Task) -> list[Template]:
    return [template for template in task.templates if not template.inverse]


def slots(pattern: str) -> set[str]:
    return set(SLOT.findall(pattern))


def pairs(task: Task) -> Iterator[tuple[Template, Example]]:
    """Every template with every sample."""
    return product(task.templates, examples(task))


def texts(example: Example) -> dict[str, str]:
    options = "\n".join(["OPTIONS:", *(f"- {option}" for option in example.options)])
    return {**example.fields, "answer": example.answer, "options_": options}


def fill(pattern: str, example: Example) -> str:
    values = texts(example)
    return SLOT.sub(lambda slot: values[slot[1]], pattern)


def number_of_options(task: Task) -> int:
    """How many options each example has; 0 where that varies or there are none."""
    numbers = {len(example.options) for example in examples(task)}
    return numbers.pop() if len(numbers) == 1 else 0


def positions(found: list[Example]) -> set[int]:
    return {example.options.index(example.answer) for example in found}


def columns(text: str) -> Iterator[tuple[str, str]]:
    """Take the inside of a shape apart: ``a: int, b: list[{c: str}]`` is ``a`` and ``b``."""
    depth, start = 0, 0
    for at, sign in enumerate(text + ","):
        depth += (sign in "[{") - (sign in "]}")
        if sign == "," and depth == 0:
            name, _, shape = text[start:at].partition(":")
            yield name.strip(), shape.strip()
            start = at + 1


def has_shape(value: object, shape: str) -> bool:
    """Whether a value is of a short type as ``str``, ``list[int]`` or ``{text: list[str]}``."""
    if shape.startswith("list["):
        return isinstance(value, list) and all(has_shape(each, shape[5:-1]) for each in value)
    if shape.startswith("{"):
        parts = dict(columns(shape[1:-1]))
        return (
            isinstance(value, dict)
            and value.keys() == parts.keys()
            and all(has_shape(value[name], part) for name, part in parts.items())
        )
    return type(value) is {"str": str, "int": int, "float": float, "bool": bool}[shape]


def check(task: Task, example: Example) -> None:
    """What an example promises: text in its fields, and accepted answers that can be chosen."""
    accepted = {example.answer, *example.references}
    assert all(type(text) is str for text in [*example.fields.values(), *accepted])
    assert not {"options_", "answer"} & example.fields.keys(), "names of slots, not of fields"
    assert bool(example.options) == (task.kind == "classification")
    assert len(set(example.options)) == len(example.options), "two options are the same"
    if example.options:
        assert accepted <= set(example.options)


# ---- the tree -----------------------------------------------------------------------------------


def test_a_name_stands_for_the_tasks_of_a_cluster_of_a_dataset_or_for_one():
    for place in ("cluster", "dataset"):
        for name in {getattr(entry, place) for entry in ENTRIES}:
            there = tuple(e.task.name for e in ENTRIES if name in (e.cluster, e.dataset))
            assert set(there) <= set(tasks_of([name]))
    for entry in ENTRIES:
        assert entry_of(entry.task.name) is entry


def test_every_folder_is_a_cluster_with_tasks_whose_kin_are_clusters():
    assert {entry.cluster for entry in ENTRIES} <= set(clusters())
    for name, cluster in clusters().items():
        assert cluster.title
        assert cluster.asks
        assert left_out([name]) == {name, *cluster.kin} <= set(clusters())


def test_an_unknown_name_is_refused_with_the_nearest_ones():
    name = ENTRIES[0].task.name
    with pytest.raises(BadInput, match=f"unknown task '{name}x'; did you mean {name}"):
        entry_of(name + "x")


def test_titles_tell_tasks_apart():
    titles = Counter(entry.task.title for entry in ENTRIES)
    assert [title for title, times in titles.items() if times > 1 or not title] == []


@pytest.mark.parametrize("entry", [pytest.param(e, id=e.task.name) for e in ENTRIES])
def test_a_file_names_its_paper_and_its_reference(entry: Entry):
    about = sys.modules[f"flan_core.datasets.{entry.cluster}.{entry.dataset}"].__doc__ or ""
    assert re.search(r"^Paper {6}\S", about, re.MULTILINE)
    assert re.search(r"^Reference {2}\S", about, re.MULTILINE)


# ---- the source ---------------------------------------------------------------------------------


@each_task
def test_a_source_is_a_full_hub_name_or_files_with_where_to_get_them(task: Task):
    if isinstance(task.source, Hub):
        assert re.fullmatch(r"[\w.-]+/[\w.-]+", task.source.repository)
        assert task.source.revision
        return
    splits = {task.splits.train, task.splits.dev, task.splits.test} - {""}
    assert task.source.url.startswith("https://")
    assert task.source.where
    assert splits <= set(task.source.files)


@each_task
def test_a_task_says_its_splits_metrics_and_licence(task: Task):
    assert task.splits.test
    assert task.metrics
    assert task.licence
    assert task.max_target_tokens > 0


@each_task
def test_a_task_says_how_many_rows_each_of_its_splits_has(task: Task):
    named = {task.splits.train, task.splits.dev, task.splits.test} - {""}

    assert set(task.sizes) == named
    assert min(task.sizes.values()) > 0


# ---- the samples --------------------------------------------------------------------------------


@each_task
def test_samples_have_the_declared_columns_and_types(task: Task):
    shape = "{" + ", ".join(f"{name}: {short}" for name, short in task.columns.items()) + "}"
    for row in task.samples:
        assert has_shape(row, shape), f"{row} is not {shape}"


@each_task
def test_eight_samples_or_more_are_examples_and_all_differ(task: Task):
    found, dropped = read_all(task, task.samples)
    assert len(found) >= 8
    assert dropped == []
    assert len({str(row) for row in task.samples}) == len(task.samples)


@each_task
def test_samples_read_as_examples_that_keep_their_promise(task: Task):
    for example in examples(task):
        check(task, example)
        assert all(text == text.strip() != "" for text in example.fields.values())


@each_task
def test_samples_show_every_label_or_every_place_of_the_right_option(task: Task):
    assert positions_missing(task, examples(task)) == set()


def positions_missing(task: Task, found: list[Example]) -> set[int]:
    number = number_of_options(task)
    return set(range(number)) - positions(found) if number else set()


# ---- the templates ------------------------------------------------------------------------------


@each_task
def test_ten_templates_differ_and_three_at_most_are_inverse(task: Task):
    plain = [re.sub(r"\W+", " ", t.inputs + " > " + t.targets).lower() for t in task.templates]
    assert len(set(plain)) == len(task.templates) == 10
    assert len(normal(task)) >= 7


@each_task
def test_templates_ask_only_for_fields_that_every_example_has(task: Task):
    for template, example in pairs(task):
        assert set(template.slots) <= texts(example).keys()


@each_task
def test_a_normal_template_shows_every_input_and_asks_for_the_answer(task: Task):
    for template in normal(task):
        if template.direction:
            assert set(task.inputs) <= set(template.slots)
            continue
        assert set(task.inputs) <= slots(template.inputs)
        assert template.targets == "{answer}"


@each_task
def test_a_normal_template_lists_the_options_if_there_are_any(task: Task):
    for template in normal(task):
        assert template.shows_options == (task.kind == "classification")


@each_task
def test_options_stand_in_a_paragraph_of_their_own(task: Task):
    for template in task.templates:
        alone = re.sub(r"(^|\n){options_}(\n|$)", "", template.inputs)
        assert "options_" not in alone + template.targets


@each_task
def test_no_template_shows_what_it_asks_for(task: Task):
    for template in task.templates:
        assert not slots(template.inputs) & slots(template.targets)
        assert not (template.inverse and template.shows_options)


@each_task
def test_no_inverse_prompt_holds_a_text_that_it_asks_for(task: Task):
    for template, example in pairs(task):
        prompt = fill(template.inputs, example) if template.inverse else ""
        wanted = [texts(example)[slot] for slot in slots(template.targets)]
        assert [text for text in wanted if len(text) > 20 and text in prompt] == []


@each_task
def test_what_may_be_shortened_is_an_input(task: Task):
    assert set(task.long) <= set(task.inputs)


# ---- the text, as an editor reads it ------------------------------------------------------------


@each_task
def test_templates_have_no_stray_braces_or_spaces(task: Task):
    for template in task.templates:
        for pattern in (template.inputs, template.targets):
            bare = SLOT.sub("x", pattern)
            assert not re.search(r"[{}\t]|  | \n|\n |\n\n\n|^\s|\s$", bare), pattern


@each_task
def test_fields_bring_no_second_mark_where_the_template_has_one(task: Task):
    """``"{claim}"?`` would become ``"It is late."?``."""
    for template, example in pairs(task):
        for slot in re.findall(r"\{(\w+)\}[\"')]?[.?!,;:]", template.inputs):
            assert texts(example)[slot][-1] not in MARKS, (template, example)


@each_task
def test_articles_fit_what_the_slot_is_filled_with(task: Task):
    """``a {answer}`` would become ``a entity``."""
    for template, example in pairs(task):
        for article, slot in re.findall(r"\b([Aa]n?) \{(\w+)\}", template.inputs):
            vowel = texts(example)[slot][0].lower() in "aeiou"
            assert vowel == (article.lower() == "an"), (template, example)


# ---- real rows ----------------------------------------------------------------------------------


def real_rows(entry: Entry) -> list[Row]:
    folders = [REAL_ROWS / name for name in (entry.task.name, entry.dataset)]
    files = next((found for f in folders if (found := sorted(f.glob("*.jsonl")))), [])
    lines = [line for path in files for line in path.read_text("utf-8").split("\n") if line]
    if not lines:
        pytest.skip(f"no real rows of {entry.task.name} in {REAL_ROWS}")
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("entry", [pytest.param(e, id=e.task.name) for e in ENTRIES])
def test_every_real_row_reads_and_renders(entry: Entry):
    task, rows = entry.task, real_rows(entry)
    found, dropped = read_all(task, rows)
    for at, example in enumerate(found):
        check(task, example)
        template = task.templates[at % len(task.templates)]
        assert fill(template.inputs, example)
        assert fill(template.targets, example).strip()
    assert len(found) >= len(dropped), f"most rows are dropped: {dropped[0]} and others"
    if len(found) > 200:
        assert positions_missing(task, found) == set(), "a label, or place, that never occurs"

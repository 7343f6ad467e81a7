"""Weighing: seqio's rates, the paper's shares, and what the settings change."""

from pathlib import Path

import pytest

from flan_core.config import Mix
from flan_core.errors import BadInput
from flan_core.mix import dry_run
from flan_core.mix.weighing import BLOCK, Stock, counts_of, rate, weigh
from tests.flan_core.data import write_prompts

# Sizes of the train splits, google-research/FLAN@e9e4ec6 flan/tasks.py, at most 30,000, by cluster
# of that code; a task's kin share its list.
SIZES = {
    "summarization": [14436, 30000, 30000, 30000, 30000, 14732, 30000, 30000, 3131, 1659, 30000],
    "struct_to_text": [30000] * 4,
    "reading_comprehension": [30000, 30000, 30000, 27043, 4957, 9227],
    "closed_book_qa": [30000, 30000, 919, 2051],
    "paraphrase": [3468, 30000, 30000, 5649],
    "sentiment": [24800, 30000, 30000, 30000],
    "text_formatting": [30000] * 3,
    "commonsense": [350, 30000, 1671, 16013],
    "translation": [30000] * 8,
    "coreference": [1122, 30000, 504],
    "nli": [16946, 30000, 30000, 200, 2290, 30000, 30000, 30000, 605, 30000],
    "others": [30000, 30000, 7099, 5228, 8351, 5252],
    "reading_comprehension_with_commonsense": [30000, 25062],
}
KIN = {
    "nli": {"paraphrase"},
    "paraphrase": {"nli"},
    "reading_comprehension": {"reading_comprehension_with_commonsense"},
    "commonsense": {"reading_comprehension_with_commonsense"},
    "reading_comprehension_with_commonsense": {"reading_comprehension", "commonsense"},
}


def stock(task: str, num_rows: int, cluster: str = "nli", **other) -> Stock:
    facts = {"dataset": task, "inverse": (False,) * 10, "has_options": True, "sha256": ""}
    return Stock(
        task=task,
        cluster=cluster,
        num_rows=num_rows,
        **{"mean_characters": 100.0, **facts, **other},
    )


def stocks_without(held_out: str) -> list[Stock]:
    gone = {held_out, *KIN.get(held_out, ())}
    return [
        stock(f"{cluster}_{number}", size, cluster)
        for cluster, sizes in SIZES.items()
        if cluster not in gone
        for number, size in enumerate(sizes)
    ]


@pytest.mark.parametrize(
    ("held_out", "tasks", "examples", "weight", "share"),
    [
        ("nli", 55, 1_223_607, 152_276, 1.97),
        ("paraphrase", 55, 1_223_607, 152_276, 1.97),
        ("reading_comprehension", 61, 1_306_476, 164_371, 1.83),
        ("translation", 61, 1_252_765, 164_371, 1.83),
        ("commonsense", 63, 1_389_669, 174_350, 1.72),
        ("reading_comprehension_with_commonsense", 57, 1_258_442, 156_350, 1.92),
        ("closed_book_qa", 65, 1_429_795, 179_401, 1.67),
        ("struct_to_text", 65, 1_372_765, 176_371, 1.70),
        ("sentiment", 65, 1_377_965, 176_371, 1.70),
        ("coreference", 66, 1_461_139, 183_745, 1.63),
        ("summarization", 58, 1_248_807, 156_712, 1.91),
        ("nothing", 69, 1_492_765, 188_371, 1.59),
    ],
)
def test_shares_are_the_papers(held_out: str, tasks: int, examples: int, weight: int, share: float):
    stocks = stocks_without(held_out)
    parts, _ = weigh(Mix(), stocks)

    assert len(parts) == tasks
    assert sum(min(each.num_rows, 30_000) for each in stocks) == examples
    assert sum(part.weight for part in parts) == sum(part.count for part in parts) == weight
    assert {round(100 * part.share, 2) for part in parts if part.weight == 3_000} == {share}


def seqio_rate(num_examples: int, maximum: int, temperature: float) -> float:
    """google/seqio@b898b9f seqio/utils.py mixing_rate_num_examples, in its own words: a scale of 1,
    cut at the maximum, then the root."""
    found = num_examples * 1.0
    found = min(found, maximum)
    if temperature != 1.0:
        found **= 1.0 / temperature
    return found


@pytest.mark.parametrize("temperature", [1.0, 2.0, 4.0])
def test_rates_are_seqios(temperature: float):
    sizes = [size for cluster in SIZES.values() for size in cluster]

    assert [rate(size, 3_000, temperature) for size in sizes] == [
        seqio_rate(size, 3_000, temperature) for size in sizes
    ]


def test_whole_weights_are_counted_exactly_and_others_to_the_nearest_draw():
    assert counts_of([3000, 1500]) == [2, 1]
    assert counts_of([1 / 3, 1 / 3, 1 / 3]) == [33_334, 33_333, 33_333]
    assert counts_of([1.5, 1e-9]) == [BLOCK - 1, 1]


def test_sharing_out_tokens_gives_short_tasks_more_draws():
    stocks = [stock("rte", 3_000, mean_characters=400), stock("sst2", 3_000, mean_characters=100)]
    long, short = weigh(Mix(by_tokens=True), stocks)[0]

    assert (long.share, short.share) == (0.2, 0.8)


def test_an_explicit_weight_replaces_the_proportional_one():
    stocks = [
        stock("anli_r1", 3_000, dataset="anli"),
        stock("anli_r2", 1_000, dataset="anli"),
        stock("rte", 3_000),
        stock("sst2", 3_000, "sentiment"),
    ]
    weights = {"nli": 700.0, "anli": 400.0, "sst2": 0.0}
    parts, gone = weigh(Mix(weights=weights), stocks)

    assert {part.task: part.weight for part in parts} == {
        "anli_r1": 300.0,
        "anli_r2": 100.0,
        "rte": 300.0,
    }
    assert gone == ["sst2"]


def test_an_unknown_name_in_the_weights_is_told():
    with pytest.raises(BadInput, match=r"mix\.weights 'rtee'; did you mean rte"):
        weigh(Mix(weights={"rtee": 1.0}), [stock("rte", 10)])


def test_inverse_templates_weigh_what_the_settings_say():
    one = stock("rte", 10, inverse=(False, True, False))

    assert weigh(Mix(inverse=0.5), [one])[0][0].template_weights == (1.0, 0.5, 1.0)
    assert weigh(Mix(templates=2), [one])[0][0].template_weights == (1.0, 1.0)
    with pytest.raises(BadInput, match="task rte has only inverse templates among its first 1"):
        weigh(Mix(inverse=0, templates=1), [stock("rte", 10, inverse=(True, False))])


def test_rows_that_were_dropped_do_not_count():
    left = stock("rte", 10, dropped_rows=(0, 1, 2))
    none = stock("sst2", 2, dropped_rows=(0, 1))
    parts, gone = weigh(Mix(), [left, none])

    assert [(part.task, part.weight) for part in parts] == [("rte", 7.0)]
    assert gone == ["sst2"]


def test_a_dry_run_needs_only_prompts(tmp_path: Path):
    prompts = write_prompts(tmp_path, {"rte": 30, "sst2": 10})
    columns = [list(each.cells) for each in dry_run(Mix(), prompts, tokens=100_000).columns]

    assert columns[:4] == [
        ["nli", "sentiment", ""],
        ["rte", "sst2", "all"],
        ["30", "10", "40"],
        ["75.00%", "25.00%", "100.00%"],
    ]
    assert columns[5][0] == columns[5][1] == columns[5][2]
    assert columns[7][2] == "100.00%"

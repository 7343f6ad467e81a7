"""A mixture: draw i is a function of the mixture and i, and never one of a held-out cluster."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flan_core.datasets import catalogue, clusters, left_out
from flan_core.mixture import Mixture
from tests.flan_core.data import mixture_of, write_prompts


def mixture(tasks: dict[str, tuple[int, int]], seed: int = 0, **forms: object) -> Mixture:
    """A mixture of tasks with so many rows and so many draws a block."""
    total = sum(count for _, count in tasks.values())
    return Mixture(
        {
            "seed": seed,
            "forms": {
                "few_shot": 0.0,
                "shots": 5,
                "no_options": 0.0,
                "option_formats": False,
                **forms,
            },
            "tasks": [
                {
                    "task": task,
                    "dataset": task,
                    "cluster": "nli",
                    "num_rows": rows,
                    "max_rows": 30_000,
                    "count": count,
                    "weight": count,
                    "share": count / total,
                    "template_weights": [1.0, 1.0, 0.5],
                    "has_options": True,
                    "mean_characters": 100.0,
                    "sha256": "",
                    "dropped_rows": [],
                }
                for task, (rows, count) in tasks.items()
            ],
        }
    )


tasks = st.dictionaries(
    st.sampled_from(["rte", "sst2", "copa", "boolq"]),
    st.tuples(st.integers(1, 9), st.integers(1, 7)),
    min_size=1,
)


@given(tasks, st.integers(0, 200), st.integers(0, 60), st.integers(0, 60))
def test_a_draw_depends_on_nothing_but_its_number(sizes: dict, start: int, skip: int, size: int):
    drawn = mixture(sizes, few_shot=0.5, no_options=0.5, option_formats=True)
    whole = drawn.draws(start, start + skip + size)
    part = drawn.draws(start + skip, start + skip + size)

    for one, other in zip([*whole.wording, *whole[1:]], [*part.wording, *part[1:]], strict=True):
        np.testing.assert_array_equal(one[skip:], other)


@given(tasks, st.integers(0, 50))
def test_every_block_has_each_task_as_often_as_it_weighs(sizes: dict, number: int):
    drawn = mixture(sizes)
    block = drawn.draws(number * drawn.block, (number + 1) * drawn.block).wording.task

    assert Counter(block.tolist()) == {
        index: count for index, (_, count) in enumerate(sizes.values())
    }


@given(tasks)
def test_every_epoch_of_a_task_has_each_of_its_rows_once(sizes: dict):
    drawn = mixture(sizes)
    draws = drawn.draws(0, 40 * drawn.block)
    for number, (rows, _) in enumerate(sizes.values()):
        mine = draws.wording.task == number
        by_visit = draws.wording.row[mine][np.argsort(draws.visit[mine])]
        epochs = by_visit[: len(by_visit) // rows * rows].reshape(-1, rows)
        assert all(sorted(epoch) == list(range(rows)) for epoch in epochs.tolist())


def test_a_row_meets_other_templates_and_other_orders_in_other_epochs():
    drawn = mixture({"rte": (100, 1)}).draws(0, 1_000)
    templates = {row: set() for row in range(100)}
    for row, template in zip(
        drawn.wording.row.tolist(), drawn.wording.template.tolist(), strict=True
    ):
        templates[row].add(template)
    epochs = drawn.wording.row.reshape(10, 100)

    assert sum(len(seen) == 3 for seen in templates.values()) > 80
    assert len({tuple(epoch) for epoch in epochs.tolist()}) == 10


def test_templates_and_forms_come_in_their_shares():
    drawn = mixture({"rte": (1_000, 1)}, few_shot=0.3, no_options=0.2, option_formats=True).draws(
        0, 20_000
    )
    shares = np.bincount(drawn.wording.template) / 20_000
    forms = np.bincount(drawn.wording.form) / 20_000

    np.testing.assert_allclose(shares, [0.4, 0.4, 0.2], atol=0.02)
    np.testing.assert_allclose(forms, 1 / 7, atol=0.02)
    assert abs((drawn.wording.shown == 0).mean() - 0.2) < 0.02
    assert abs((drawn.exemplars[:, 0] >= 0).mean() - 0.3) < 0.02


@given(st.integers(2, 9), st.integers(1, 8), st.integers(0, 99))
def test_exemplars_are_other_rows_each_once(rows: int, shots: int, seed: int):
    drawn = mixture({"rte": (rows, 1)}, seed, few_shot=1.0, shots=shots).draws(0, 30)
    for query, exemplars in zip(drawn.wording.row.tolist(), drawn.exemplars.tolist(), strict=True):
        chosen = [row for row in exemplars if row >= 0]
        assert query not in chosen
        assert len(set(chosen)) == len(chosen) == min(shots, rows - 1)


def test_another_seed_draws_otherwise():
    one, other = (mixture({"rte": (50, 1)}, seed).draws(0, 100) for seed in (0, 1))

    assert (one.wording.row != other.wording.row).any()


@pytest.mark.parametrize("held_out", clusters())
def test_no_draw_of_a_held_out_cluster_or_its_kin_ever(tmp_path: Path, held_out: str):
    by_cluster = {entry.cluster: task for task, entry in catalogue().items()}
    prompts = write_prompts(tmp_path / "prompts", dict.fromkeys(by_cluster.values(), 3))
    drawn = mixture_of(tmp_path, prompts, held_out=[held_out], few_shot=0.5)
    tasks = {drawn.tasks[task] for task in drawn.draws(0, 5 * drawn.block).wording.task}
    gone = left_out([held_out])

    assert {catalogue()[task].cluster for task in tasks} == set(by_cluster) - gone

"""The lines of ``steps.jsonl`` and what they are made of."""

import json
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch

from flan_core import telemetry
from flan_core.model.head import Scorer
from flan_core.model.made import config_of, make
from flan_core.train.batches import Step
from flan_core.train.history import History
from flan_core.train.log import FlopsOf, Log, flops_counts, means
from flan_core.train.loop import Result


class Named:
    """What a log asks of packs."""

    tasks = ("rte", "cb", "copa")
    clusters = ("nli", "nli", "commonsense")
    about: ClassVar = {"datasets": ["rte", "super_glue_cb", "copa"]}


def result(number: int, seconds: float = 2.0) -> Result:
    step = Step(number, (), np.array([2, 3, 0]), inputs=40, padding=19)
    return Result(
        step=step,
        losses=(4.0, 3.0, 0.0),
        gradient_norm=0.5,
        learning_rate=1e-3,
        seconds=seconds,
        data_wait=0.01,
        stop=False,
    )


def log_at(folder: Path, start: int) -> Log:
    history = History(folder / "state", writes=True)
    flops_of = FlopsOf(body=100, head=10, peak=6_000.0)
    return Log(folder / "steps.jsonl", Named(), flops_of=flops_of, history=history, start=start)


def value(name: str, **labels: str) -> float:
    return telemetry.REGISTRY.get_sample_value(name, labels) or 0.0


def test_a_line_tells_a_step(tmp_path: Path) -> None:
    with log_at(tmp_path, 0) as log:
        log.add(result(0), dev_loss=1.5)
    (line,) = (tmp_path / "steps.jsonl").read_text(encoding="utf-8").splitlines()
    found = json.loads(line)
    assert found.pop("memory") > 0
    assert found == {
        "step": 0,
        "loss": 1.4,
        "clusters": {"nli": 1.4},
        "datasets": {"rte": 2.0, "super_glue_cb": 1.0},
        "tasks": {"rte": 2.0, "cb": 1.0},
        "grad_norm": 0.5,
        "learning_rate": 0.001,
        "tokens": {"target": 5, "input": 40, "pad": 19},
        "seconds": 2.0,
        "data_wait": 0.01,
        "tokens_per_second": 22.5,
        "mfu": pytest.approx((6 * (100 * 45 + 10 * 5)) / 2.0 / 6_000.0),
        "dev_loss": 1.5,
    }


def test_an_update_that_was_left_out_is_told(tmp_path: Path) -> None:
    with log_at(tmp_path, 0) as log:
        assert log.add(replace(result(0), skipped=True), dev_loss=None)["skipped"] is True


def test_going_on_forgets_the_lines_that_are_done_again(tmp_path: Path) -> None:
    with log_at(tmp_path, 0) as log:
        for number in range(4):
            log.add(result(number), dev_loss=None)
    path = tmp_path / "steps.jsonl"
    path.write_text(path.read_text() + '{"step": 4, "lo')  # a kill in the middle of a line
    lost = value("flan_lost_steps_total")
    with log_at(tmp_path, 2) as log:
        log.add(result(2), dev_loss=None)
    assert [json.loads(line)["step"] for line in path.read_text().splitlines()] == [0, 1, 2]
    assert value("flan_lost_steps_total") - lost == 2


def test_live_metrics_follow(tmp_path: Path) -> None:
    before = {kind: value("flan_tokens_total", kind=kind) for kind in ("target", "input", "pad")}
    steps = value("flan_step_total")
    with log_at(tmp_path, 0) as log:
        log.add(result(0), dev_loss=None)
    after = {kind: value("flan_tokens_total", kind=kind) - before[kind] for kind in before}
    assert after == {"target": 5, "input": 40, "pad": 19}
    assert value("flan_step_total") - steps == 1
    assert value("flan_loss") == 1.4
    assert value("flan_cluster_loss", task_cluster="nli") == 1.4
    assert value("flan_dataset_loss", dataset="super_glue_cb") == 1.0
    assert value("flan_peak_memory_bytes") > 0
    assert value("flan_grad_norm") == 0.5
    assert value("flan_learning_rate") == 0.001
    assert 0 < value("flan_goodput_ratio") <= 1


def test_other_ranks_write_no_file(tmp_path: Path) -> None:
    history = History(tmp_path, writes=False)
    flops_of = FlopsOf(body=1, head=1, peak=0.0)
    with Log(None, Named(), flops_of=flops_of, history=history, start=0) as log:
        assert log.add(result(0), dev_loss=None)["mfu"] is None
    assert list(tmp_path.iterdir()) == []


def test_means_are_over_targets_and_leave_out_what_has_none() -> None:
    assert means(("a", "b", "a"), (2.0, 1.0, 6.0), (1, 0, 3)) == {"a": 2.0}


@pytest.mark.parametrize(("spec", "tied"), [("tiny", False), ("llama-256", True)])
def test_the_embedding_table_costs_no_arithmetic_unless_it_projects(spec: str, tied: bool) -> None:
    config = config_of(spec, vocabulary=64, eos=0, pad=1)
    scorer = Scorer(make(spec, config, seed=0, dtype=torch.float32))
    every = sum(each.numel() for each in scorer.parameters())
    table = 64 * config.hidden_size
    assert flops_counts(scorer) == (every - (1 if tied else 2) * table, table)

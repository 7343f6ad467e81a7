"""The speed of each rank, found from one layer's time."""

import os
import time
from pathlib import Path

import pytest
import torch

from flan_core import telemetry
from flan_core.config import Train
from flan_core.train.pace import Pace, scores
from flan_core.train.run import train
from tests.flan_core.train import ranks
from tests.flan_core.train.made import write_packs


def test_a_score_is_the_median_over_ones_own() -> None:
    assert scores([0.1, 0.1, 0.2, 0.05]) == [1.0, 1.0, 0.5, 2.0]
    assert scores([0.1, 0.0]) == []


def test_only_what_is_between_begin_and_end_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([1.0, 1.5, 7.0, 8.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    pace = Pace(torch.device("cpu"))
    forward = pace.timed(lambda value: value + 1)
    assert forward(1) == 2
    pace.begin()
    assert forward(1) == 2
    pace.end()
    assert forward(1) == 2
    pace.take()
    assert pace.seconds == 0.5
    pace.begin()
    forward(1)
    pace.take()
    assert pace.seconds == pytest.approx(0.9 * 0.5 + 0.1 * 1.0)


def test_a_slow_rank_is_seen_on_the_first_ones_metrics(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packs = write_packs(tmp_path / "packs", steps=4)
    config = Train.of({"model": "tiny", "save_every": 0})
    timed = Pace.timed

    def slow(self: Pace, forward):
        def later(*arguments, **named):
            time.sleep(0.05 * (os.environ["RANK"] == "1"))
            return forward(*arguments, **named)

        return timed(self, later)

    monkeypatch.setattr(Pace, "timed", slow)

    def found() -> list[float | None]:
        train(config, packs=packs, checkpoint=tmp_path / "run")
        value = telemetry.REGISTRY.get_sample_value
        return [value("flan_rank_score", {"rank": str(rank)}) for rank in range(2)]

    first, other = ranks.run(found, 2)
    assert other == [None, None]
    assert first[0] is not None and first[1] is not None
    assert first[0] > 1 > first[1] > 0

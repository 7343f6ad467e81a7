"""How attempts at a run are counted."""

from pathlib import Path

import pytest

from flan_core.errors import BadInput
from flan_core.train.history import Gone, Hanging, History, Stopped


def attempt(state: Path, error: BaseException | None) -> dict[str, int]:
    history = History(state, writes=True)
    if error is not None:
        with pytest.raises(type(error)), history:
            raise error
    return history.restarts


def test_each_restart_has_the_cause_of_the_end_before(tmp_path: Path) -> None:
    assert attempt(tmp_path, Stopped("SIGTERM")) == {}
    assert attempt(tmp_path, None) == {"preempted": 1}  # and is killed
    assert attempt(tmp_path, Hanging("slow")) == {"preempted": 1, "killed": 1}
    assert attempt(tmp_path, Gone("dead")) == {"preempted": 1, "killed": 1, "hang": 1}
    assert attempt(tmp_path, BadInput("no")) == {"preempted": 1, "killed": 2, "hang": 1}
    assert attempt(tmp_path, None) == {"preempted": 1, "killed": 2, "hang": 1, "failed": 1}


def test_a_run_that_ends_well_leaves_nothing(tmp_path: Path) -> None:
    with History(tmp_path, writes=True):
        assert (tmp_path / "history.json").is_file()
    assert list(tmp_path.iterdir()) == []


def test_goodput_counts_from_the_first_attempt(tmp_path: Path) -> None:
    first = History(tmp_path, writes=True)
    again = History(tmp_path, writes=True)
    assert again.began == first.began
    again.began -= 100
    assert again.goodput(50) == pytest.approx(0.5, rel=0.05)

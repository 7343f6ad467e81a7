"""Progress: plain lines that stand alone where there is no terminal."""

import pytest

from flan_core import progress
from flan_core.progress import Track, spell, track


def test_durations_are_for_people():
    assert [spell(s) for s in (0.2, 59, 61, 3600, 90_061)] == [
        "0 s",
        "59 s",
        "1 min 1 s",
        "1 h 0 min",
        "25 h 1 min",
    ]


def test_a_line_says_share_count_rate_and_time_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    now = 0.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)

    with Track("pack", 400, "prompts") as work:
        now = 10.0
        work.advance(100, note="loss 2.50")
        now = 12.0  # too soon for another line
        work.advance(300)
        now = 20.0

    first, last = capsys.readouterr().err.splitlines()
    assert first == "pack: 25 % (100 of 400 prompts), 10 prompts/s, 30 s left, loss 2.50"
    assert last == "pack: 400 prompts in 20 s, 20 prompts/s, loss 2.50"


def test_items_pass_through_and_are_counted(capsys: pytest.CaptureFixture[str]):
    assert list(track("abc", "fetch", "tasks")) == ["a", "b", "c"]
    assert capsys.readouterr().err.startswith("fetch: 3 tasks in 0 s")


def test_work_that_fails_says_nothing_of_being_done(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(RuntimeError), Track("mix", 2, "tasks"):
        raise RuntimeError

    assert capsys.readouterr().err == ""

"""The narrator: the steps' own words on the screen, everything in the log."""

import io
import sys
from pathlib import Path

from pipelines.narrate import narrated


def test_the_screen_has_the_steps_lines_and_the_log_has_all(tmp_path: Path):
    screen = io.StringIO()

    with narrated(tmp_path / "log.txt", screen):
        print("17:14:20 - INFO - Executing task \x1b[96m'pack'\x1b[0m")
        print("    [KFP Executor INFO]: Got executor_input:\n    {")
        print("    pack: 41 % (61 of 150", end="")
        print(" tokens), 12 tokens/s", file=sys.stdout)
        print("    evaluate tuned/0: 30 prompts in 1 s", file=sys.stderr)

    assert screen.getvalue().splitlines() == [
        "pack: 41 % (61 of 150 tokens), 12 tokens/s",
        "evaluate tuned/0: 30 prompts in 1 s",
    ]
    assert (tmp_path / "log.txt").read_text().splitlines()[0] == (
        "17:14:20 - INFO - Executing task 'pack'"
    )
    assert len((tmp_path / "log.txt").read_text().splitlines()) == 5

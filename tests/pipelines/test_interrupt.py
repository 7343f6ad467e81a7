"""Ctrl-C ends a run when its steps have ended, although its threads would start the next ones."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PROGRAM = '''
import subprocess, sys
from concurrent.futures import ThreadPoolExecutor
from pipelines.interrupt import interruptible

STEP = """
import signal, sys, time
from pathlib import Path
signal.signal(signal.SIGINT, lambda *_: (time.sleep(0.5), print(sys.argv[1]), sys.exit(1)))
Path(sys.argv[2], sys.argv[1]).touch()
time.sleep(60)
"""

def step(number):
    subprocess.run([sys.executable, "-c", STEP, str(number), sys.argv[1]])

with interruptible(), ThreadPoolExecutor(2) as pool:
    list(pool.map(step, range(9)))
'''


def test_ctrl_c_lets_the_running_steps_end_and_starts_no_others(tmp_path: Path):
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    run = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    while len(list(tmp_path.iterdir())) < 2:
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGINT)
    said, told = run.communicate(timeout=30)

    assert run.returncode == 130
    ended = sorted("".join(said.split()))  # two that end at once may share a line
    assert ended == ["0", "1"], "two ended by themselves, no other got that far"
    assert told.splitlines() == [
        "stopping: a step ends first; Ctrl-C again ends now",
        "stopped; there is no report",
    ]

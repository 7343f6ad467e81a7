"""A node as a pod runs it, with a real store: one is evicted, another goes on where it stopped."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from flan_core.store import Store

pytestmark = pytest.mark.server

ROOT = Path(__file__).parents[2]
STEP = """
    import argparse, json, signal, sys, time
    from pathlib import Path

    parser = argparse.ArgumentParser()
    for name in ("config", "packs", "checkpoint"):
        parser.add_argument(f"--{name}", type=Path)
    given = parser.parse_args()
    state = Path(json.loads(given.config.read_text())["state"])
    lines = given.checkpoint / "steps.jsonl"
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
    given.checkpoint.mkdir(parents=True, exist_ok=True)
    assert (given.packs / "packs.json").read_text() == "{}"
    kept = (path.parent.name for path in state.glob("step-*/manifest.json"))
    done = max((int(name.removeprefix("step-")) for name in kept), default=0)
    while done < 5:
        done += 1
        with lines.open("a") as file:
            file.write(f"{done}\\n")
        (state / f"step-{done}").mkdir(parents=True)
        (state / f"step-{done}" / "manifest.json").write_text("{}")
        print(f"step {done}", file=sys.stderr, flush=True)
        while done == 3 and not stop:
            time.sleep(0.05)
        if stop:
            sys.exit(75)
    (given.checkpoint / "model").write_text("weights")
"""


def test_an_evicted_node_is_followed_by_one_that_goes_on(access, tmp_path):
    (tmp_path / "pod").mkdir()
    (tmp_path / "pod" / "train.py").write_text(textwrap.dedent(STEP))
    Store.of("s3://flan/node/packs").write("packs.json", b"{}")

    def start(number):
        state = tmp_path / f"node-{number}" / "state"
        command = [
            *(sys.executable, "-m", "flan_core.launch.node", "--module=pod.train"),
            f'--settings={{"state": "{state}"}}',
            "--fetch=packs=s3://flan/node/packs",
            "--send=checkpoint=s3://flan/node/checkpoint",
            f"--state={state}=s3://flan/node/state",
        ]
        message = str(tmp_path / f"message-{number}")
        environment = {"PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}
        return subprocess.Popen(
            command,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment, "TORCHELASTIC_ERROR_FILE": message},
        )

    first = start(1)
    for line in first.stderr:
        if line == "step 3\n":
            break
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=60)
    assert first.returncode == 75
    assert "stopped by SIGTERM" in (tmp_path / "message-1").read_text()
    second = start(2)
    said = second.communicate(timeout=60)[1]
    assert second.returncode == 0, said
    assert [line for line in said.splitlines() if line.startswith("step")] == ["step 4", "step 5"]
    made = Store.of("s3://flan/node/checkpoint")
    assert made.read("steps.jsonl")[0] == b"1\n2\n3\n4\n5\n"
    assert made.read("model")[0] == b"weights"
    assert list(Store.of("s3://flan/node/state").list()) == []

"""Launching on this machine: real processes, a step of the test's own instead of training."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
import yaml

from flan_core.config import Launch, Train
from flan_core.errors import BadInput, FlanError, Transient
from flan_core.launch.run import run, show_manifest
from flan_core.launch.work import Work

STEP = """
    import argparse, json, os, signal, sys, time
    from pathlib import Path

    parser = argparse.ArgumentParser()
    for name in ("config", "packs", "checkpoint"):
        parser.add_argument(f"--{name}", type=Path)
    given = parser.parse_args()
    rank, world = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    seed = json.loads(given.config.read_text())["seed"]
    state = given.checkpoint / "state"
    attempts = given.packs / f"attempts-{rank}"
    attempts.write_text(attempts.read_text() + "x" if attempts.exists() else "x")
    attempt = len(attempts.read_text())

    def say(text):
        print(text, file=sys.stderr, flush=True)

    def save(step):
        (state / f"step-{step}").mkdir(parents=True)
        (state / f"step-{step}" / "manifest.json").write_text("{}")

"""


@pytest.fixture
def work(tmp_path, monkeypatch):
    """Return work whose ranks run ``body``; what it prints and leaves can be looked at."""

    def make(body):
        module = tmp_path / "ranks" / "train.py"
        module.parent.mkdir()
        module.write_text(textwrap.dedent(STEP) + textwrap.dedent(body))
        (tmp_path / "packs").mkdir()
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        return Work(
            step="train",
            settings=Train(seed=7, model="$(HOME) ${img_root} $$"),
            inputs={"packs": str(tmp_path / "packs")},
            outputs={"checkpoint": str(tmp_path / "checkpoint")},
            package="ranks",
        )

    return make


def attempts(tmp_path, rank=0):
    return len((tmp_path / "packs" / f"attempts-{rank}").read_text())


def test_two_ranks_run_and_the_lines_of_rank_0_are_seen_as_they_come(work, capfd):
    done = work("""
        say(f"train: rank {rank} of {world}, seed {seed}")
        say(json.loads(given.config.read_text())["model"])
        given.checkpoint.mkdir(exist_ok=True)
        (given.checkpoint / f"rank-{rank}").write_text("")
    """)
    run(done, Launch(processes=2))
    lines = capfd.readouterr().err.splitlines()
    assert "train: rank 0 of 2, seed 7" in lines
    assert "$(HOME) ${img_root} $$" in lines  # nobody took it for a variable
    assert "train: rank 1 of 2, seed 7" not in lines
    assert sorted(path.name for path in Path(done.outputs["checkpoint"]).iterdir()) == [
        "rank-0",
        "rank-1",
    ]


def test_exit_code_93_of_any_rank_ends_the_work_at_once_and_names_the_rank(work, tmp_path):
    failing = work("""
        if rank == 1:
            say("train: loss is not finite at step 3")
            sys.exit(93)
        time.sleep(60)
    """)
    with pytest.raises(BadInput) as error:
        run(failing, Launch(processes=2, restarts=3))
    first, *rest = str(error.value).splitlines()
    assert first.startswith("train failed: rank 1 on ")
    assert first.endswith("exited with 93; its last lines:")
    assert rest == ["    train: loss is not finite at step 3"]
    assert attempts(tmp_path) == 1


@pytest.mark.faults
def test_two_nodes_are_one_job_and_when_one_is_killed_both_end(work):
    failing = work("""
        if rank == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)
    """)
    with pytest.raises(Transient, match=r"rank 1 on .* was killed by SIGKILL, out of memory"):
        run(failing, Launch(nodes=2))


def test_a_rank_that_dies_is_started_again_while_it_makes_progress(work, tmp_path, capfd):
    crashing = work("""
        if attempt <= 4:
            save(attempt)
            sys.exit(1)
        given.checkpoint.joinpath("done").write_text("")
    """)
    run(crashing, Launch(restarts=4))
    assert attempts(tmp_path) == 5
    assert (tmp_path / "checkpoint" / "done").exists()
    assert "exited with 1; starting again, 1 left" in capfd.readouterr().err


def test_three_attempts_without_a_checkpoint_are_enough(work, tmp_path):
    crashing = work("raise RuntimeError('boom')")
    with pytest.raises(FlanError, match=r"rank 0 .* exited with 1(.|\n)*RuntimeError: boom"):
        run(crashing, Launch(restarts=9))
    assert attempts(tmp_path) == 3


def test_work_that_runs_too_long_is_ended(work):
    endless = work("time.sleep(60)")
    with pytest.raises(Transient, match=r"has run for 1 s; raise launch.run_timeout_s"):
        run(endless, Launch(run_timeout_s=1))


def test_a_launcher_that_is_told_to_end_lets_the_ranks_save(work, tmp_path):
    saving = work("""
        def stop(*_):
            save(1)
            say("train: saved")
            sys.exit(75)
        signal.signal(signal.SIGTERM, stop)
        say("train: ready")
        time.sleep(60)
    """)
    script = textwrap.dedent(f"""
        from flan_core.config import Launch, Train
        from flan_core.launch.run import run
        from flan_core.launch.work import Work
        work = Work(step="train", settings=Train(), inputs={dict(saving.inputs)!r},
                    outputs={dict(saving.outputs)!r}, package="ranks")
        try:
            run(work, Launch(restarts=3))
        except Exception as error:
            print(error)
    """)
    root = str(Path(__file__).parents[3])
    environment = {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{tmp_path}"}
    launcher = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    for line in launcher.stderr:
        if line == "train: ready\n":
            break
    launcher.send_signal(signal.SIGTERM)
    out, _ = launcher.communicate(timeout=60)
    assert out == "train was stopped by SIGTERM; its state is kept\n"
    assert (tmp_path / "checkpoint" / "state" / "step-1").is_dir()
    assert attempts(tmp_path) == 1


def test_no_rank_outlives_a_launcher_that_is_killed(work, tmp_path):
    endless = work("""
        given.packs.joinpath("pid").write_text(str(os.getpid()))
        time.sleep(60)
    """)
    script = textwrap.dedent(f"""
        from flan_core.config import Launch, Train
        from flan_core.launch.run import run
        from flan_core.launch.work import Work
        run(Work(step="train", settings=Train(), inputs={dict(endless.inputs)!r},
                 outputs={dict(endless.outputs)!r}, package="ranks"), Launch())
    """)
    root = str(Path(__file__).parents[3])
    environment = {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{tmp_path}"}
    launcher = subprocess.Popen([sys.executable, "-c", script], env=environment)
    pid = tmp_path / "packs" / "pid"
    wait_until(lambda: pid.is_file() and pid.read_text())
    launcher.kill()
    launcher.wait()
    wait_until(lambda: not alive(int(pid.read_text())))


def wait_until(true, seconds=30):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def alive(pid):
    status = Path(f"/proc/{pid}/stat")
    return status.is_file() and status.read_text().split()[2] != "Z"


def test_a_dry_run_shows_the_command(work):
    shown = yaml.safe_load(show_manifest(work(""), Launch(processes=2)))["command"]
    assert shown[1:4] == ["-m", "flan_core.launch.node", "--module=ranks.train"]
    assert '"model": "$(HOME) ${img_root} $$"' in shown[4]
    assert shown[-2:] == ["--address=$RANK0", "--port=29500"]

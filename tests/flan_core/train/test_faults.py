"""Kills, hangs, full disks: after each, the run ends with the bits of the undisturbed run."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from flan_core import schemas
from flan_core.model.head import Scorer
from flan_core.train.__main__ import run as main
from tests.flan_core.train import ranks
from tests.flan_core.train.made import write_packs

pytestmark = pytest.mark.faults

STEPS = 24
SETTINGS: dict[str, Any] = {"model": "tiny", "learning_rate": 0.02, "save_every": 5, "keep": 2}
DONE, RETRY, NEVER = 0, 75, 93


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_packs(tmp_path_factory.mktemp("made") / "packs", steps=STEPS)


def command(packs: Path, folder: Path, **settings: Any) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    config = folder.parent / "config.json"
    config.write_text(json.dumps(SETTINGS | settings), encoding="utf-8")
    return ["--config", str(config), "--packs", str(packs), "--checkpoint", str(folder)]


def start(packs: Path, folder: Path, size: int = 2, **settings: Any) -> ranks.Group:
    """Start a run; each rank's result is its exit code."""
    arguments = command(packs, folder, **settings)

    def work() -> int:
        sys.argv = ["train", *arguments]
        return main()

    return ranks.start(work, size)


def finish(packs: Path, folder: Path, size: int = 2, **settings: Any) -> None:
    assert start(packs, folder, size, **settings).results() == [DONE] * size


def lines(folder: Path) -> list[dict[str, Any]]:
    path = folder / "steps.jsonl"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def wait_for(what: Callable[[], Any], seconds: float = 60) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.005)
    raise AssertionError("it did not happen")


def at_step(folder: Path, step: int) -> None:
    wait_for(lambda: len(lines(folder)) > step)


def saved(folder: Path) -> list[int]:
    """Return the steps of the whole checkpoints, oldest first."""
    manifests = (folder / "state").glob("step-*/manifest.json")
    return sorted(int(path.parent.name.partition("-")[2]) for path in manifests)


@pytest.fixture(scope="module")
def clean(packs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clean") / "checkpoint"
    finish(packs, folder)
    return folder


@pytest.fixture
def same(clean: Path, tmp_path: Path) -> Iterator[Path]:
    """Give a folder, and check that what ends in it has the bits of the undisturbed run."""
    folder = tmp_path / "checkpoint"
    yield folder
    for mine, other in zip(lines(folder), lines(clean), strict=True):
        for key in ("step", "loss", "tasks", "grad_norm", "tokens"):
            assert mine[key] == other[key], key
    weights, others = (load_file(each / "model.safetensors") for each in (folder, clean))
    assert all(torch.equal(weights[name], others[name]) for name in others)
    assert not (folder / "state").exists(), "the state is deleted when the run is over"


def test_one_rank_is_killed(packs: Path, same: Path) -> None:
    group = start(packs, same)
    at_step(same, 12)
    group.ranks[1].process.kill()
    first, second = group.outcomes()
    assert (first, str(second)) == (RETRY, "exit code -9")
    assert saved(same)[-1] >= 5
    finish(packs, same)


def test_all_ranks_are_killed_three_times(packs: Path, same: Path) -> None:
    for step in (6, 11, 16):
        group = start(packs, same)
        at_step(same, step)
        for rank in group.ranks:
            rank.process.kill()
        group.outcomes()
    finish(packs, same)


def test_ranks_are_killed_during_a_save(
    packs: Path, same: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hash_of = schemas.file_sha256

    def slow(path: Path) -> str:  # as a slow disk, from the second checkpoint on
        if "step-00000010" in str(path):
            time.sleep(60)
        return hash_of(path)

    monkeypatch.setattr(schemas, "file_sha256", slow)
    group = start(packs, same)
    wait_for((same / "state" / "step-00000010" / ".metadata").is_file)
    for rank in group.ranks:
        rank.process.kill()
    group.outcomes()
    assert saved(same) == [5]
    monkeypatch.undo()
    finish(packs, same)


def test_sigterm_to_one_rank_stops_all_with_their_state_saved(
    packs: Path, same: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    group = start(packs, same, save_every=0)
    at_step(same, 7)
    began = time.monotonic()
    os.kill(group.ranks[1].process.pid, signal.SIGTERM)
    assert group.results() == [RETRY, RETRY]
    assert time.monotonic() - began < 20, "within the grace period of a pod"
    assert saved(same) == [len(lines(same))]
    assert "stopped by SIGTERM after step" in capfd.readouterr().err
    finish(packs, same, save_every=0)


def test_a_rank_that_hangs_is_found_within_seconds(
    packs: Path, same: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    group = start(packs, same, timeout_s=4)
    at_step(same, 7)
    os.kill(group.ranks[1].process.pid, signal.SIGSTOP)
    began = time.monotonic()
    assert group.ranks[0].result() == RETRY
    assert time.monotonic() - began < 30
    assert "another rank did not come in time" in capfd.readouterr().err
    group.ranks[1].process.kill()
    finish(packs, same)


def test_a_process_alone_that_hangs_ends_itself(
    packs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    forward, calls = Scorer.forward, []

    def hanging(self: Scorer, *arguments: Any) -> Any:
        calls.append(1)
        if len(calls) > 30:
            time.sleep(100)
        return forward(self, *arguments)

    monkeypatch.setattr(Scorer, "forward", hanging)
    group = start(packs, tmp_path / "checkpoint", 1, timeout_s=3)
    (outcome,) = group.outcomes()
    assert str(outcome) == "exit code 1"
    assert "Timeout (0:00:04.500000)!" in capfd.readouterr().err


def test_a_loss_that_is_not_finite_stops_all_ranks_before_the_update(
    packs: Path, same: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    forward, calls = Scorer.forward, []

    def spoilt(self: Scorer, *arguments: Any) -> Any:
        losses = forward(self, *arguments)
        calls.append(self.training and len(arguments) == 1)
        bad = os.environ["RANK"] == "1" and sum(calls) == 2 * 12 + 1
        return losses * float("nan") if bad else losses

    monkeypatch.setattr(Scorer, "forward", spoilt)
    assert start(packs, same).results() == [NEVER, NEVER]
    assert len(lines(same)) == 12
    assert saved(same) == [5, 10]
    assert "loss and gradient norm of step 12 not finite" in capfd.readouterr().err
    monkeypatch.undo()
    finish(packs, same)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_disk_fills_up(packs: Path, same: Path, capfd: pytest.CaptureFixture[str]) -> None:
    disk = same.parent / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=10m", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        group = start(packs, same, state=str(disk / "state"))
        assert group.results() == [NEVER, NEVER]
        message = capfd.readouterr().err
        assert "disk full: the checkpoint" in message
        assert re.search(r"needs 3\.\d MiB but \S+ has 2\.\d MiB left", message)
        whole = sorted((disk / "state").glob("step-*/manifest.json"))
        assert [path.parent.name for path in whole] == ["step-00000005", "step-00000010"]
        (same / "state").mkdir()
        subprocess.run(["cp", "-r", f"{disk}/state/.", same / "state"], check=True)
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    finish(packs, same)


@pytest.fixture(scope="module")
def killed(packs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what a run left that was killed with two checkpoints."""
    folder = tmp_path_factory.mktemp("killed") / "checkpoint"
    group = start(packs, folder)
    wait_for(lambda: saved(folder) == [5, 10])
    for rank in group.ranks:
        rank.process.kill()
    group.outcomes()
    return folder


@pytest.mark.parametrize("harm", ["flip", "truncate", "delete", "pickle", "manifest"])
def test_a_harmed_checkpoint_is_refused_and_the_one_before_is_taken(
    harm: str, packs: Path, killed: Path, same: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    copytree(killed, same)
    newest = same / "state" / "step-00000010"
    shard = newest / "__1_0.distcp"
    if harm == "flip":
        content = bytearray(shard.read_bytes())
        content[len(content) // 2] ^= 1
        shard.write_bytes(bytes(content))
    if harm == "truncate":
        shard.write_bytes(shard.read_bytes()[:-1])
    if harm == "delete":
        shard.unlink()
    if harm == "pickle":
        (newest / ".metadata").write_bytes(b"cos\nsystem\n(S'touch " + os.fsencode(same / "evil"))
    if harm == "manifest":
        (newest / "manifest.json").write_text("{")
    finish(packs, same)
    said = capfd.readouterr().err
    assert f"{newest} is not used" in said
    assert "goes on at step 5" in said
    assert not (same / "evil").exists()


def test_the_number_of_ranks_changes_from_two_to_one_to_four(
    packs: Path, clean: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "checkpoint"
    for size, step in ((2, 5), (1, 12)):
        group = start(packs, folder, size)
        at_step(folder, step)
        os.kill(group.ranks[0].process.pid, signal.SIGTERM)
        assert group.results() == [RETRY] * size
    finish(packs, folder, 4)
    assert [line["tokens"] for line in lines(folder)] == [line["tokens"] for line in lines(clean)]
    expected = [line["loss"] for line in lines(clean)]
    assert [line["loss"] for line in lines(folder)] == pytest.approx(expected, abs=1e-5)


def test_torchrun_starts_killed_ranks_again_in_place(
    packs: Path, same: Path, tmp_path: Path
) -> None:
    arguments = command(packs, same)
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    options = ["--nproc-per-node=2", "--max-restarts=2", "-m", "flan_core.train"]
    job = subprocess.Popen([*launcher, *options, *arguments], stderr=subprocess.PIPE, text=True)
    at_step(same, 7)
    told = subprocess.run(["pgrep", "-P", str(job.pid)], capture_output=True, text=True, check=True)
    os.kill(int(told.stdout.split()[1]), signal.SIGKILL)
    _, said = job.communicate(timeout=180)
    assert job.returncode == 0, said
    assert "goes on at step 5" in said

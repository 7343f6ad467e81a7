"""The facts of real steps, as a real Pushgateway has them afterwards."""

import re
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from flan_core import telemetry
from flan_core.fetch import fetch
from flan_core.mix import mix
from flan_core.pack import pack
from flan_core.render import render
from flan_core.step import run
from tests.cluster.conftest import find, free_port
from tests.flan_core.promote.challenger import LEAKS, Challenger

pytestmark = pytest.mark.server


@dataclass
class Artifact:
    """What KFP hands a component."""

    path: str
    metadata: dict = field(default_factory=dict)


@pytest.fixture
def pushed(serve, monkeypatch):
    """A Pushgateway that the steps find; returns what it has, by series."""
    port = free_port()
    binary = find("prometheus-pushgateway", "apt-get install prometheus-pushgateway")
    address = f"http://127.0.0.1:{port}"
    serve(
        [binary, f"--web.listen-address=127.0.0.1:{port}", "--persistence.file="],
        f"{address}/-/ready",
    )
    monkeypatch.setenv(telemetry.GATEWAY, address)
    monkeypatch.setattr(telemetry, "GROUP", {})

    def read() -> dict[str, float]:
        with urllib.request.urlopen(f"{address}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        found = (re.fullmatch(r"(flan_\w+)\{(.*)\} (\S+)", line) for line in lines)
        return {
            f"{match[1]}{{{re.sub('(instance|job)=.*?,', '', match[2])}}}": float(match[3])
            for match in found
            if match
        }

    return read


def alone() -> None:
    """Forget all facts: each step is a process of its own."""
    for fact in telemetry.FACTS._collector_to_names:
        fact.clear()


def test_every_step_leaves_its_facts_and_none_wipes_anothers(pushed, tmp_path: Path):
    made = {
        name: Artifact(str(tmp_path / name)) for name in ("rows", "prompts", "mixture", "packs")
    }
    tiny = {"vocabulary": 300, "max_input": 128, "length": 256, "tokens_per_step": 256, "steps": 2}
    steps = (
        (fetch, {"tasks": ["rte", "sst2"]}, ("rows",)),
        (render, {}, ("rows", "prompts")),
        (mix, {"held_out": ["nli"]}, ("prompts", "mixture")),
        (pack, {**tiny, "max_target": 32}, ("prompts", "mixture", "packs")),
    )
    before = time.time()
    for step, settings, names in steps:
        alone()
        run(step, settings, **{name: made[name] for name in names})

    found = pushed()
    ended = "flan_pipeline_step_last_success_timestamp_seconds"
    for step, _, _ in steps:
        assert found[f'{ended}{{step="{step.__name__}"}}'] >= int(before)
    outcomes = {
        outcome: found[f'flan_rows_total{{outcome="{outcome}",step="render",task="rte"}}']
        for outcome in ("kept", "dropped", "bad")
    }
    assert outcomes["kept"] > 0
    assert (outcomes["dropped"], outcomes["bad"]) == (0, 0)
    assert found['flan_pack_efficiency_ratio{step="pack"}'] == made["packs"].metadata["efficiency"]
    assert 'flan_pack_efficiency_ratio{step="render"}' not in found


def test_a_refusal_is_pushed_with_its_reason_and_the_end_of_the_schedule(pushed, tmp_path: Path):
    alone()
    one = Challenger(tmp_path, 60.0, tmp_path / "registry")
    one.leakage = {"policy": "report", "pairs": [LEAKS]}
    one.promote(scheduled=True)
    telemetry.GROUP["step"] = "promote"

    assert telemetry.push()

    found = pushed()
    assert found['flan_promotion_blocked{reason="leakage",step="promote"}'] == 1
    assert found['flan_promotion_blocked{reason="pinned data",step="promote"}'] == 0
    assert found['flan_schedule_last_success_timestamp_seconds{step="promote"}'] > 0


def test_what_is_told_while_a_job_waits_leaves_the_last_runs_facts(pushed):
    alone()
    telemetry.GROUP["step"] = "train"
    telemetry.STEP_LAST_SUCCESS.set(1)
    telemetry.push()
    alone()
    telemetry.QUEUE_WAIT.set(12)

    telemetry.push(whole=False)

    found = pushed()
    assert found['flan_queue_wait_seconds{step="train"}'] == 12
    assert found['flan_pipeline_step_last_success_timestamp_seconds{step="train"}'] == 1

"""A node: its command, how it finds the others, and the state that it carries to a store."""

import pytest

from flan_core.launch import carry
from flan_core.launch.carry import Carried, State
from flan_core.launch.failure import LONGEST, Failure
from flan_core.launch.node import command, parse, rendezvous
from flan_core.store import Store


@pytest.fixture(autouse=True)
def no_trainer(monkeypatch):
    monkeypatch.delenv("PET_MASTER_ADDR", raising=False)


def order(*more):
    return parse(["--module=flan_core.train", "--settings={}", *more])


def test_one_process_runs_without_torchrun(tmp_path):
    _, *rest = command(order(), ["--packs", "/p"], tmp_path, tmp_path, tmp_path / "failure")
    config = str(tmp_path / "settings.json")
    assert rest == ["-m", "flan_core.train", "--config", config, "--packs", "/p"]
    assert (tmp_path / "settings.json").read_text() == "{}"


def test_one_node_needs_nobody(tmp_path):
    assert rendezvous(order("--processes=8")) == ["--standalone"]


def test_nodes_learn_their_rank_and_the_first_one_s_address_from_variables(monkeypatch):
    monkeypatch.setenv("JOB_COMPLETION_INDEX", "3")
    monkeypatch.setenv("HOSTS", "first.svc,second.svc")
    found = order("--nodes=4", "--node-rank=$JOB_COMPLETION_INDEX", "--address=$HOSTS")
    assert rendezvous(found) == [
        "--nnodes=4",
        "--node-rank=3",
        "--rdzv-backend=static",
        "--rdzv-conf=timeout=900",
        "--master-addr=first.svc",
        "--master-port=29500",
    ]


def test_what_kubeflow_trainer_has_said_is_not_said_again(monkeypatch):
    monkeypatch.setenv("PET_MASTER_ADDR", "job-node-0-0.job")
    assert rendezvous(order("--nodes=2", "--node-rank=1")) == ["--nnodes=2", "--node-rank=1"]


def checkpoint(folder, name, *, whole=True):
    (folder / name).mkdir(parents=True)
    (folder / name / "__0_0.distcp").write_text(name)
    if whole:
        (folder / name / "manifest.json").write_text("{}")


def test_state_is_sent_when_it_is_whole_and_brought_back_on_another_node(tmp_path):
    here, address = tmp_path / "here", str(tmp_path / "store")
    checkpoint(here, "step-1")
    checkpoint(here, "step-2", whole=False)
    State(here, address).send()
    assert [entry.key for entry in Store.of(address).list()] == [
        "step-1/__0_0.distcp",
        "step-1/manifest.json",
    ]
    there = State(tmp_path / "there", address)
    there.bring()
    assert there.whole() == ["step-1"]


@pytest.mark.parametrize("shared", [False, True])
def test_the_lines_of_the_steps_before_go_with_the_state(tmp_path, shared):
    """Through a store, or on a claim that all nodes see."""
    address = "" if shared else str(tmp_path / "store")
    lines = tmp_path / "first" / "steps.jsonl"
    lines.parent.mkdir()
    lines.write_text('{"step": 1}\n')
    first = State(tmp_path / "state", address, [lines])
    first.send()
    assert not (tmp_path / "store").exists()  # nothing is sent before there is a checkpoint
    checkpoint(tmp_path / "state", "step-1")
    first.send()
    second = tmp_path / "second" / "steps.jsonl"
    State(tmp_path / ("state" if shared else "other"), address, [second]).bring()
    assert second.read_text() == '{"step": 1}\n'


def test_half_a_checkpoint_in_the_store_is_not_brought(tmp_path):
    Store.of(str(tmp_path / "store")).write("step-9/__0_0.distcp", b"half")
    state = State(tmp_path / "here", str(tmp_path / "store"))
    state.bring()
    assert (state.whole(), (tmp_path / "here").exists()) == ([], False)


def test_what_is_not_kept_here_is_not_kept_there(tmp_path):
    state = State(tmp_path / "here", str(tmp_path / "store"))
    checkpoint(tmp_path / "here", "step-1")
    state.send()
    (tmp_path / "here" / "step-1").rename(tmp_path / "gone")
    checkpoint(tmp_path / "here", "step-2")
    state.send()
    names = {entry.key.split("/")[0] for entry in Store.of(str(tmp_path / "store")).list()}
    assert names == {"step-2"}
    state.forget()
    assert Store.of(str(tmp_path / "store")).list() == []


@pytest.mark.parametrize(("exit_code", "sent"), [(None, True), (93, True), (75, False), (1, False)])
def test_outputs_are_sent_when_they_are_final(tmp_path, monkeypatch, exit_code, sent):
    put = []
    monkeypatch.setattr(carry.Store, "put_folder", lambda store, folder: put.append(store.name))
    carried = Carried([], [], [f"scores={tmp_path}/store"], "", tmp_path)
    (tmp_path / "files" / "scores").mkdir(parents=True)
    carried.finish(None if exit_code is None else Failure(exit_code=exit_code))
    assert bool(put) == sent


def test_inputs_are_brought_before_and_named_to_the_step(tmp_path):
    Store.of(str(tmp_path / "store")).write("packs.json", b"{}")
    carried = Carried(["prompts=/data/prompts"], [f"packs={tmp_path}/store"], [], "", tmp_path)
    with carried.carried(first=True):
        arguments = carried.arguments()
    packs = tmp_path / "files" / "packs"
    assert arguments == ["--prompts", "/data/prompts", "--packs", str(packs)]
    assert (packs / "packs.json").read_text() == "{}"


def test_a_failure_survives_the_way_and_keeps_its_end_when_it_is_long():
    failure = Failure(exit_code=-9, rank=3, host="n1", message="x" * 5_000 + "the end")
    read = Failure.parse(failure.dumps())
    assert (read.exit_code, read.rank, len(read.message)) == (-9, 3, LONGEST)
    assert read.message.endswith("the end")
    assert Failure.parse("Killed").message == "Killed"

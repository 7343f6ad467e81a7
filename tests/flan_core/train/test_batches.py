"""Steps cut for ranks: the same tokens whatever their number, made ahead by a thread."""

import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from flan_core.errors import BadInput
from flan_core.packs import Packs
from flan_core.train.batches import Feed, rows_of_rank
from flan_core.train.memory import Shape
from tests.flan_core.train.made import write_packs

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Packs:
    return Packs.open(write_packs(tmp_path_factory.mktemp("made") / "packs", steps=3))


def feed_of(packs: Packs, rank: int = 0, size: int = 1, micro_packs: int = 1) -> Feed:
    shape = Shape(
        micro_packs=micro_packs,
        length=packs.length,
        dtype=torch.float32,
        checkpointed=False,
        reshard=False,
    )
    return Feed(packs, rank=rank, size=size, shape=shape, device=CPU)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize("micro_packs", [1, 2])
def test_ranks_share_the_packs_of_a_step_in_order(
    packs: Packs, size: int, micro_packs: int
) -> None:
    whole = packs.batch(1)
    steps = [feed_of(packs, rank, size, micro_packs).make(1) for rank in range(size)]
    tokens = np.concatenate([micro.rows.tokens.numpy() for step in steps for micro in step.micros])
    assert np.array_equal(tokens[: len(whole.tokens)], whole.tokens)
    assert not tokens[len(whole.tokens) :].any(), "what is added is padding"
    assert len({len(step.micros) for step in steps}) == 1, "all make as many passes"
    labels = sum(len(micro.rows.labels) for step in steps for micro in step.micros)
    for step in steps:
        assert step.targets == labels == whole.loss.sum()
        assert step.inputs + step.targets == (whole.segments > 0).sum()
        assert step.padding == (whole.segments == 0).sum()


def test_each_target_knows_its_task(packs: Packs) -> None:
    step, whole = feed_of(packs).make(0), packs.batch(0)
    counts = np.zeros(3, np.int64)
    for row in range(4):
        for segment, task in enumerate(whole.task[row], start=1):
            counts[task] += whole.loss[row, whole.segments[row] == segment].sum()
    assert step.task_targets.tolist() == counts.tolist()
    tasks = np.concatenate([micro.tasks.numpy() for micro in step.micros])
    assert np.bincount(tasks, minlength=3).tolist() == counts.tolist()


def test_labels_are_the_targets_after_the_predicting_positions(packs: Packs) -> None:
    for micro, tokens, loss in zip(
        feed_of(packs).make(2).micros, packs.batch(2).tokens, packs.batch(2).loss, strict=True
    ):
        assert micro.rows.labels.tolist() == tokens[loss > 0].tolist()
        assert (micro.rows.predict + 1).tolist() == np.flatnonzero(loss).tolist()


def test_steps_come_in_order_and_the_wait_for_them_is_counted(packs: Packs) -> None:
    feed = feed_of(packs)
    assert [step.number for step in feed.steps(1, 3)] == [1, 2]
    assert feed.waited > 0
    assert not [thread for thread in threading.enumerate() if thread.name == "feed"]


def test_a_reader_that_leaves_early_leaves_no_thread(packs: Packs) -> None:
    steps = feed_of(packs).steps(0, 3)
    next(steps)
    steps.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "feed"]


def test_an_error_of_the_packs_reaches_the_reader(packs: Packs) -> None:
    with pytest.raises(BadInput, match="there is no step 3"):
        list(feed_of(packs).steps(2, 4))


def test_shapes_do_not_change_from_step_to_step(packs: Packs) -> None:
    sizes = {len(feed_of(packs).make(at).micros[0].rows.packing.boundaries) for at in range(3)}
    assert sizes == {66}


def test_more_ranks_than_packs_are_refused(packs: Packs) -> None:
    with pytest.raises(BadInput) as caught:
        rows_of_rank(packs, 5)
    assert str(caught.value) == (
        "a step has 4 packs of 64 tokens but there are 5 ranks; pack with tokens_per_step of at "
        "least 320, with a smaller length, or train with fewer processes"
    )


def test_the_folder_of_the_packs_may_be_anywhere(tmp_path: Path) -> None:
    moved = write_packs(tmp_path / "a b" / "packs", steps=1)
    assert len(list(feed_of(Packs.open(moved)).steps(0, 1))) == 1

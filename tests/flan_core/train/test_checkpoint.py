"""Checkpoints of one process: which are kept, which are taken, which are refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from flan_core.errors import BadInput
from flan_core.train.checkpoint import Checkpoints
from flan_core.train.shard import joined
from tests.flan_core.train import ranks


def alone(work: Callable[[Any], Any]) -> Any:
    """Run ``work`` in a world of one."""

    def inside() -> Any:
        with joined(timeout_s=30) as world:
            return work(world)

    return ranks.run(inside, 1)[0]


def checkpoints(folder: Path, world: Any, **settings: Any) -> Checkpoints:
    given = {"identity": {"packs": "abc", "learning_rate": 0.1}, "keep": 2, "keep_every": 0}
    return Checkpoints(folder, world, **(given | settings))


def state(value: float = 0.0) -> dict[str, torch.Tensor]:
    return {"weight": torch.full((4, 3), value), "rows": torch.full((4,), value)}


def steps(folder: Path) -> list[int]:
    return sorted(int(path.name.partition("-")[2]) for path in folder.glob("step-*"))


def test_the_newest_and_those_for_good_are_kept(tmp_path: Path) -> None:
    def work(world: Any) -> None:
        kept = checkpoints(tmp_path, world, keep_every=4)
        for step in range(1, 10):
            kept.save(step, state(step), {})
        kept.finish()
        assert steps(tmp_path) == [4, 7, 8, 9], "two newest, and each fourth"
        kept.discard()
        assert steps(tmp_path) == [4, 8]

    alone(work)


def test_what_is_saved_is_what_was_there_when_it_began(tmp_path: Path) -> None:
    def work(world: Any) -> None:
        kept, values = checkpoints(tmp_path, world), state(1.0)
        kept.save(3, values, {"dev_losses": [2.5]})
        for each in values.values():
            each.fill_(9.0)
        kept.finish()
        saved = kept.newest()
        assert saved is not None
        assert (saved.step, saved.notes) == (3, {"dev_losses": [2.5]})
        kept.load(saved, values)
        for name, each in values.items():
            assert torch.equal(each, state(1.0)[name])

    alone(work)


def test_an_empty_folder_has_none(tmp_path: Path) -> None:
    assert alone(lambda world: checkpoints(tmp_path / "none", world).newest()) is None


def test_a_half_written_one_is_not_taken_and_is_cleared_away(tmp_path: Path) -> None:
    def work(world: Any) -> None:
        kept = checkpoints(tmp_path, world)
        kept.save(1, state(1.0), {})
        kept.finish()
        (tmp_path / "step-00000002").mkdir()
        (tmp_path / "step-00000002" / "__0_0.distcp").write_bytes(b"half")
        saved = kept.newest()
        assert saved is not None
        assert saved.step == 1
        kept.save(3, state(3.0), {})
        kept.finish()
        assert steps(tmp_path) == [1, 3]

    alone(work)


@pytest.mark.parametrize(
    ("identity", "message"),
    [
        ({"packs": "xyz", "learning_rate": 0.1}, "was made with packs 'abc', not 'xyz'"),
        ({"packs": "abc", "learning_rate": 0.2}, "was made with learning_rate 0.1, not 0.2"),
    ],
)
def test_other_data_or_settings_are_refused_naming_both(
    identity: dict[str, Any], message: str, tmp_path: Path
) -> None:
    def work(world: Any) -> None:
        first = checkpoints(tmp_path, world)
        first.save(1, state(), {})
        first.finish()
        with pytest.raises(BadInput, match=message):
            checkpoints(tmp_path, world, identity=identity).newest()

    alone(work)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"weight": torch.zeros(4, 2), "rows": torch.zeros(4)}, r"holds weight as \(4, 3\)"),
        ({"weight": torch.zeros(4, 3)}, "holds rows as .* but the model has nothing"),
        (state() | {"extra": torch.zeros(1)}, "holds extra as nothing"),
        ({"weight": torch.zeros(4, 3).half(), "rows": torch.zeros(4)}, "torch.float32 but .*16"),
    ],
    ids=["shape", "missing", "extra", "dtype"],
)
def test_another_models_tensors_are_refused(
    other: dict[str, torch.Tensor], message: str, tmp_path: Path
) -> None:
    def work(world: Any) -> None:
        kept = checkpoints(tmp_path, world)
        kept.save(1, state(), {})
        kept.finish()
        saved = kept.newest()
        assert saved is not None
        with pytest.raises(BadInput, match=message):
            kept.load(saved, other)

    alone(work)


def test_a_write_that_fails_is_told_at_the_next_save(tmp_path: Path) -> None:
    def work(world: Any) -> None:
        kept = checkpoints(tmp_path, world)
        kept.save(1, state(), {})
        kept.finish()
        (tmp_path / "step-00000002" / ".metadata.tmp").mkdir(parents=True)
        kept._make_room = lambda *_: None  # the folder stays in the way of DCP's file
        kept.save(2, state(), {})
        with pytest.raises(
            BadInput, match=r"could not be written to .*The one before is untouched"
        ):
            kept.finish()
        assert (tmp_path / "step-00000001" / "manifest.json").is_file()

    alone(work)

"""Promotion into a registry on a real S3 server: the champion moves once, and back."""

from threading import Barrier, Thread

import pytest

from flan_core.promote import rollback
from flan_core.promote.registry import Champion, Registry
from flan_core.store import Conflict
from tests.flan_core.promote.challenger import Challenger

pytestmark = pytest.mark.server


@pytest.fixture
def registry(minio, access, request):
    access(f"http://{minio}")
    return f"s3://flan/{request.node.name[:60]}"


def test_a_champion_moves_and_rolls_back_on_s3(registry, tmp_path):
    first = Challenger(tmp_path / "a", 60.0, registry).promote()["version"]
    second = Challenger(tmp_path / "b", 62.0, registry).promote()["version"]

    assert Registry(registry, "flan").champion()[0] == Champion(version=second, previous=(first,))
    assert [scores.cluster for scores in Registry(registry, "flan").scores_of(first)] == ["nli"]
    assert rollback(registry, "flan") == Champion(version=first, rolled_back=(second,))


def test_of_two_promoters_on_s3_one_wins(registry, tmp_path, monkeypatch):
    rivals = [
        Challenger(tmp_path / name, score, registry) for name, score in (("a", 61), ("b", 62))
    ]
    both_have_read, won, lost = Barrier(2, timeout=60), [], []
    read = Registry.champion

    def read_and_wait(one: Registry):
        found = read(one)
        both_have_read.wait()
        return found

    def run(one: Challenger) -> None:
        try:
            won.append(one.promote()["version"])
        except Conflict:
            lost.append(one)

    threads = [Thread(target=run, args=(one,)) for one in rivals]
    with monkeypatch.context() as patched:
        patched.setattr(Registry, "champion", read_and_wait)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert (len(won), len(lost)) == (1, 1)
    assert Registry(registry, "flan").champion()[0] == Champion(version=won[0])

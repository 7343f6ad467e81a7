from collections.abc import Iterator

import pytest

from tests.flan_core.train import ranks


@pytest.fixture(autouse=True)
def no_rank_outlives_its_test() -> Iterator[None]:
    yield
    ranks.kill_all()

"""The processes that share an evaluation: each takes every n-th part of the work."""

import os
from dataclasses import dataclass
from datetime import timedelta

from torch import distributed

LONGEST_WAIT = timedelta(days=7)
"""How long a rank waits for the slowest one; torchrun ends it at once when another one fails."""


@dataclass(frozen=True, slots=True)
class Ranks:
    """This process among its like."""

    rank: int
    world: int
    local: int

    @classmethod
    def here(cls) -> "Ranks":
        """Read torchrun's environment; without it there is one process."""
        values = (
            int(os.environ.get(n, d))
            for n, d in (("RANK", 0), ("WORLD_SIZE", 1), ("LOCAL_RANK", 0))
        )
        ranks = cls(*values)
        if ranks.world > 1 and not distributed.is_initialized():
            distributed.init_process_group("gloo", timeout=LONGEST_WAIT)
        return ranks

    @property
    def is_first(self) -> bool:
        """Whether this process puts the results together."""
        return self.rank == 0

    def wait(self) -> None:
        """Wait until all processes are here."""
        if self.world > 1:
            distributed.barrier()

    def close(self) -> None:
        """Leave the group."""
        if self.world > 1:
            distributed.destroy_process_group()

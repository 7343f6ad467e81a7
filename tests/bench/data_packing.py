"""Packing alone: a million lengths against TRL, as its SFTTrainer calls it.

Lengths are log-normal (median 150, sigma 0.9), clipped to 8..1280, seed 0. TRL packs rows of two
list columns that lie memory-mapped on disk, as after ``datasets.map``; ours plans indices of them.
Run alone: ``python -m tests.bench.data_packing``.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from flan_core.pack.planning import best_fit, grouped
from tests.bench.results import WANTED, record, seconds, show

NUM_ROWS = 1_000_000
LENGTHS = (1_280, 2_048)
RUNS = 3


def lengths() -> np.ndarray[Any, Any]:
    """Return the lengths of peers' measurements."""
    drawn = np.exp(np.random.default_rng(0).normal(np.log(150), 0.9, NUM_ROWS))
    return np.clip(drawn, 8, 1_280).astype(np.int32)


def dataset_of(sizes: np.ndarray[Any, Any], folder: Path) -> Any:
    """Write rows of these sizes, ids and a mask, to an Arrow file and map it into memory."""
    from datasets import Dataset

    schema = pa.schema(
        [("input_ids", pa.list_(pa.int32())), ("completion_mask", pa.list_(pa.int8()))]
    )
    path = folder / "rows.arrow"
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
        for part in np.array_split(sizes, 100):
            ends = pa.array(np.concatenate([[0], np.cumsum(part)]).astype(np.int32))
            ids = pa.array(np.zeros(int(part.sum()), np.int32))
            mask = pa.array(np.zeros(int(part.sum()), np.int8))
            lists = [pa.ListArray.from_arrays(ends, values) for values in (ids, mask)]
            writer.write_batch(pa.record_batch(lists, schema=schema))
    return Dataset.from_file(str(path))


def trl_packer(rows: Any, size: int, processes: int | None) -> Callable[[], Any]:
    """Return TRL's call; its cache is off, so that every run packs."""
    from trl import pack_dataset

    def run() -> Any:
        settings = {"num_proc": processes, "load_from_cache_file": False}
        return pack_dataset(rows, size, "bfd", settings)

    return run


def main() -> None:
    """Measure, print and record."""
    import datasets
    import trl

    datasets.disable_progress_bars()
    sizes, version = lengths(), f"trl {trl.__version__}"
    grouped(*best_fit(sizes[:1_000], LENGTHS[0]))  # compile before the clock runs
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        rows = dataset_of(sizes, Path(folder))
        for size in LENGTHS:
            ours = seconds(lambda size=size: grouped(*best_fit(sizes, size)), 2 * RUNS + 1)
            for processes, goal in ((None, 40.0), (2, 20.0)):
                theirs = seconds(trl_packer(rows, size, processes), RUNS)
                name = f"pack 1 M lengths, {size}, TRL num_proc={processes}"
                lines.append(
                    record(
                        name=name,
                        ours=ours,
                        peer=theirs,
                        peer_version=version,
                        goal=goal,
                        unit="s",
                        less_is_better=True,
                    )
                )
            _, num_packs = best_fit(sizes, size)
            lines.append(
                record(
                    name=f"pack 1 M lengths, {size}, efficiency",
                    ours=100 * float(sizes.sum()) / (num_packs * size),
                    peer=99.98,
                    peer_version=WANTED,
                    goal=1.0,
                    unit="% of slots",
                )
            )
    show("packing alone, one thread against TRL bfd", lines)


if __name__ == "__main__":
    sys.exit(main())

"""How the data engine grows: time and memory from ten thousand to two million prompts.

Each size is packed in a process of its own, on two cores. Run alone:
``python -m tests.bench.data_growth``.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from flan_core.config import Pack
from flan_core.pack import pack
from flan_core.packs import Packs
from tests.bench.data_engine import LENGTH, PROCESSES
from tests.bench.data_rows import prepare
from tests.bench.results import WANTED, record, show

SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000, 2_000_000)
FIRST_STEPS = 150
"""Steps of the first try, which tells how many tokens a prompt has."""


def run(folder: Path, steps: int) -> None:
    """Pack, and print seconds, prompts and peak MiB."""
    import resource

    config = Pack(
        tokenizer=str(folder / "tokenizer"),
        length=LENGTH,
        tokens_per_step=4 * LENGTH,
        steps=steps,
        dev_steps=0,
        processes=PROCESSES,
    )
    started = time.perf_counter()
    packs = folder / "packs"
    pack(config, prompts=folder / "prompts", mixture=folder / "mixture", packs=packs)
    took = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(took, Packs.open(packs).about["num_draws"], peak)


def measured(folder: Path, steps: int) -> tuple[float, int, float]:
    """Run one size in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.data_growth", str(folder), str(steps)]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    took, num_prompts, peak = out.split()
    return float(took), int(num_prompts), float(peak)


def further(fewer: tuple[float, int, float], more: tuple[float, int, float]) -> float:
    """Return the seconds of a prompt between two sizes: without the start, which both have."""
    return (more[0] - fewer[0]) / (more[1] - fewer[1])


def main() -> None:
    """Measure, print the curve and record; with a folder and steps, run that size."""
    if len(sys.argv) == 3:
        run(Path(sys.argv[1]), int(sys.argv[2]))
        return
    curve = []
    with tempfile.TemporaryDirectory() as place:
        folder = prepare(Path(place))
        _, prompts, _ = measured(folder, FIRST_STEPS)
        for size in SIZES:
            steps = max(1, round(FIRST_STEPS * size / prompts))
            curve.append(measured(folder, steps))
    most = max(took / num for took, num, _ in curve[2:])
    print("   prompts   seconds   µs a prompt   peak MiB")
    for took, num, peak in curve:
        bar = "█" * round(20 * took / num / most) if num >= 50_000 else ""
        print(f"{num:10,} {took:9.2f} {1e6 * took / num:13.1f} {peak:10.0f}  {bar}")
    before, after = (further(*each) for each in (curve[-3:-1], curve[-2:]))
    peak = curve[-1][-1]
    lines = [
        record(
            name="2 M prompts, peak memory",
            ours=peak,
            peer=1024,
            peer_version=WANTED,
            goal=1.0,
            unit="MiB",
            less_is_better=True,
        ),
        record(
            name="a further prompt, 1 M to 2 M against 300 k to 1 M (linear: at most 1.2)",
            ours=after,
            peer=1.2 * before,
            peer_version=WANTED,
            goal=1.0,
            unit="s",
            less_is_better=True,
        ),
    ]
    show("growth", lines)


if __name__ == "__main__":
    main()

"""Run every benchmark, each in a process of its own: ``make bench``.

Results come as tables, and as one list in ``build/bench.json``. Names after ``-m tests.bench`` run
only those: ``python -m tests.bench data_packing``.
"""

import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent


def benchmarks() -> list[str]:
    """Return the names of the scripts that are benchmarks: those that can be run."""
    scripts = sorted(path for path in HERE.glob("*.py") if not path.stem.startswith("_"))
    return [path.stem for path in scripts if '__name__ == "__main__"' in path.read_text()]


def main() -> int:
    """Run them; returns how many failed."""
    failed = []
    for name in sys.argv[1:] or benchmarks():
        print(f"── {name}", flush=True)
        started = time.monotonic()
        if subprocess.run([sys.executable, "-m", f"tests.bench.{name}"], check=False).returncode:
            failed.append(name)
        print(f"── {name} took {time.monotonic() - started:,.0f} s", flush=True)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())

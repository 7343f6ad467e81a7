"""Take the images' requirements out of the one lock: ``python -m images.lock``.

    requirements.lock ──▶ images/data/requirements.txt     without torch
                     └──▶ images/train/heavy.txt           torch and CUDA: a layer of its own
                          images/train/light.txt           the rest

Every line has the version and the hashes of the lock; a test compares them.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.lock"
HEAVY = re.compile(r"^(torch|triton|nvidia-.*|cuda-.*)==")
"""Packages of the heavy layer."""


def entries(text: str) -> dict[str, str]:
    """Return the entries of a requirements file by name: a version and its hashes."""
    kept = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    found = re.findall(r"^([A-Za-z0-9._-]+)==((?:.*\\\n)*.*)$", kept, flags=re.MULTILINE)
    return {name: f"{name}=={rest}" for name, rest in found}


def resolve(*sources: str) -> dict[str, str]:
    """Resolve requirements within the lock; the network is not asked for other versions."""
    uv = Path(sys.executable).with_name("uv")
    options = ["-c", str(LOCK), "--generate-hashes", "--no-emit-index-url", "--no-header", "-q"]
    done = subprocess.run(
        [str(uv), "pip", "compile", *sources, *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return entries(done.stdout)


def write(path: Path, found: dict[str, str], what: str) -> None:
    """Write entries as a requirements file."""
    lines = [f"# {what}; written by images/lock.py from requirements.lock.", *found.values()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Write the three files."""
    images = ROOT / "images"
    data = resolve("images/data/requirements.in")
    train = resolve("pyproject.toml")
    heavy = {name: entry for name, entry in train.items() if HEAVY.match(entry)}
    light = {name: entry for name, entry in train.items() if name not in heavy}
    write(images / "data" / "requirements.txt", data, "Image data: no torch")
    write(images / "train" / "heavy.txt", heavy, "Image train: torch and CUDA")
    write(images / "train" / "light.txt", light, "Image train: all but torch and CUDA")


if __name__ == "__main__":
    main()

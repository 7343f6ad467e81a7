"""Prove an image without a container engine: the same steps, into a folder, run as its user.

    python -m images.assemble data        # build/image-data, some minutes the first time

The folder gets what the Dockerfile installs, loses its write permission, and its commands run as
uid 10001, with no capability, and one folder of their own to write to. Not proved by this: the base
image, the file system's layout, and anything that a container runtime does. Needs root.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree

ROOT = Path(__file__).parents[1]
USER = "10001"
REQUIREMENTS = {"data": ("data/requirements.txt",), "train": ("train/heavy.txt", "train/light.txt")}
PROOFS = {
    "data": (
        "import sys, flan_core.render, flan_core.pack, flan_core.report, flan_core.promote",
        "assert 'torch' not in sys.modules",
        "import importlib.util as u; assert u.find_spec('torch') is None",
        "import pipelines.cli, flan_core.store, flan_core.launch.reap",
        "import kfp.dsl.executor_main, pyarrow.fs, pyarrow.dataset, datasets, kubernetes.client",
        "from pathlib import Path; from tempfile import mkdtemp; import runpy",
        f"runpy.run_path({str(ROOT / 'images' / 'warm.py')!r})['warm'](Path(mkdtemp()))",
    ),
    "train": (
        "import torch, flan_core.train.run, flan_core.evaluate, flan_core.launch.node",
        "import flan_core.launch.elastic, kfp.dsl.executor_main",
        "print('torch', torch.__version__, 'CUDA', torch.version.cuda)",
    ),
}
"""What must work in each image."""


def run(*command: str, **environment: str) -> None:
    """Run a command; stop when it fails."""
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, **environment})


def assemble(image: str, folder: Path) -> Path:
    """Install the image's packages and our code below ``folder``; return its interpreter."""
    uv = str(Path(sys.executable).with_name("uv"))
    python = folder / "venv" / "bin" / "python"
    if folder.exists():
        rmtree(folder)
    run(uv, "venv", "-q", "--python", sys.executable, str(folder / "venv"))
    for name in REQUIREMENTS[image]:
        options = ["--no-deps", "--require-hashes", "-r", str(ROOT / "images" / name)]
        run(uv, "pip", "install", "-q", "--python", str(python), *options)
    run(sys.executable, str(ROOT / "images" / "slim.py"), str(folder / "venv"))
    for package in ("flan_core", "components", "pipelines"):
        copytree(ROOT / package, folder / "flan" / package, ignore=ignore_patterns("__pycache__"))
    warm(folder, python)
    run("chmod", "-R", "a-w,a+rX", str(folder))
    return python


def warm(folder: Path, python: Path) -> None:
    """Compile our modules and loops, as the Dockerfile does."""
    run(str(python), "-m", "compileall", "-q", str(folder / "flan"))
    where = {"NUMBA_CACHE_DIR": str(folder / "numba"), "NUMBA_CPU_NAME": "generic"}
    run(str(python), str(ROOT / "images" / "warm.py"), PYTHONPATH=str(folder / "flan"), **where)


def prove(image: str, folder: Path, python: Path) -> None:
    """Run the proofs as the image's user, who may write to one folder of its own only."""
    with tempfile.TemporaryDirectory() as scratch:
        os.chown(scratch, int(USER), int(USER))
        user = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs"]
        user += ["--bounding-set=-all", "--inh-caps=-all"]
        where = {
            "HOME": scratch,
            "TMPDIR": scratch,
            "PYTHONPATH": str(folder / "flan"),
            "USER": "flan",
        }
        where |= {"HF_HOME": scratch, "NUMBA_CACHE_DIR": f"{scratch}/numba"}
        where |= {"PYTHONDONTWRITEBYTECODE": "1", "NUMBA_CPU_NAME": "generic"}
        seeded = f"import sys; sys.path.append({str(ROOT / 'images')!r}); import seed"
        seeded += f"\nassert seed.seed({str(folder / 'numba')!r}, {scratch + '/numba'!r})"
        run(*user, str(python), "-Pc", seeded, **where)
        run(*user, str(python), "-Pc", "\n".join(PROOFS[image]), **where)
        assert _count(Path(scratch) / "numba") == _count(folder / "numba"), "loops were compiled"
        attempt = f"open({str(folder / 'flan' / 'x')!r}, 'w')"
        refused = subprocess.run(
            [*user, str(python), "-c", attempt],
            env=where,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Permission denied" in refused.stderr, refused.stderr


def _count(cache: Path) -> int:
    return sum(1 for _ in cache.rglob("*.nbc"))


def main() -> None:
    """Assemble and prove the image named on the command line."""
    image = sys.argv[1]
    folder = ROOT / "build" / f"image-{image}"
    python = assemble(image, folder)
    prove(image, folder, python)
    mebibytes = sum(each.stat().st_size for each in folder.rglob("*") if each.is_file()) / 2**20
    print(f"image {image}: works as uid {USER} on a read-only tree, {mebibytes:,.0f} MiB")


if __name__ == "__main__":
    main()

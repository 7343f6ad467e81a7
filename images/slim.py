"""Remove from installed packages what no step reads: tests, headers, clients of other services.

    python slim.py /opt/venv

Run while an image is built, by any Python; prints how much went.
"""

import sys
from pathlib import Path
from shutil import rmtree

FOLDERS = (
    "torch/include", "torch/share/cmake", "pyarrow/include", "pyarrow/src",
    "kubernetes/aio", "Crypto/SelfTest",
)  # fmt: skip
"""Headers and recipes for those who compile against a package; Kubernetes' second client."""
PATTERNS = ("pyarrow/*flight*", "pyarrow/*s3*", "pyarrow/*cpp_tests*")
"""Arrow's clients of Flight and S3, which the store speaks to by itself, and its tests in C++."""
TESTED = ("numpy", "pandas", "pyarrow", "scipy", "numba", "llvmlite", "torch/test")
"""Packages whose folders named tests are not imported by the package itself."""
ENDINGS = (".a", ".pyx", ".pxd", ".cu", ".cuh")


def size(path: Path) -> int:
    """Return the bytes of a file or of all files below a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())


def waste(root: Path) -> list[Path]:
    """Return what can go."""
    found = [path for name in FOLDERS for path in root.rglob(name)]
    found += [
        path
        for package in TESTED
        for place in root.rglob(package)
        for path in (*place.rglob("tests"), *place.rglob("test"))
        if path.is_dir()
    ]
    found += [path for pattern in PATTERNS for path in root.rglob(pattern)]
    found += [path for path in root.rglob("pyarrow/lib*.so*") if _is_copy(path)]
    found += [path for ending in ENDINGS for path in root.rglob(f"*{ending}") if path.is_file()]
    return found


def _is_copy(path: Path) -> bool:
    """Say whether a library of Arrow is there a second time by the name that programs load.

    A wheel has no links: ``libarrow_python.so``, ``.so.2600`` and ``.so.2600.1.0`` are three files.
    """
    name, _, release = path.name.partition(".so")
    loaded = f".{release.split('.')[1]}" if release else ""
    loads = [each.name for each in path.parent.glob(f"{name}.so.*")]
    return release != loaded if release else bool(loads)


def main(root: Path) -> None:
    """Remove it."""
    gone = 0
    for path in waste(root):
        gone += size(path) if path.exists() else 0
        if path.is_dir():
            rmtree(path)
        else:
            path.unlink(missing_ok=True)
    print(f"{root}: {gone / 1e6:,.0f} MB removed")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

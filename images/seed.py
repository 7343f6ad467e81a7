"""Give a pod the compiled loops that its image brings; every Python of the image runs this first.

    /opt/numba  ──copy──▶  $NUMBA_CACHE_DIR, a folder of the pod's own

numba takes no cache that it cannot write to, and the image cannot be written to; without this each
pod would compile for half a minute. The copy is a few megabytes, appears whole, and is made once.
"""

import os

SOURCE = "/opt/numba"


def seed(source: str, target: str) -> bool:
    """Copy the folders of ``source`` to ``target`` unless it is there; say whether this did it."""
    if not target or os.access(target, os.F_OK) or not os.access(source, os.R_OK):
        return False
    import shutil
    import tempfile
    from pathlib import Path

    try:
        draft = Path(tempfile.mkdtemp(prefix=".numba-", dir=Path(target).parent))
    except OSError:  # nothing can be written there
        return False
    for path in sorted(Path(source).rglob("*")):
        there = draft / path.relative_to(source)
        there.mkdir() if path.is_dir() else shutil.copyfile(path, there)
    try:
        draft.rename(target)
    except OSError:  # another process was first
        shutil.rmtree(draft)
        return False
    return True


seed(SOURCE, os.environ.get("NUMBA_CACHE_DIR", ""))

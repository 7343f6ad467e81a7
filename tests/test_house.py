"""The house: the README's map shows what is there, and no file tells where it was written."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOP = {"components", "pipelines", "images", "manifests", "flan_core", "tests"}


def tracked() -> list[str]:
    listing = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
    )
    if listing.returncode:
        pytest.skip("not a git checkout")
    return [path for path in listing.stdout.splitlines() if (ROOT / path).exists()]


def mapped() -> set[str]:
    """Paths of the README's map: indentation is depth, the first word is the name."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"<!-- MAP -->\n```\n(.*?)```\n<!-- /MAP -->", text, re.DOTALL)
    assert block, "README.md has no map"
    paths: set[str] = set()
    parents: list[str] = []
    for line in block.group(1).splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        parents = [*parents[:depth], line.split()[0].rstrip("/")]
        paths.add("/".join(parents))
    return paths


def test_the_top_level_is_fixed():
    folders = {path.split("/")[0] for path in tracked() if "/" in path}

    assert folders - {".ci"} == TOP


def test_the_map_in_the_readme_is_what_git_has():
    files = tracked()
    rooms = {path.split("/")[0] for path in files if "/" in path} - {".ci"}
    for room in ("flan_core", "pipelines", "manifests", "images", "components"):
        inside = [path for path in files if path.startswith(room + "/") and "/__init__" not in path]
        rooms |= {"/".join(path.split("/")[:2]) for path in inside}
    shown = mapped()

    assert rooms - shown == set(), "add these to the map in README.md"
    assert {path for path in shown if not (ROOT / path).exists()} == set()


def test_no_file_names_a_path_of_a_machine_or_the_host_of_a_registry():
    hosts = "|".join(("files.python" + "hosted", "pypi" + r"\.org", "registry.npm" + "js"))
    told = re.compile(rf"{re.escape(str(ROOT))}\b|https?://[\w.-]*(?:{hosts})")
    found = []
    for path in tracked():
        content = (ROOT / path).read_bytes()
        if b"\0" not in content and told.search(content.decode("utf-8", "replace")):
            found.append(path)

    assert found == []


def test_no_data_file_of_somebody_else_is_kept():
    allowed = {"pipelines", "manifests", "tests", "images"}
    endings = (".jsonl", ".parquet", ".csv", ".arrow", ".safetensors")
    rows = [path for path in tracked() if path.endswith(endings)]

    assert [path for path in rows if path.split("/")[0] not in allowed] == []

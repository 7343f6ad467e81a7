"""The images: their requirements are the lock's, and digests are written where they belong."""

import re
from pathlib import Path

import pytest

from flan_core.errors import BadInput
from images.build import pin
from images.lock import HEAVY, LOCK, entries
from images.seed import seed
from images.slim import waste

ROOT = Path(__file__).parents[2]
FILES = ("data/requirements.txt", "train/heavy.txt", "train/light.txt")
DIGEST = "sha256:" + "ab" * 32


def read(name):
    return entries((ROOT / "images" / name).read_text())


def lines(entry):
    return {part.strip(" \\") for part in entry.splitlines()}


@pytest.mark.parametrize("name", FILES)
def test_every_requirement_has_the_version_and_the_hashes_of_the_lock(name):
    lock = entries(LOCK.read_text())
    found = read(name)
    assert len(found) >= 15
    stale = [
        package for package, entry in found.items() if lines(entry) != lines(lock.get(package, ""))
    ]
    assert stale == [], "run `python -m images.lock`"


def test_the_data_image_has_no_torch_and_the_train_image_has_it_in_the_heavy_layer():
    data, heavy, light = (read(name) for name in FILES)
    assert not [name for name in (*data, *light) if HEAVY.match(f"{name}==1")]
    assert "torch" in heavy
    assert not heavy.keys() & light.keys()
    assert {"kfp", "minio", "kubernetes"} <= data.keys() & light.keys()


def test_no_tool_of_the_developers_is_in_an_image():
    for name in FILES:
        assert not read(name).keys() & {"ruff", "mypy", "pytest", "hypothesis"}, name


def test_base_images_have_an_exact_release_and_its_digest():
    for path in sorted((ROOT / "images").glob("*/Dockerfile")):
        text = path.read_text()
        bases = re.findall(r"^(?:FROM|ARG PYTHON=?)\s*(\S*[:/]\S+)", text, flags=re.MULTILINE)
        assert bases
        for base in bases:
            assert re.search(r":\d+\.\d+\.\d+(-[\w-]+)?@sha256:[0-9a-f]{64}$", base), base
        assert text.rstrip().splitlines()[-2] == "USER 10001"


def test_a_digest_takes_the_place_of_a_tag_or_of_an_older_digest():
    line = "- {name: ghcr.io/x/data, newName: inner/data, newTag: 0.1.0}"
    pinned = f'- {{name: ghcr.io/x/data, newName: inner/data, digest: "{DIGEST}"}}'
    assert pin(line, "ghcr.io/x/data", DIGEST) == pinned
    assert pin(pinned, "ghcr.io/x/data", DIGEST) == pinned


def test_what_is_no_digest_is_never_written():
    with pytest.raises(BadInput, match=r"'latest' is no digest of ghcr\.io/x/data"):
        pin("- {name: ghcr.io/x/data, newTag: 0.1.0}", "ghcr.io/x/data", "latest")
    with pytest.raises(BadInput, match=r"no overlay line names ghcr\.io/y"):
        pin("- {name: ghcr.io/x/data, newTag: 0.1.0}", "ghcr.io/y", DIGEST)


def test_waste_is_tests_headers_static_libraries_and_clients_that_no_step_uses(tmp_path):
    for name in (
        "numpy/tests/a.py",
        "numpy/core.py",
        "torch/include/x.h",
        "pandas/_lib.a",
        "kfp/tests/b.py",
        "kubernetes/aio/a.py",
        "kubernetes/client/a.py",
        "pyarrow/_flight.so",
        "pyarrow/libarrow.so.2600",
        "pyarrow/libarrow_python.so",
        "pyarrow/libarrow_python.so.2600",
        "pyarrow/libarrow_python.so.2600.1.0",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    found = sorted(path.relative_to(tmp_path).as_posix() for path in waste(tmp_path))
    assert found == [
        "kubernetes/aio",
        "numpy/tests",
        "pandas/_lib.a",
        "pyarrow/_flight.so",
        "pyarrow/libarrow_python.so",
        "pyarrow/libarrow_python.so.2600.1.0",
        "torch/include",
    ]


def test_a_pod_gets_the_compiled_loops_of_its_image_once_and_may_write_to_them(tmp_path):
    image, pod = tmp_path / "image", tmp_path / "pod" / "numba"
    (image / "pack_1").mkdir(parents=True)
    (image / "pack_1" / "loop.nbc").write_bytes(b"code")
    image.joinpath("pack_1").chmod(0o555)
    pod.parent.mkdir()

    assert seed(str(image), str(pod))
    assert not seed(str(image), str(pod))
    assert (pod / "pack_1" / "loop.nbc").read_bytes() == b"code"
    assert (pod / "pack_1").stat().st_mode & 0o200
    assert [path.name for path in pod.parent.iterdir()] == ["numba"]


def test_without_a_place_to_write_a_pod_starts_all_the_same(tmp_path):
    (tmp_path / "image").mkdir()

    assert not seed(str(tmp_path / "image"), str(tmp_path / "none" / "numba"))
    assert not seed(str(tmp_path / "none"), str(tmp_path / "numba"))

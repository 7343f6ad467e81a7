"""Build the images, push them, and write their digests into the overlays.

    python -m images.build data train --registry ghcr.io/flan-on-kubeflow --tag 0.1.0 --push

Needs docker or podman. A digest is what the registry says it has, never anything else; without
``--push`` nothing is written.
"""

import argparse
import re
import shutil
import subprocess
from pathlib import Path

from flan_core.errors import BadInput

ROOT = Path(__file__).parents[1]
OVERLAYS = ROOT / "manifests" / "overlays"


def engine() -> str:
    """Return the container engine that is installed.

    Raises:
        BadInput: there is none.
    """
    found = shutil.which("docker") or shutil.which("podman")
    if not found:
        raise BadInput("neither docker nor podman is installed; images.assemble proves the steps")
    return found


def build(name: str, reference: str) -> None:
    """Build one image from the repository's root."""
    dockerfile = str(ROOT / "images" / name / "Dockerfile")
    subprocess.run([engine(), "build", "-f", dockerfile, "-t", reference, str(ROOT)], check=True)


def push(reference: str) -> str:
    """Push an image; return the digest that the registry gave it."""
    subprocess.run([engine(), "push", reference], check=True)
    command = [engine(), "image", "inspect", "--format", "{{index .RepoDigests 0}}", reference]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.strip().rpartition("@")[2]


def pin(text: str, image: str, digest: str) -> str:
    """Return an overlay's text with the image's digest in place of its tag.

    >>> pin("- {name: ghcr.io/x/data, newTag: 0.1.0}", "ghcr.io/x/data", "sha256:" + "0" * 64)[:44]
    '- {name: ghcr.io/x/data, digest: "sha256:000'

    Raises:
        BadInput: the digest is none, or the overlay does not name the image.
    """
    if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
        raise BadInput(f"{digest!r} is no digest of {image}; push it again")
    wanted = re.compile(
        rf"(name: {re.escape(image)},(?: newName: \S+,)?) (?:newTag|digest): [^}}]+}}"
    )
    pinned, times = wanted.subn(rf'\1 digest: "{digest}"}}', text)
    if not times:
        raise BadInput(f"no overlay line names {image}; add one under images:")
    return pinned


def main() -> None:
    """Build, push and pin."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="+", choices=["data", "train"])
    parser.add_argument("--registry", default="ghcr.io/flan-on-kubeflow")
    parser.add_argument("--tag", default="0.1.0")
    parser.add_argument("--push", action="store_true")
    asked = parser.parse_args()
    for name in asked.images:
        image = f"{asked.registry}/{name}"
        build(name, f"{image}:{asked.tag}")
        digest = push(f"{image}:{asked.tag}") if asked.push else ""
        for overlay in sorted(OVERLAYS.glob("*/kustomization.yaml")) if digest else ():
            overlay.write_text(pin(overlay.read_text("utf-8"), image, digest), encoding="utf-8")


if __name__ == "__main__":
    main()

"""``flan doctor``: what is installed, what is missing, and how to get it."""

import os
import platform
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import NamedTuple

from rich.console import Console
from rich.markup import escape
from rich.table import Table

LIBRARIES = (
    "kfp", "kubernetes", "torch", "torchx", "transformers", "datasets", "minio",
    "prometheus-client", "numba",
)  # fmt: skip
"""Libraries that the project cannot work without."""


class Finding(NamedTuple):
    """One line of the doctor's table: what, its state, and what to do about it."""

    what: str
    state: str
    remedy: str = ""


def doctor() -> None:
    """Show what is installed, which GPU and store there are, and how to get what is missing."""
    table = Table("what", "state", "what to do", header_style="bold")
    missing = 0
    for finding in findings():
        colour = (
            "red"
            if finding.remedy.startswith("needed")
            else "yellow"
            if finding.remedy
            else "green"
        )
        missing += colour == "red"
        table.add_row(finding.what, f"[{colour}]{finding.state}[/]", escape(finding.remedy))
    console = Console()
    console.print(table)
    if missing:
        console.print(f"[red]{missing} needed part(s) are missing[/]")
        raise SystemExit(1)
    console.print("[green]everything that a local run needs is here[/]")


def findings() -> Iterator[Finding]:
    """Yield what the machine has and lacks."""
    yield Finding("python", platform.python_version())
    yield Finding("machine", f"{os.cpu_count()} cores, {_memory_gib():.0f} GiB memory")
    yield from map(_library, LIBRARIES)
    yield _gpu()
    yield _extra("vllm", "generates free text faster: uv pip install 'flan-on-kubeflow[vllm]'")
    yield _store()
    yield _program("kubectl", "applies the manifests: kubernetes.io/docs/tasks/tools")
    yield _program("docker", "builds the images; any engine that reads a Dockerfile will do")


def _library(name: str) -> Finding:
    try:
        return Finding(name, version(name))
    except PackageNotFoundError:
        return Finding(name, "missing", "needed: make run installs it")


def _gpu() -> Finding:
    import torch

    if not torch.cuda.is_available():
        return Finding("gpu", "none", "training runs on the CPU, for tiny models only")
    names = [torch.cuda.get_device_properties(i) for i in range(torch.cuda.device_count())]
    return Finding("gpu", ", ".join(f"{p.name} {p.total_memory / 2**30:.0f} GiB" for p in names))


def _extra(module: str, purpose: str) -> Finding:
    return (
        Finding(module, "installed")
        if find_spec(module)
        else Finding(module, "not installed", purpose)
    )


def _program(name: str, purpose: str) -> Finding:
    return Finding(name, "found") if shutil.which(name) else Finding(name, "not found", purpose)


def _store() -> Finding:
    from flan_core.store.access import Access

    told = any(os.environ.get(name) for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"))
    if told:
        return Finding("store", Access.found().endpoint)
    return Finding("store", "folders only", "for s3:// set AWS_ENDPOINT_URL and the credentials")


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30

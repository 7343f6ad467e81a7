"""Compile the pipelines: IR for the Kubeflow UI and SDK, resources for ``kubectl apply``.

     pipelines/compiled/flan.yaml               upload it in the Kubeflow UI
     pipelines/compiled/kubernetes/flan.yaml    Pipeline and PipelineVersion, for kubectl

A PipelineVersion cannot be changed once applied, so its name ends in a hash of its content.
"""

import json
import re
import warnings
from ast import literal_eval
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml
from kfp import compiler
from kfp.compiler.compiler_utils import KubernetesManifestOptions

from flan_core.schemas import text_sha256
from pipelines.ablations import ABLATIONS, DEFAULT
from pipelines.experiment import PARALLELISM, pipeline_of
from pipelines.flan import flan
from pipelines.leave_one_cluster_out import leave_one_cluster_out
from pipelines.retrain import retrain


def pipelines_of(parallelism: int = PARALLELISM) -> dict[str, Callable[..., Any]]:
    """Return every pipeline by the name of its compiled file.

    ``parallelism`` is how many variants of an experiment run at a time.
    """
    experiments = [leave_one_cluster_out(), *(make(DEFAULT) for make in ABLATIONS.values())]
    return {
        "flan": flan,
        "retrain": retrain,
        **{each.name: pipeline_of(each, parallelism) for each in experiments},
    }


PIPELINES: Mapping[str, Callable[..., Any]] = pipelines_of()
"""Every pipeline as its compiled file in git has it."""

_DEFAULT = re.compile(r"^(#    \w+: dict \[Default: )(\{.+\})\]$", re.MULTILINE)

FOLDER = Path(__file__).parent / "compiled"
"""Where the compiled files are kept, in git, so that a user needs no SDK to upload them."""


def compile_all(
    folder: Path, pipelines: Mapping[str, Callable[..., Any]] = PIPELINES
) -> list[Path]:
    """Write every compiled file under ``folder`` and return their paths; same code, same bytes."""
    written = []
    for name, pipeline in pipelines.items():
        ir = folder / f"{name}.yaml"
        ir.parent.mkdir(parents=True, exist_ok=True)
        _compile(pipeline, ir)
        manifest = folder / "kubernetes" / f"{name}.yaml"
        manifest.parent.mkdir(parents=True, exist_ok=True)
        digest = text_sha256(ir.read_text(encoding="utf-8"))[:12]
        options = KubernetesManifestOptions(
            pipeline_name=name,
            pipeline_version_name=f"{name}-{digest}",
            include_pipeline_manifest=True,
        )
        _compile(
            pipeline, manifest, kubernetes_manifest_format=True, kubernetes_manifest_options=options
        )
        written += [ir, manifest]
    listing = folder / "kubernetes" / "kustomization.yaml"
    listing.write_text(_kustomization(sorted(pipelines)), encoding="utf-8")
    return [*written, listing]


def _compile(pipeline: Callable[..., Any], path: Path, **how: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=FutureWarning)
        compiler.Compiler().compile(pipeline, str(path), **how)
    text = path.read_text(encoding="utf-8")
    path.write_text(_DEFAULT.sub(_in_order, text), encoding="utf-8")


def _in_order(line: re.Match[str]) -> str:
    """Return KFP's comment on a dict's default with its keys in order; KFP draws them by lot."""
    return f"{line[1]}{json.dumps(literal_eval(line[2]), sort_keys=True)}]"


def _kustomization(names: list[str]) -> str:
    listing = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [f"{name}.yaml" for name in names],
    }
    return yaml.safe_dump(listing, sort_keys=False)

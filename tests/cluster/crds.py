"""The CustomResourceDefinitions of the extensions that we use, from their own pinned Go modules.

    python -m tests.cluster.crds      downloads them; `make servers` does

Nothing of them is kept here. Kubeflow Pipelines and Argo publish no module that can be had, so
for their kinds a definition of ours takes any spec: their fields are checked in test_manifests.py.
"""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True, kw_only=True)
class Source:
    """A Go module, its checksum, and where in it the definitions are."""

    module: str
    sha: str
    folder: str
    names: tuple[str, ...] = ("*",)
    """Ends of the names of those that we use; all of them unless it is said."""

    def files(self) -> list[Path]:
        """Return the files of the definitions, downloading the module unless it is there."""
        folder = module_of(self) / self.folder
        return sorted(path for name in self.names for path in folder.glob(f"*_{name}.yaml"))


SOURCES = (
    Source(
        module="github.com/kubeflow/trainer/v2@v2.3.0",
        sha="h1:Je+e7zvTLzB4qW09J1fB7pZrqvPtWuGng2NqdN5p5QU=",
        folder="manifests/base/crds",
    ),
    Source(
        module="sigs.k8s.io/jobset@v0.12.0",
        sha="h1:YYPuV0px8Ongq/RXmJg6V0w2UC67aiR+rCMD06vhQQQ=",
        folder="config/components/crd/bases",
    ),
    Source(
        module="sigs.k8s.io/kueue@v0.15.0",
        sha="h1:9Khzc2ne6/eWuZx5o+R4KlVBzh3kZkTIMzpPC2e8Spg=",
        folder="config/components/crd/bases",
    ),
    Source(
        module="github.com/prometheus-operator/prometheus-operator@v0.85.0",
        sha="h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
        folder="example/prometheus-operator-crd",
        names=("podmonitors", "prometheusrules", "servicemonitors"),
    ),
    Source(
        module="volcano.sh/volcano@v1.10.0",
        sha="h1:+GzQinGgeV0j58WpWpxByOXgF+YfUPW55zghM8GqjF0=",
        folder="config/crd/volcano/bases",
        names=("jobs", "queues"),
    ),
)
OPEN = (
    ("pipelines.kubeflow.org", "v2beta1", "Pipeline"),
    ("pipelines.kubeflow.org", "v2beta1", "PipelineVersion"),
    ("argoproj.io", "v1alpha1", "Workflow"),
    ("argoproj.io", "v1alpha1", "WorkflowTaskResult"),
)
"""Group, version and kind of what is defined here."""


def module_of(source: Source) -> Path:
    """Return the folder of a module, downloading it unless it is there.

    Raises:
        OSError: there is no Go, or the module cannot be had.
    """
    command = ["go", "mod", "download", "-json", source.module]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent)
    if done.returncode:
        raise OSError(f"{source.module}: {done.stdout}{done.stderr}")
    found = json.loads(done.stdout)
    assert found["Sum"] == source.sha, f"{source.module} is not what it was: {found['Sum']}"
    return Path(found["Dir"])


def definitions() -> list[dict]:
    """Return every definition."""
    found = [
        each
        for source in SOURCES
        for path in source.files()
        for each in yaml.load_all(path.read_text(), Loader=yaml.CSafeLoader)
    ]
    return [newest(each) for each in found if each] + [open_definition(*each) for each in OPEN]


def newest(definition: dict) -> dict:
    """Store what the newest version says: without a webhook nothing converts it to an older."""
    versions = definition["spec"]["versions"]
    for version in versions:
        version["storage"] = version is versions[-1]
    return definition


def open_definition(group: str, version: str, kind: str) -> dict:
    """Return a definition that takes any spec and status."""
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"type": "object", "properties": {"spec": anything, "status": anything}}
    plural = f"{kind.lower()}s"
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}", "annotations": {
            "api-approved.kubernetes.io": "unapproved, of a test"}},
        "spec": {
            "group": group,
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "scope": "Namespaced",
            "versions": [{"name": version, "served": True, "storage": True,
                          "schema": {"openAPIV3Schema": schema}}],
        },
    }  # fmt: skip


if __name__ == "__main__":
    for each in SOURCES:
        print(each.module, len(each.files()), "definitions")

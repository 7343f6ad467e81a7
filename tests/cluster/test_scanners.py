"""Manifests and images as others' scanners see them: checkov, hadolint, Kubeflow's models.

Scanners look into no custom resource and say nothing about it, so pod templates are taken out of
them, and each test asserts how much was looked at: a scanner that found nothing to scan is no pass.
"""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.cluster.restricted import pod_specs
from tests.cluster.test_manifests import (  # noqa: F401  # fixtures
    OVERLAYS,
    everything,
    launched,
    rendered,
    title,
)

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / "build" / "cluster-venv" / "bin"
CONFIG = Path(__file__).with_name("checkov.yaml")


def tool(name):
    path = TOOLS / name
    if not path.is_file():
        pytest.skip(f"{name} is not installed: `make cluster-venv` builds {TOOLS.parent}")
    return str(path)


def run(command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


def scan(folder, framework):
    """Return checkov's summary and the checks that failed."""
    command = [
        tool("checkov"),
        "-d",
        str(folder),
        "--framework",
        framework,
        "--config-file",
        str(CONFIG),
    ]
    done = run([*command, "--skip-download", "--compact", "--quiet", "-o", "json"])
    found = json.loads(done.stdout)
    assert "summary" in found, f"checkov has looked at nothing: {done.stdout} {done.stderr}"
    failed = [
        f"{check['check_id']} {check['check_name']}: {check['resource']}"
        for check in found["results"]["failed_checks"]
    ]
    return found["summary"], failed


def custom(found):
    """Tell a custom resource; checkov takes Volcano's Job for Kubernetes' own and sees no pod."""
    group = found["apiVersion"].rpartition("/")[0]
    return "." in group and not group.endswith(".k8s.io")


def as_job(name, spec):
    """Return a Job around a pod's spec: what a scanner looks into."""
    metadata = {"name": name.replace("/", "-").lower(), "namespace": "flan"}
    body = {"template": {"spec": spec}}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": body}


def test_checkov_finds_nothing_in_what_we_put_into_a_cluster(everything, tmp_path):  # noqa: F811
    native = [each for each in everything if not custom(each)]
    inside = [
        as_job(title(each), spec) for each in everything if custom(each) for spec in pod_specs(each)
    ]
    assert len(inside) >= 5  # of TrainingRuntime and of Volcano's Jobs
    for index, each in enumerate([*native, *inside]):
        each["metadata"].setdefault("namespace", "flan")
        (tmp_path / f"{index}.yaml").write_text(yaml.safe_dump(each))
    summary, failed = scan(tmp_path, "kubernetes")
    assert failed == []
    assert summary["passed"] >= 1_200
    assert summary["resource_count"] >= 80


def test_checkov_would_notice_a_careless_pod(tmp_path):
    careless = as_job("careless", {"containers": [{"name": "a", "image": "python:latest"}]})
    (tmp_path / "job.yaml").write_text(yaml.safe_dump(careless))
    _, failed = scan(tmp_path, "kubernetes")
    assert len(failed) > 10


def test_images_are_clean_for_hadolint_and_checkov():
    dockerfiles = sorted((ROOT / "images").glob("*/Dockerfile"))
    assert [path.parent.name for path in dockerfiles] == ["data", "train"]
    done = run([tool("hadolint"), *map(str, dockerfiles)])
    assert (done.stdout, done.returncode) == ("", 0)
    summary, failed = scan(ROOT / "images", "dockerfile")
    assert failed == []
    assert summary["passed"] >= 60


def trainer(objects):
    done = run(
        [tool("python"), str(Path(__file__).with_name("trainer_models.py"))],
        input=json.dumps(objects),
    )
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_trainer_objects_fit_kubeflow_s_own_models(everything):  # noqa: F811
    objects = [each for each in everything if each["kind"] in {"TrainJob", "TrainingRuntime"}]
    assert len(objects) >= 5
    assert trainer(objects) == []


def test_a_field_that_trainer_does_not_know_would_be_noticed():
    job = next(each for each in launched() if each["kind"] == "TrainJob")
    job["spec"]["trainer"]["numNode"] = 2
    assert trainer([job]) == [".spec.trainer.numNode is not known"]

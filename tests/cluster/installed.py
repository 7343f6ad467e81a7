"""Fixtures: a real Kubernetes with our manifests applied, and a node on which our pods run."""

import json
import shutil
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.cluster.crds import definitions
from tests.cluster.extensions import TRAINER, start
from tests.cluster.kubelet import Kubelet
from tests.cluster.ports import free_port
from tests.cluster.real_kubernetes import PROGRAMS, TOOLS, RealKubernetes

MANIFESTS = Path(__file__).parents[2] / "manifests"
OVERLAYS = ("kind", "airgap", "gpu")
"""In the order in which they are applied; the other tests run in the last."""
HOW = "run `make servers` (needs Go)"


def wait_until(true, seconds=60):
    """Wait until something is true; return it."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end
        time.sleep(0.1)
    return found


@pytest.fixture(scope="session")
def kubernetes(tmp_path_factory, certificate):
    """A Kubernetes that knows our extensions' kinds; nothing runs in it yet."""
    missing = [name for name in PROGRAMS if not (TOOLS / name).is_file()]
    if missing or not shutil.which("go"):
        pytest.skip(f"{missing or 'go'} not installed: {HOW}")
    folder = tmp_path_factory.mktemp("kubernetes")
    with RealKubernetes(folder, free_port) as real:
        for each in definitions():
            real.api.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", each)
        real.kubectl("wait", "crd", "--all", "--for=condition=Established", "--timeout=60s")
        yield real


@pytest.fixture(scope="session")
def applied(kubernetes):
    """Apply each overlay twice; return what kubectl said and what there was, by overlay.

    Between two overlays goes what cannot be changed: Jobs, and the size of MinIO's disk.
    """
    found = {}
    for name in OVERLAYS:
        if found:
            kubernetes.kubectl("-n", "flan", "delete", "jobs,statefulsets", "--all")
        found[name] = [apply(kubernetes, MANIFESTS / "overlays" / name) for _ in range(2)]
    return found


def apply(kubernetes, overlay):
    """Apply an overlay; return what kubectl said, and each object's version then."""
    done = kubernetes.kubectl("apply", "-k", str(overlay), "-o", "json", check=False)
    versions = {
        (each["kind"], each["metadata"]["name"]): each["metadata"]["resourceVersion"]
        for each in json.loads(done.stdout or '{"items": []}')["items"]
    }
    return done, versions


@pytest.fixture(scope="session")
def cluster(kubernetes, applied, minio, certificate):
    """The cluster with controllers, a node, our namespace, and a real MinIO as its store."""
    keys = ("--from-literal=accesskey=tester", "--from-literal=secretkey=tester-secret")
    kubernetes.kubectl("-n", "flan", "create", "secret", "generic", "flan-minio-root", *keys)
    where = f'{{"data": {{"AWS_ENDPOINT_URL": "http://{minio}"}}}}'
    kubernetes.kubectl("-n", "flan", "patch", "configmap", "flan-s3", "--type=merge", "-p", where)
    kubernetes.start_controllers()
    (kubernetes.folder / "pods").mkdir()
    with Kubelet(kubernetes.api, kubernetes.folder / "pods", certificate) as kubelet:
        for job in ("flan-keys", "flan-bucket"):  # the first makes keys, the second the account
            kubernetes.kubectl("-n", "flan", "wait", f"job/{job}", "--for=condition=Complete",
                               "--timeout=90s")  # fmt: skip
        yield SimpleNamespace(real=kubernetes, kubelet=kubelet, api=kubernetes.api)
        kubernetes.alive()


@pytest.fixture(scope="session")
def trainer(cluster, certificate):
    """The cluster with Kubeflow Trainer's and JobSet's controllers and webhooks."""
    return extended(cluster, certificate, *TRAINER)


def extended(cluster, certificate, *controllers):
    """Start controllers; skip where they are not built."""
    missing = [each.program for each in controllers if not (TOOLS / each.program).is_file()]
    if missing:
        pytest.skip(f"{missing} not installed: {HOW}")
    start(cluster.real, certificate, *controllers)
    return cluster

"""Kubeflow Pipelines for the tests of this folder; without it they are skipped."""

from pathlib import Path

import pytest
import yaml

from tests.cluster.conftest import TOOLS
from tests.cluster.kfp.server import FOLDER, Servers, hook, install
from tests.cluster.ports import free_port
from tests.cluster.real_kubernetes import RealKubernetes

BASE = Path(__file__).parents[3] / "manifests" / "base"
PATHS = {
    "ServiceAccount": "/api/v1/namespaces/flan/serviceaccounts",
    "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/flan/roles",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/flan/rolebindings",
    "LimitRange": "/api/v1/namespaces/flan/limitranges",
}


@pytest.fixture(scope="session")
def servers(tmp_path_factory, minio, certificate):
    """Kubernetes with our namespace and accounts, and MariaDB; ``serve`` adds API servers."""
    if not (FOLDER / "apiserver").is_file():
        pytest.skip("Kubeflow Pipelines is not in build/tools/kfp: see tests/cluster/kfp/server.py")
    if not (TOOLS / "kube-apiserver").is_file():
        pytest.skip("kube-apiserver is not installed: run `make servers` (needs Go)")
    folder = tmp_path_factory.mktemp("kubernetes")
    with RealKubernetes(folder, free_port) as real:
        install(real.api)
        make_namespace(real.api)
        with Servers(tmp_path_factory.mktemp("kfp"), real, minio) as running:
            yield running


def make_namespace(api):
    """Make namespace ``flan`` with its accounts and bounds, as ``kubectl apply -k`` does."""
    api.post("/api/v1/namespaces", yaml.safe_load((BASE / "namespace.yaml").read_text()))
    texts = [(BASE / name).read_text() for name in ("accounts.yaml", "bounds.yaml")]
    for document in yaml.safe_load_all("---\n".join(texts)):
        if document["kind"] in PATHS:  # a quota needs a controller that counts
            api.post(PATHS[document["kind"]], document)


@pytest.fixture(scope="session")
def kubeflow(servers):
    """The address of an API server as in a lone installation: one user, pipelines in a database."""
    return servers.serve("mlpipeline")


@pytest.fixture(scope="session")
def shared(servers, certificate):
    """The address of one as in Kubeflow: many users, pipelines in Kubernetes."""
    port = free_port()
    keys = f"{certificate}/public.crt", f"{certificate}/private.key"
    address = servers.serve(
        "shared",
        "--pipelinesStoreKubernetes",
        f"--webhookPortFlag=127.0.0.1:{port}",
        f"--webhookTLSCertPath={keys[0]}",
        f"--webhookTLSKeyPath={keys[1]}",
        MULTIUSER="true",
        namespace="kubeflow",
    )
    hook(servers.real.api, port, certificate)
    return address

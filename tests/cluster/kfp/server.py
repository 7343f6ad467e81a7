"""Kubeflow Pipelines' own API server, with what stands behind it, as processes of this machine.

    flan submit ──▶ API server ──┬──▶ MariaDB       experiments, runs, schedules
    flan schedule                ├──▶ MinIO
                                 └──▶ Kubernetes    Workflow, ScheduledWorkflow; Pipeline

Go cannot install it, because its go.mod puts folders of its own in place of modules. Whoever has
the program of a release puts it and the CRDs that the release comes with in ``build/tools/kfp``:
apiserver, crds/*.yaml, and Argo's workflow-controller (argo.py).
"""

import json
import os
import subprocess
import time
import urllib.request
from base64 import b64encode
from pathlib import Path
from urllib.error import HTTPError

import yaml

from tests.cluster.conftest import TOOLS, find
from tests.cluster.ports import free_port

FOLDER = TOOLS / "kfp"
CRDS = (
    "workflows.argoproj.io",
    "scheduledworkflows.kubeflow.org",
    "pipelines.pipelines.kubeflow.org",
    "pipelineversions.pipelines.kubeflow.org",
)
DEBIAN = "apt-get install mariadb-server"
HOOKS = "/webhooks/{}-pipelineversion"


class Servers:
    """MariaDB, and API servers of Kubeflow Pipelines that share it; a context manager."""

    def __init__(self, folder, real, minio):
        """Keep everything in ``folder``: ``real`` is a RealKubernetes, ``minio`` an address."""
        self.folder, self.real, self.minio = folder, real, minio
        self._started = []

    def __enter__(self):
        self.database = free_port()
        self._make_database()
        (self.folder / ".kube").mkdir()
        admin = (self.real.folder / "admin.kubeconfig").read_text()
        (self.folder / ".kube" / "config").write_text(admin)
        return self

    def __exit__(self, *_):
        for process in reversed(self._started):
            process.kill()
            process.wait()

    def _make_database(self):
        """Start MariaDB; ``root`` needs no password."""
        common = ["--no-defaults", f"--datadir={self.folder / 'database'}"]
        common += ["--user=root"] if os.geteuid() == 0 else []
        install = find("mariadb-install-db", DEBIAN)
        plain = ["--auth-root-authentication-method=normal", "--skip-name-resolve"]
        command = [install, *common, *plain, "--skip-test-db"]
        subprocess.run(command, check=True, capture_output=True)
        listen = ["--bind-address=127.0.0.1", f"--port={self.database}", "--skip-name-resolve"]
        quick = ["--innodb-flush-log-at-trx-commit=0", "--skip-log-bin"]
        self._start(
            find("mariadbd", DEBIAN),
            [*common, *listen, *quick, f"--socket={self.folder / 'socket'}"],
        )

    def _start(self, program, words, **environment):
        name = Path(program).name
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), **environment}
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen([program, *words], stdout=log, stderr=log, env=environment)
        self._started.append(process)
        return process

    def serve(self, name, *flags, namespace="flan", **settings):
        """Start an API server with a database of its own; return its address."""
        http, rpc = free_port(), free_port()
        config = self.folder / name
        config.mkdir()
        (config / "config.json").write_text(json.dumps(self._config(name) | settings))
        words = [
            *(f"--config={config}", f"--httpPortFlag=127.0.0.1:{http}", f"--rpcPortFlag=:{rpc}"),
            *flags,
        ]
        process = self._start(FOLDER / "apiserver", words, POD_NAMESPACE=namespace)
        url = f"http://127.0.0.1:{http}"
        until(lambda: self._answers(f"{url}/apis/v2beta1/experiments", process), url, seconds=60)
        return url

    def _config(self, name):
        host, _, port = self.minio.partition(":")
        keys = {"AccessKey": "tester", "SecretAccessKey": "tester-secret", "BucketName": "flan"}
        database = {"Host": "127.0.0.1", "Port": str(self.database), "User": "root", "DBName": name}
        return {
            "DBDriverName": "mysql",
            "DBConfig": {
                "MySQLConfig": {**database, "GroupConcatMaxLen": "4194304"},
                "ConMaxLifeTime": "120s",
            },
            "ObjectStoreConfig": {"Host": host, "Port": port, "PipelinePath": name, **keys},
            "InitConnectionTimeout": "60s",
            "ML_PIPELINE_VISUALIZATIONSERVER_SERVICE_HOST": "127.0.0.1",
            "ML_PIPELINE_VISUALIZATIONSERVER_SERVICE_PORT": "1",
        }

    def _answers(self, url, process):
        """Tell whether a request reaches the service, which is behind a gateway."""
        assert process.poll() is None, self.log()
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except HTTPError as error:
            return error.code < 500
        except OSError:
            return False
        return True

    def log(self):
        """Return the end of what the API servers wrote."""
        return (self.folder / "apiserver.log").read_text(errors="replace")[-4_000:]


def install(api):
    """Give Kubernetes the CRDs of the release, and wait until it serves them."""
    documents = [
        document
        for path in sorted((FOLDER / "crds").glob("*.yaml"))
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))
        if document
    ]
    missing = set(CRDS) - {each["metadata"]["name"] for each in documents}
    assert not missing, f"{FOLDER / 'crds'} lacks {missing}"
    crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    for document in documents:
        api.post(crds, document)
    for document in documents:
        spec = document["spec"]
        path = f"/apis/{spec['group']}/{spec['versions'][0]['name']}/{spec['names']['plural']}"
        until(lambda path=path: _serves(api, path), path)


def _serves(api, path):
    """Tell whether Kubernetes serves a kind; a new one is neither there nor missing for a while."""
    try:
        return api.get(path, missing=None) is not None
    except OSError:
        return False


def until(true, what, seconds=30):
    """Wait until something is so; return what it is."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.1)
    return found


def hook(api, port, certificate):
    """Have Kubernetes ask the API server's webhook about each PipelineVersion."""
    rule = {
        "apiGroups": ["pipelines.kubeflow.org"],
        "apiVersions": ["v2beta1"],
        "operations": ["CREATE", "UPDATE"],
        "resources": ["pipelineversions"],
    }
    authority = b64encode((Path(certificate) / "public.crt").read_bytes()).decode()
    for verb, kind in (("validate", "Validating"), ("mutate", "Mutating")):
        address = f"https://127.0.0.1:{port}{HOOKS.format(verb)}"
        webhook = {
            "name": f"{verb}.pipelines.kubeflow.org",
            "clientConfig": {"url": address, "caBundle": authority},
            "rules": [rule],
            "admissionReviewVersions": ["v1"],
            "sideEffects": "None",
        }
        body = {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": f"{kind}WebhookConfiguration",
            "metadata": {"name": "pipelineversions"},
            "webhooks": [webhook],
        }
        kinds = f"{kind.lower()}webhookconfigurations"
        api.post(f"/apis/admissionregistration.k8s.io/v1/{kinds}", body)

"""Kubeflow Trainer and JobSet as processes: their controllers, and the webhooks that they serve.

In a cluster the webhooks are reached by a Service; here by the port on this machine.
"""

import base64
import json
import shutil
from dataclasses import dataclass

import yaml

from tests.cluster.crds import SOURCES, module_of
from tests.cluster.ports import free_port

WEBHOOKS = "/apis/admissionregistration.k8s.io/v1"
OFF = {"bindAddress": "0"}
OF_JOBSET = {"key": "jobset.sigs.k8s.io/jobset-name", "operator": "Exists"}
ONLY_JOBSETS = {"objectSelector": {"matchExpressions": [OF_JOBSET]}}
"""Whose pods JobSet's webhook is asked about, as its own kustomization has it."""


@dataclass(frozen=True, kw_only=True)
class Controller:
    """A controller: its program, its own configuration's kind, and its module's webhooks."""

    program: str
    module: str
    webhooks: str
    settings: dict


TRAINER = (
    Controller(
        program="jobset-controller",
        module="sigs.k8s.io/jobset",
        webhooks="config/components/webhook/manifests.yaml",
        settings={
            "apiVersion": "config.jobset.x-k8s.io/v1alpha1",
            "kind": "Configuration",
            "health": {"healthProbeBindAddress": "0"},
            "internalCertManagement": {"enable": False},
            "leaderElection": {"leaderElect": False},
            "metrics": OFF,
        },
    ),
    Controller(
        program="trainer-controller",
        module="github.com/kubeflow/trainer/v2",
        webhooks="manifests/base/webhook/manifests.yaml",
        settings={
            "apiVersion": "config.trainer.kubeflow.org/v1alpha1",
            "kind": "Configuration",
            "certManagement": {"enable": False},
            "health": {"healthProbeBindAddress": "0"},
            "leaderElection": {"leaderElect": False},
            "metrics": {**OFF, "secureServing": False},
        },
    ),
)


def start(real, certificate, *controllers):
    """Start controllers, and let the API server ask them about what is created from now on."""
    for each in controllers:
        folder = real.folder / each.program
        served = folder / "k8s-webhook-server" / "serving-certs"
        served.mkdir(parents=True)
        shutil.copy(certificate / "public.crt", served / "tls.crt")
        shutil.copy(certificate / "private.key", served / "tls.key")
        port = free_port()
        settings = {**each.settings, "webhook": {"port": port, "host": "127.0.0.1"}}
        (folder / "settings.yaml").write_text(json.dumps(settings))
        environment = {
            "HOME": str(folder),
            "KUBECONFIG": str(real.folder / "admin.kubeconfig"),
            "TMPDIR": str(folder),  # where the certificate of webhooks is looked for
        }
        real.start(each.program, environment, config=folder / "settings.yaml")
        real.wait(f"https://127.0.0.1:{port}/", answers=(200, 404))
        for webhook in webhooks(each, port, certificate):
            real.api.post(f"{WEBHOOKS}/{webhook['kind'].lower()}s", webhook)


def webhooks(controller, port, certificate):
    """Return a controller's webhooks with its address on this machine."""
    (source,) = [each for each in SOURCES if each.module.startswith(f"{controller.module}@")]
    authority = base64.b64encode((certificate / "public.crt").read_bytes()).decode()
    for found in yaml.safe_load_all((module_of(source) / controller.webhooks).read_text()):
        found["metadata"]["name"] += f"-{controller.program}"
        for webhook in found["webhooks"]:
            path = webhook["clientConfig"]["service"]["path"]
            url = f"https://127.0.0.1:{port}{path}"
            webhook["clientConfig"] = {"url": url, "caBundle": authority}
            webhook.update(ONLY_JOBSETS if path.endswith("-v1-pod") else {})
        yield found

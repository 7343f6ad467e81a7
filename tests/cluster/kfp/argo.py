"""Argo's workflow controller over a node that runs nothing: each pod ends as a test says.

    Workflow ──▶ controller ──▶ pod, admitted by Kubernetes ──▶ end(pod) ──▶ its outputs, its status

The pods are those that a cluster would start: Pod Security, LimitRange and quota see them. What a
driver works out for a step's pod is worked out here, of what the driver's pod is told. The program
of a release is put beside the API server's: build/tools/kfp/workflow-controller.
"""

import json
import subprocess

import pytest
import yaml

from tests.cluster.kfp.server import FOLDER, until

PODS = "/api/v1/namespaces/flan/pods"
RESULTS = "/apis/argoproj.io/v1alpha1/namespaces/flan/workflowtaskresults"
WORKFLOWS = "/apis/argoproj.io/v1alpha1/namespaces/flan/workflows"
EXECUTOR = {
    "runAsNonRoot": True,
    "runAsUser": 65532,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""What Kubeflow Pipelines tells Argo about its own containers, in its releases since 2.16."""
QUICK = {"LEADER_ELECTION_DISABLE": "true", "DEFAULT_REQUEUE_TIME": "100ms"}
RETRY_ERRORS = {"templateDefaults": {"retryStrategy": {"limit": "2", "retryPolicy": "OnError"}}}
"""What it tells Argo since 2.17: try again where a pod was lost, not where it failed."""


class Argo:
    """The controller; a context manager."""

    def __init__(self, servers, defaults):
        """Watch namespace ``flan``; ``defaults`` go into the spec of every workflow."""
        self.servers, self.api = servers, servers.real.api
        config = {"executor": yaml.safe_dump({"securityContext": EXECUTOR})}
        config["metricsConfig"] = yaml.safe_dump({"enabled": False})
        config["workflowDefaults"] = yaml.safe_dump({"spec": defaults})
        self.config = {"metadata": {"name": "workflow-controller-configmap"}, "data": config}

    def __enter__(self):
        program = FOLDER / "workflow-controller"
        if not program.is_file():
            pytest.skip(f"Argo's controller is not at {program}: see {__name__}")
        self.api.post("/api/v1/namespaces/default/configmaps", self.config)
        words = ["--namespaced", "--managed-namespace=flan", "--executor-image=argoexec:test"]
        config = f"--kubeconfig={self.servers.real.folder / 'admin.kubeconfig'}"
        with (self.servers.folder / "argo.log").open("wb") as log:
            self.process = subprocess.Popen(
                [program, config, *words],
                env={**QUICK, "HOME": str(self.servers.folder)},
                stdout=log,
                stderr=log,
            )
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.api.delete("/api/v1/namespaces/default/configmaps/workflow-controller-configmap")

    def play(self, workflow, end, seconds=150):
        """End the pods of a workflow one by one until it is over; return it and the pods."""
        seen = {}

        def over():
            assert self.process.poll() is None, self.log()
            for pod in self.api.get(f"{PODS}?fieldSelector=status.phase=Pending")["items"]:
                name = pod["metadata"]["name"]
                if workflow not in pod["metadata"]["labels"]["workflows.argoproj.io/workflow"]:
                    continue
                if name not in seen:
                    seen[name] = pod
                    self._end(pod, *end(pod))
            found = self.api.get(f"{WORKFLOWS}/{workflow}")
            return (
                found
                if found.get("status", {}).get("phase") in {"Succeeded", "Failed", "Error"}
                else None
            )

        return until(over, f"{workflow} is over", seconds), list(seen.values())

    def _end(self, pod, code, outputs):
        """Say that a pod ended with an exit code and these outputs, as its executor and kubelet."""
        labels = {
            "workflows.argoproj.io/workflow": pod["metadata"]["labels"][
                "workflows.argoproj.io/workflow"
            ],
            "workflows.argoproj.io/report-outputs-completed": "true",
        }
        parameters = [{"name": name, "value": value} for name, value in outputs.items()]
        result = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "WorkflowTaskResult",
            "metadata": {"name": node(pod, "id"), "labels": labels},
            "outputs": {"parameters": parameters, "exitCode": str(code)},
        }
        self.api.post(RESULTS, result)
        ended = {"exitCode": code, "startedAt": None, "finishedAt": None}
        containers = [
            {"name": each["name"], "ready": False, "restartCount": 0, "image": "", "imageID": "",
             "state": {"terminated": ended if each["name"] == "main" else {**ended, "exitCode": 0}}}
            for each in pod["spec"]["containers"]
        ]  # fmt: skip
        status = {"phase": "Failed" if code else "Succeeded", "containerStatuses": containers}
        self.api.patch(f"{PODS}/{pod['metadata']['name']}/status", {"status": status})

    def log(self):
        return (self.servers.folder / "argo.log").read_text(errors="replace")[-4_000:]


def node(pod, what):
    """Return the id or the name of a pod's node of the graph."""
    return pod["metadata"]["annotations"][f"workflows.argoproj.io/node-{what}"]


def is_driver(pod):
    main = next(each for each in pod["spec"]["containers"] if each["name"] == "main")
    return "kfp-driver" in main["image"]


def driven(pod, items):
    """Return what a driver gives out: the id of an execution, a step's pod, a loop's length."""
    main = next(each for each in pod["spec"]["containers"] if each["name"] == "main")
    words = main["args"]
    told = {
        word: words[index + 1] for index, word in enumerate(words[:-1]) if word.startswith("--")
    }
    outputs = {"execution-id": "1", "iteration-count": str(items), "condition": "true"}
    if told["--type"] != "CONTAINER":
        return outputs
    container, extra = json.loads(told["--container"]), json.loads(told["--kubernetes_config"])
    resources = container["resources"]
    limits = {"cpu": resources["resourceCpuLimit"], "memory": resources["resourceMemoryLimit"]}
    context = {**extra["securityContext"], "runAsUser": int(extra["securityContext"]["runAsUser"])}
    main = {
        "name": "main",
        "image": container["image"],
        "command": ["launch"],
        "resources": {"limits": limits},
        "securityContext": context,
    }
    patch = {"containers": [main], "activeDeadlineSeconds": int(extra["activeDeadlineSeconds"])}
    return {**outputs, "cached-decision": "false", "pod-spec-patch": json.dumps(patch)}

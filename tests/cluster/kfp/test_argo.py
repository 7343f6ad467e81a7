"""Our pipelines as Argo's controller runs them: which pods it starts, and which it starts again."""

from collections import Counter

import pytest
import yaml

from pipelines.compiling import FOLDER
from pipelines.kubeflow import connect
from pipelines.resources import USER
from pipelines.schedule import Schedule, submit
from tests.cluster.kfp.argo import RETRY_ERRORS, WORKFLOWS, Argo, driven, is_driver, node

pytestmark = [
    pytest.mark.server,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
HELD_OUT = ["nli", "sentiment"]


@pytest.fixture(scope="module")
def run(servers, kubeflow):
    """Start a run of the main job with two clusters held out; return its workflow's name."""
    client = connect(kubeflow)
    client.upload_pipeline(str(FOLDER / "flan.yaml"), "argo")
    wanted = Schedule(
        name="argo",
        pipeline="argo",
        version="argo",
        cron="",
        parameters={"held_out": HELD_OUT},
        service_account="flan-step",
    )

    def start():
        started = submit(client, wanted, "argo")
        (made,) = servers.real.api.get(f"{WORKFLOWS}?labelSelector=pipeline/runid={started}")[
            "items"
        ]
        for template in made["spec"]["templates"]:
            for task in template.get("dag", {}).get("tasks", []):
                hurry(task.get("arguments", {}).get("parameters", []))
        path = f"{WORKFLOWS}/{made['metadata']['name']}"
        return servers.real.api.request("PUT", path, made)["metadata"]["name"]

    return start


def hurry(parameters):
    """Have Argo wait a second before it tries again, not half a minute."""
    for each in parameters:
        if each["name"] == "retry-backoff-duration" and each["value"] == "30":
            each["value"] = "1"


def test_every_pod_of_a_run_is_admitted_and_the_run_comes_to_its_end(servers, run):
    with Argo(servers, {}) as argo:
        done, pods = argo.play(run(), lambda pod: (0, outputs(pod)))
    assert done["status"]["phase"] == "Succeeded", done["status"].get("message")
    steps = [pod for pod in pods if not is_driver(pod)]
    ir = next(yaml.safe_load_all((FOLDER / "flan.yaml").read_text()))
    names = {label.removeprefix("exec-"): 1 for label in ir["deploymentSpec"]["executors"]}
    assert Counter(step_of(pod) for pod in steps) == {**names, "evaluate": len(HELD_OUT)}
    for pod in steps:
        spec = pod["spec"]
        (main,) = (each for each in spec["containers"] if each["name"] == "main")
        assert main["image"].startswith("ghcr.io/flan-on-kubeflow/")
        assert main["securityContext"]["runAsUser"] == USER
        assert main["resources"]["limits"].keys() == {"cpu", "memory", "ephemeral-storage"}
        assert spec["activeDeadlineSeconds"] >= 6 * 3600
        assert spec["serviceAccountName"] == "flan-step"


def step_of(pod):
    """Return the step of a pod: its node is called flan-x.root.fetch.executor(0), or fetch(0)."""
    return node(pod, "name").rpartition(".executor")[0].rpartition(".")[2].partition("(")[0]


def outputs(pod):
    return driven(pod, len(HELD_OUT)) if is_driver(pod) else {}


def failing(code):
    """End the first step with an exit code."""
    return lambda pod: (0, outputs(pod)) if is_driver(pod) else (code, {})


@pytest.mark.parametrize(("defaults", "attempts"), [({}, 3), (RETRY_ERRORS, 1)])
def test_a_failed_step_is_tried_again_where_argo_is_told_so(servers, run, defaults, attempts):
    with Argo(servers, defaults) as argo:
        done, pods = argo.play(run(), failing(1))
    assert done["status"]["phase"] == "Failed"
    assert [step_of(pod) for pod in pods if not is_driver(pod)] == ["fetch"] * attempts

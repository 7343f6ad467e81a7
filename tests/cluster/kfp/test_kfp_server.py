"""Our pipelines, runs and schedules in Kubeflow Pipelines' own API server.

No pod runs: what is looked at is what the server makes of a request, a Workflow or a
ScheduledWorkflow in a real Kubernetes.
"""

import json
import sys
from functools import cache
from types import SimpleNamespace

import pytest
import yaml

from pipelines.cli import main
from pipelines.compiling import FOLDER, PIPELINES
from pipelines.kubeflow import connect
from pipelines.resources import USER

pytestmark = [
    pytest.mark.server,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount"  # a path
WORKFLOWS = "/apis/argoproj.io/v1alpha1/namespaces/flan/workflows"
SCHEDULED = "/apis/kubeflow.org/v1beta1/namespaces/flan/scheduledworkflows"
VERSIONS = "/apis/pipelines.kubeflow.org/v2beta1/namespaces/flan/pipelineversions"


@cache
def manifests(name):
    """The Pipeline and the PipelineVersion that kubectl applies."""
    return list(yaml.safe_load_all((FOLDER / "kubernetes" / f"{name}.yaml").read_text()))


def version_of(name):
    return manifests(name)[1]["metadata"]["name"]


@pytest.fixture
def flan(tmp_path, monkeypatch, capsys):
    """The command line: call it with words; its code and what it said."""
    monkeypatch.setenv("HOME", str(tmp_path))

    def call(*words, **environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["flan", *words])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return SimpleNamespace(code=end.value.code or 0, out=said.out, err=said.err)

    return call


@pytest.fixture(scope="module")
def uploaded(kubeflow, tmp_path_factory):
    """The address of a server to which every compiled pipeline was uploaded, as in the UI."""
    client = connect(kubeflow)
    for name in PIPELINES:
        file = str(FOLDER / f"{name}.yaml")
        client.upload_pipeline(file, name)
        client.upload_pipeline_version(file, version_of(name), pipeline_name=name)
    return kubeflow


@pytest.mark.parametrize("name", PIPELINES)
def test_every_pipeline_becomes_a_workflow_of_pods_that_kubernetes_admits(
    name, uploaded, servers, flan
):
    done = flan(
        "submit", name, version_of(name), f"--host={uploaded}", "--service-account=flan-step"
    )
    assert (done.code, done.err) == (0, "")
    workflow = of_run(servers.real.api, done.out.split()[-1])
    assert workflow["spec"]["serviceAccountName"] == "flan-step"
    ir, platform = yaml.safe_load_all((FOLDER / f"{name}.yaml").read_text())
    steps = set(platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"])
    seen = dict(steps_of(workflow))
    assert seen.keys() == steps
    for label, (container, extra) in seen.items():
        wanted = ir["deploymentSpec"]["executors"][label]["container"]
        assert container["image"] == wanted["image"]
        for limit in ("resourceCpuLimit", "resourceMemoryLimit"):
            assert container["resources"][limit] == wanted["resources"][limit] != ""
        assert extra["securityContext"] == {"runAsNonRoot": True, "runAsUser": str(USER)}
        assert int(extra["activeDeadlineSeconds"]) > 0
    for spec in pods_of(workflow):
        pod = {"metadata": {"generateName": "flan-"}, "spec": spec}
        admitted = servers.real.api.post("/api/v1/namespaces/flan/pods?dryRun=All", pod)["spec"]
        for container in admitted["containers"]:
            assert TOKEN in [mount["mountPath"] for mount in container["volumeMounts"]]


def of_run(api, run):
    (found,) = api.get(f"{WORKFLOWS}?labelSelector=pipeline/runid={run}")["items"]
    return found


def steps_of(workflow):
    """Yield each step's name with its container and what Kubernetes is to add to its pod."""
    given = {each["name"]: each["value"] for each in workflow["spec"]["arguments"]["parameters"]}
    components = {
        name.partition("-")[2]: json.loads(value)
        for name, value in given.items()
        if name.startswith("components-")
    }
    for digest, component in components.items():
        if "executorLabel" not in component:
            continue
        label = component["executorLabel"]
        extra = given[f"kubernetes-comp-{label.removeprefix('exec-')}"]
        yield label, (json.loads(given[f"implementations-{digest}"]), json.loads(extra))


def pods_of(workflow):
    """Yield the spec of each kind of pod of a workflow, a step's with what place() sets."""
    for template in workflow["spec"]["templates"]:
        if "container" not in template:
            continue
        container = {**template["container"], "name": template["name"]}
        if "podSpecPatch" in template:
            ours = {"runAsNonRoot": True, "runAsUser": USER}
            container["securityContext"] = {**container["securityContext"], **ours}
        yield {
            "serviceAccountName": workflow["spec"]["serviceAccountName"],
            "securityContext": template.get("securityContext", {}),
            "containers": [container],
            "initContainers": template.get("initContainers", []),
            "volumes": template.get("volumes", []),
        }


def test_a_run_gets_the_parameters_and_a_failed_step_is_tried_again_whenever_it_fails(
    uploaded, servers, flan
):
    settings = ["--set", 'held_out=["sentiment"]', "--set", "train.learning_rate=1e-4"]
    version = version_of("flan")
    done = flan("submit", "flan", version, *settings, "--title=by hand", f"--host={uploaded}")
    assert done.code == 0, done.err
    run = connect(uploaded).get_run(done.out.split()[-1])
    assert run.display_name == "by hand"
    assert run.runtime_config.parameters == {
        "held_out": ["sentiment"],
        "train": {"learning_rate": 0.0001},
    }
    root = next(
        each
        for each in of_run(servers.real.api, run.run_id)["spec"]["templates"]
        if each["name"] == "root"
    )
    (train,) = (task for task in root["dag"]["tasks"] if task["name"] == "train")
    given = {each["name"]: each.get("value") for each in train["arguments"]["parameters"]}
    platform = manifests("flan")[1]["spec"]["platformSpec"]["platforms"]["kubernetes"]
    deadline = platform["deploymentSpec"]["executors"]["exec-train"]["activeDeadlineSeconds"]
    # Argo counts from the first start: a shorter time would mean no retry for a long step.
    assert int(given["retry-backoff-max-duration"]) >= 3 * int(deadline)
    assert given["retry-max-count"] == "2"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--set", "sead=1"], "(400): parameter(s) provided are not required by pipeline: sead"),
        (["--set", "seed=abc"], "(400): input parameter seed requires type double or integer"),
        (
            ["--set", "train.lerning_rate=1"],
            "unknown setting of train 'lerning_rate'; did you mean",
        ),
        (["--set", 'held_out=["nil"]'], "unknown cluster 'nil'; did you mean nli?"),
    ],
)
def test_a_wrong_parameter_is_one_line_and_starts_nothing(words, message, uploaded, flan, servers):
    before = len(servers.real.api.get(WORKFLOWS)["items"])
    done = flan("submit", "flan", version_of("flan"), *words, f"--host={uploaded}")
    assert done.code == 93
    assert message in done.err
    assert done.err.count("\n") == 1
    assert len(servers.real.api.get(WORKFLOWS)["items"]) == before


def schedules_file(tmp_path, cron="0 0 3 * * 0", **more):
    schedule = {
        "name": "flan-weekly",
        "pipeline": "flan",
        "version": version_of("flan"),
        "cron": cron,
        "parameters": {"held_out": ["nli"], "seed": 7, "train": {"learning_rate": 0.001}},
        "service_account": "flan-step",
        **more,
    }
    path = tmp_path / "schedules.yaml"
    path.write_text(yaml.safe_dump({"schedules": [schedule]}))
    return path


def scheduled(servers):
    return [each["spec"] for each in servers.real.api.get(SCHEDULED)["items"]]


def test_a_schedule_is_kept_as_its_file_says(uploaded, servers, flan, tmp_path):
    def call(*words):
        done = flan("schedule", *words, f"--host={uploaded}")
        assert (done.code, done.err) == (0, "")
        return done.out

    file = f"--file={schedules_file(tmp_path)}"
    assert call("apply", file) == "flan-weekly: created\n"
    assert call("apply", file) == "flan-weekly: unchanged\n"
    (made,) = scheduled(servers)
    assert made["trigger"] == {"cronSchedule": {"cron": "0 0 3 * * 0"}}
    assert (made["enabled"], made["maxConcurrency"], made["noCatchup"]) == (True, 1, True)
    assert (made["pipelineName"], made["serviceAccount"]) == (version_of("flan"), "flan-step")
    given = {each["name"]: each["value"] for each in made["workflow"]["parameters"]}
    assert given == {"held_out": '["nli"]', "seed": "7", "train": '{"learning_rate":0.001}'}
    schedules_file(tmp_path, cron="0 30 4 * * 1-5")
    assert call("apply", file) == "flan-weekly: replaced\n"
    assert [each["trigger"] for each in scheduled(servers)] == [
        {"cronSchedule": {"cron": "0 30 4 * * 1-5"}}
    ]
    assert call("pause", "flan-weekly") == "flan-weekly: paused\n"
    assert [each["enabled"] for each in scheduled(servers)] == [False]
    assert call("list").split()[-2:] == [version_of("flan"), "disabled"]
    assert call("apply", file) == "flan-weekly: enabled\n"
    assert call("delete", "flan-weekly") == "flan-weekly: deleted\n"
    assert scheduled(servers) == []


def test_a_schedule_of_a_version_that_is_not_there_is_refused(uploaded, flan, tmp_path, servers):
    file = schedules_file(tmp_path, version="flan-0123456789ab")
    done = flan("schedule", "apply", f"--file={file}", f"--host={uploaded}")
    assert done.code == 93
    assert "unknown version of flan 'flan-0123456789ab'" in done.err
    assert scheduled(servers) == []


@pytest.fixture(scope="module")
def at_kubernetes(shared, servers):
    """A server of many users, with our pipelines applied to Kubernetes."""
    for name in PIPELINES:
        pipeline, version = manifests(name)
        servers.real.api.post(VERSIONS.replace("versions", "s"), pipeline)
        servers.real.api.post(VERSIONS, version)
    return shared


@pytest.mark.parametrize("name", PIPELINES)
def test_what_kubectl_applies_is_kept_whole(name, at_kubernetes, servers):
    wanted = manifests(name)[1]
    kept = servers.real.api.get(f"{VERSIONS}/{wanted['metadata']['name']}")
    assert kept["spec"] == wanted["spec"]
    assert kept["metadata"]["ownerReferences"][0]["name"] == name


def test_a_version_cannot_be_changed(at_kubernetes, servers):
    change = {"spec": {"pipelineSpec": {"root": {"dag": {"tasks": {"train": None}}}}}}
    with pytest.raises(OSError, match="Pipeline spec is immutable"):
        servers.real.api.patch(f"{VERSIONS}/{version_of('flan')}", change)


@pytest.fixture
def token(servers, tmp_path):
    """A token of an account of ours that Kubeflow Pipelines takes, as the SDK finds it."""

    def write(account):
        path = f"/api/v1/namespaces/flan/serviceaccounts/{account}/token"
        body = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"audiences": ["pipelines.kubeflow.org"]},
        }
        file = tmp_path / account
        file.write_text(servers.real.api.post(path, body)["status"]["token"])
        return {"KF_PIPELINES_SA_TOKEN_PATH": str(file)}

    return write


def test_the_account_that_may_submit_can_and_another_cannot(at_kubernetes, servers, flan, token):
    words = ["submit", "flan", version_of("flan"), "--namespace=flan", f"--host={at_kubernetes}"]
    done = flan(*words, "--service-account=flan-step", **token("flan-submit"))
    assert done.code == 0, done.err
    workflow = of_run(servers.real.api, done.out.split()[-1])
    assert workflow["spec"]["serviceAccountName"] == "flan-step"
    done = flan(*words, **token("flan-gc"))
    assert done.code == 93
    assert "does not allow it" in done.err
    assert done.err.count("\n") == 1


def test_the_account_that_keeps_schedules_can(at_kubernetes, servers, flan, token, tmp_path):
    file = f"--file={schedules_file(tmp_path)}"
    common = ["--namespace=flan", f"--host={at_kubernetes}"]
    may = token("flan-schedule")
    said = []
    for words in (["apply", file], ["apply", file], ["pause", "flan-weekly"], ["apply", file]):
        done = flan("schedule", *words, *common, **may)
        assert done.code == 0, done.err
        said.append(done.out.split()[-1])
    assert said == ["created", "unchanged", "paused", "enabled"]
    done = flan("schedule", "delete", "flan-weekly", *common, **may)
    assert (done.code, scheduled(servers)) == (0, [])

"""Every overlay as a cluster would get it: valid, bounded, unprivileged, without a secret."""

import json
import re
import shutil
import subprocess
import warnings
from pathlib import Path

import pytest
import yaml

from flan_core.launch import LaunchEvaluate, LaunchTrain, manifest
from flan_core.launch.pods import CONTAINER
from tests.cluster.restricted import pod_specs, violations
from tests.cluster.schemas import SCHEMAS, complaints

ROOT = Path(__file__).parents[2]
MANIFESTS = ROOT / "manifests"
OVERLAYS = sorted(path.name for path in (MANIFESTS / "overlays").iterdir())
VERSIONS = ("1.33", "1.37")
TRAINER = {"TrainJob", "TrainingRuntime"}
"""Kinds that Kubeflow's own models check (test_trainer.py)."""

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import kubernetes_validate


@pytest.fixture(scope="session")
def rendered():
    """The objects of each overlay."""
    if not shutil.which("kubectl"):
        pytest.skip("kubectl is not installed: its kustomize renders the overlays")

    def render(name):
        command = ["kubectl", "kustomize", str(MANIFESTS / "overlays" / name)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        return list(yaml.load_all(done.stdout, Loader=yaml.CSafeLoader))

    return {name: render(name) for name in OVERLAYS}


def launched():
    """What launching creates: every scheduler, one node and several, plain and queued."""
    for scheduler in ("kubernetes_job", "trainjob", "kubernetes"):
        for nodes, more in ((1, {}), (2, {"queue": "flan", "priority": "flan-retrain", "gpus": 8})):
            where = {"scheduler": scheduler, "nodes": nodes, "image": "train:1", **more}
            where |= {"volume": "state", "node_selector": {"a": "b"}} if nodes > 1 else {}
            files = {"packs": "s3://flan/packs", "checkpoint": "s3://flan/checkpoint"}
            train = LaunchTrain.of({"train": {"metrics_port": 9400}, "launch": where})
            yield from yaml.safe_load_all(manifest(train, "train", files))
            files |= {"prompts": "s3://flan/prompts", "scores": "s3://flan/scores"}
            evaluate = LaunchEvaluate.of({"launch": where})
            yield from yaml.safe_load_all(manifest(evaluate, "evaluate", files))


@pytest.fixture(scope="session")
def everything(rendered):
    """Every object that we may put into a cluster, once."""
    found = [*(each for objects in rendered.values() for each in objects), *launched()]
    return list({json.dumps(each, sort_keys=True): each for each in found}.values())


@pytest.fixture(scope="session")
def pods(everything):
    """Every pod that may come to be: whose it is, and its spec."""
    found = [(title(each), spec) for each in everything for spec in pod_specs(each)]
    assert len(found) >= 16
    return found


def title(found):
    return f"{found['kind']}/{found['metadata']['name']}"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_has_what_a_team_needs(rendered, overlay):
    kinds = {found["kind"] for found in rendered[overlay]}
    assert kinds >= {
        "CronJob", "LimitRange", "Namespace", "NetworkPolicy", "Pipeline", "PipelineVersion",
        "PodDisruptionBudget", "ResourceQuota", "Role", "RoleBinding", "ServiceAccount",
        "StatefulSet",
    }  # fmt: skip
    spaces = {found["metadata"].get("namespace", "") for found in rendered[overlay]}
    assert spaces <= {"flan", ""}


@pytest.mark.parametrize("version", VERSIONS)
def test_what_kubernetes_knows_is_valid_and_has_no_unknown_field(everything, version):
    checked = 0
    for found in everything:
        if found["kind"] in TRAINER or own(found):
            continue
        kubernetes_validate.validate(found, version, strict=True)
        checked += 1
    assert checked >= 70


def test_a_typo_would_be_noticed():
    job = next(each for each in launched() if each["kind"] == "Job")
    job["spec"]["template"]["spec"]["containerz"] = []
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(job, VERSIONS[0], strict=True)


def test_custom_resources_fit_their_schemas_and_have_no_unknown_field(everything):
    custom = [each for each in everything if own(each)]
    assert {each["kind"] for each in custom} == SCHEMAS.keys()
    assert {title(each): complaints(each) for each in custom if complaints(each)} == {}


def own(found):
    """Tell a custom resource from a kind of Kubernetes' own of the same name (Volcano's Job)."""
    schema = SCHEMAS.get(found["kind"])
    return bool(schema) and schema["properties"]["apiVersion"]["const"] == found["apiVersion"]


def test_a_typo_in_a_custom_resource_would_be_noticed():
    queue = {
        "apiVersion": "kueue.x-k8s.io/v1beta2",
        "kind": "LocalQueue",
        "metadata": {"name": "flan"},
        "spec": {"clusterQueu": "flan"},
    }
    assert complaints(queue) == [
        "spec: 'clusterQueue' is a required property",
        "spec: Additional properties are not allowed ('clusterQueu' was unexpected)",
    ]


def test_every_pod_is_admitted_by_pod_security_restricted(pods):
    assert [(name, violations(spec)) for name, spec in pods if violations(spec)] == []


def test_every_container_is_bounded_and_writes_only_to_its_volumes(pods):
    for name, spec in pods:
        (container,) = spec["containers"]
        assert container["securityContext"]["readOnlyRootFilesystem"] is True, name
        limits = container["resources"]["limits"].keys()
        assert limits >= {"cpu", "memory", "ephemeral-storage"}, name
        assert "serviceAccountName" in spec, name


def test_only_pods_that_call_the_api_have_a_token(pods):
    with_token = {name for name, spec in pods if spec["automountServiceAccountToken"]}
    assert with_token == {"CronJob/flan-gc", "Job/flan-keys"}


def test_no_secret_stands_in_the_manifests(everything):
    assert [title(each) for each in everything if each["kind"] == "Secret"] == []
    suspicious = re.compile(r"(?i)(password|secret_?key|token)\W*[:=]\W*[a-z0-9+/_-]{8}")
    for path in sorted(MANIFESTS.rglob("*.yaml")):
        for line in path.read_text().splitlines():
            assert not suspicious.search(line), f"{path}: {line}"


def test_images_have_an_exact_tag_or_a_digest(pods):
    images = {each["image"] for _, spec in pods for each in spec["containers"]} - {"train:1"}
    assert len(images) >= 4
    exact = re.compile(r":v?\d+\.\d+\.\d+$|:RELEASE\.[0-9TZ-]+$|@sha256:\w{64}$")
    assert [image for image in sorted(images) if not exact.search(image)] == []


def test_roles_name_their_verbs_and_resources(everything):
    roles = [each for each in everything if each["kind"] == "Role"]
    assert len(roles) >= 8
    for each in roles:
        assert "*" not in json.dumps(each["rules"]), title(each)
        assert "pods/exec" not in json.dumps(each["rules"]), title(each)
    assert not [each for each in everything if each["kind"].startswith("ClusterRole")]


def test_everything_in_the_namespace_is_denied_the_network_unless_allowed(rendered):
    for objects in rendered.values():
        deny = next(each for each in objects if title(each) == "NetworkPolicy/deny")
        assert deny["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
        hub = [each for each in objects if title(each) == "NetworkPolicy/hub"]
        for each in hub:
            assert "169.254.0.0/16" in each["spec"]["egress"][0]["to"][0]["ipBlock"]["except"]
    assert "NetworkPolicy/hub" not in {title(each) for each in rendered["airgap"]}


def test_a_launched_job_brings_the_network_of_its_own_pods():
    policies = [each for each in launched() if each["kind"] == "NetworkPolicy"]
    assert len(policies) == 12
    for each in policies:
        (name,) = each["spec"]["podSelector"]["matchLabels"].values()
        assert each["metadata"]["name"].startswith(name)
        assert each["spec"]["ingress"] == [{"from": [{"podSelector": each["spec"]["podSelector"]}]}]


def test_the_runtime_and_the_launcher_speak_of_the_same_container(rendered):
    (runtime,) = [each for each in rendered["gpu"] if each["kind"] == "TrainingRuntime"]
    (spec,) = pod_specs(runtime)
    (container,) = spec["containers"]
    job = next(each for each in launched() if each["apiVersion"] == "batch/v1")
    (theirs,) = job["spec"]["template"]["spec"]["containers"]
    assert container["name"] == theirs["name"] == CONTAINER
    assert container["volumeMounts"] == theirs["volumeMounts"]
    assert container["securityContext"] == theirs["securityContext"]
    assert container["env"] == [each for each in theirs["env"] if each["name"] != "FLAN_RANK0"]
    assert spec["terminationGracePeriodSeconds"] == 180

"""Our manifests on a real API server: applied, admitted, bounded; each account as its Role says."""

import re

import pytest
import yaml

from tests.cluster.installed import MANIFESTS, OVERLAYS, wait_until
from tests.cluster.restricted import pod_specs
from tests.cluster.test_manifests import launched

pytestmark = pytest.mark.server
PODS, SECRETS = "/api/v1/namespaces/flan/pods", "/api/v1/namespaces/flan/secrets"
PATHS = {
    "batch/v1": "apis/batch/v1",
    "v1": "api/v1",
    "networking.k8s.io/v1": "apis/networking.k8s.io/v1",
    "trainer.kubeflow.org/v1alpha1": "apis/trainer.kubeflow.org/v1alpha1",
    "batch.volcano.sh/v1alpha1": "apis/batch.volcano.sh/v1alpha1",
}
PLURALS = {
    "Job": "jobs", "NetworkPolicy": "networkpolicies", "Service": "services",
    "TrainJob": "trainjobs",
}  # fmt: skip


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_is_applied_and_applied_again_it_changes_nothing(applied, overlay):
    (first, before), (second, after) = applied[overlay]
    assert (first.returncode, first.stderr) == (0, "")
    assert (second.returncode, second.stderr) == (0, "")
    assert after == before
    assert len(after) >= 40


def refusal(api, spec):
    """Return why a pod is not admitted; empty when it is."""
    pod = {"metadata": {"generateName": "pod-"}, "spec": spec}
    try:
        api.post(f"{PODS}?dryRun=All&fieldValidation=Strict", pod)
    except OSError as error:
        return str(error)
    return ""


def test_pod_security_and_quotas_admit_every_pod_of_ours(cluster):
    rendered = cluster.real.kubectl("kustomize", str(MANIFESTS / "overlays" / "gpu")).stdout
    everything = [*yaml.load_all(rendered, Loader=yaml.CSafeLoader), *launched()]
    specs = [(each["kind"], spec) for each in everything for spec in pod_specs(each)]
    assert len(specs) >= 16
    spec = specs[0][1]
    for kind, spec in specs:
        spec.setdefault("restartPolicy", "Never")
        if kind == "StatefulSet":  # its claim becomes a volume of each pod
            claim = {"name": "data", "persistentVolumeClaim": {"claimName": "data-minio-0"}}
            spec["volumes"].append(claim)
        assert refusal(cluster.api, spec) == "", kind
    (container,) = spec["containers"]
    container["securityContext"] = {"privileged": True}
    refused = refusal(cluster.api, spec)
    assert re.search("violates PodSecurity .*restricted:latest.*: privileged", refused)


def test_a_pod_that_says_nothing_gets_bounds_and_one_that_wants_too_much_is_refused(cluster):
    context = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    context |= {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    container = {"name": "main", "image": "absent:1", "securityContext": context}
    body = {"metadata": {"name": "plain"}, "spec": {"containers": [container]}}
    made = cluster.api.post(f"{PODS}?dryRun=All", body)["spec"]["containers"][0]["resources"]
    assert made["limits"] == {"cpu": "1", "memory": "1Gi", "ephemeral-storage": "8Gi"}
    container["resources"] = {"limits": {"nvidia.com/gpu": "25"}}
    words = "exceeded quota: flan, requested: requests.nvidia.com/gpu=25"
    assert words in refusal(cluster.api, body["spec"])


def test_the_setup_goes_when_it_is_done_and_run_again_it_changes_no_key(cluster):
    keys = f"{SECRETS}/flan-s3"
    before = cluster.api.get(keys)["metadata"]["resourceVersion"]
    setup = str(MANIFESTS / "components" / "minio" / "setup.yaml")
    for job in ("flan-keys", "flan-bucket"):
        path = f"/apis/batch/v1/namespaces/flan/jobs/{job}"
        assert cluster.api.get(path)["spec"]["ttlSecondsAfterFinished"] == 300
        cluster.api.patch(path, {"spec": {"ttlSecondsAfterFinished": 0}})
        wait_until(lambda path=path: cluster.api.get(path, missing=None) is None)
    cluster.real.kubectl("-n", "flan", "apply", "-f", setup)
    done = ("--for=condition=Complete", "--timeout=60s")
    cluster.real.kubectl("-n", "flan", "wait", "job/flan-keys", "job/flan-bucket", *done)
    assert cluster.api.get(keys)["metadata"]["resourceVersion"] == before


def test_what_launching_creates_is_valid_for_the_server_field_by_field(cluster):
    checked = set()
    for each in launched():
        root = f"/{PATHS[each['apiVersion']]}/namespaces/flan/{PLURALS[each['kind']]}"
        cluster.api.post(f"{root}?dryRun=All&fieldValidation=Strict", each)
        checked.add(f"{each['apiVersion']} {each['kind']}")
    assert checked == {
        "batch/v1 Job", "batch.volcano.sh/v1alpha1 Job", "networking.k8s.io/v1 NetworkPolicy",
        "trainer.kubeflow.org/v1alpha1 TrainJob", "v1 Service",
    }  # fmt: skip


ROLES = {
    "flan-submit": ["flan-submit"],
    "flan-schedule": ["flan-schedule"],
    "flan-gc": ["flan-gc"],
    "flan-setup": ["flan-setup"],
    "flan-step": [
        "flan-step", "flan-launch", "flan-launch-kueue", "flan-launch-trainjobs",
        "flan-launch-volcano",
    ],
    "flan-job": [],
}  # fmt: skip
"""The Roles that each account holds when every overlay has been applied."""


def rights(rules):
    """Return what rules allow: (verb, group, resource, name or ``*``)."""
    return {
        (verb, group, resource, name)
        for rule in rules
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for name in rule.get("resourceNames") or ["*"]
    }


def own_rights(cluster, account):
    """Ask the server, with an account's own token, what that account may do."""
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview",
              "spec": {"namespace": "flan"}}  # fmt: skip
    own = cluster.real.cluster(account, "flan")
    path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
    return rights(own._json("POST", path, body=review)["status"]["resourceRules"])


@pytest.mark.parametrize("account", ROLES)
def test_an_account_may_do_what_its_roles_say_and_nothing_else(cluster, account):
    everybody = own_rights(cluster, "default")
    root = "/apis/rbac.authorization.k8s.io/v1/namespaces/flan/roles"
    rules = [cluster.api.get(f"{root}/{name}")["rules"] for name in ROLES[account]]
    wanted = {right for each in rules for right in rights(each)}
    assert own_rights(cluster, account) - everybody == wanted


@pytest.mark.parametrize(
    ("account", "words"),
    [
        ("flan-step", "get secrets"),
        ("flan-step", "get secret flan-minio-root"),
        ("flan-step", "create pods"),
        ("flan-step", "delete pods"),
        ("flan-submit", "create jobs.batch"),
        ("flan-gc", "create jobs.batch"),
        ("flan-gc", "delete pods"),
        ("flan-job", "get pods"),
        ("flan-setup", "get secret flan-s3"),
        ("flan-schedule", "create runs.pipelines.kubeflow.org"),
    ],
)
def test_an_account_is_refused_what_is_not_its_duty(cluster, account, words):
    verb, *what = words.split()
    call = ("create", "--dry-run=server", "-f", "-") if verb == "create" else (verb, *what)
    kind = {"pods": ("v1", "Pod"), "jobs.batch": ("batch/v1", "Job")}.get(what[0])
    if verb == "create" and kind is None:
        answer = cluster.real.kubectl("auth", "can-i", verb, *what, "-n", "flan",
                                      check=False, account=account)  # fmt: skip
        assert answer.stdout == "no\n"
        return
    if verb == "delete":
        call = ("delete", "pod", "nobody")
    text = None
    if kind:
        template = {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a:1"}]}
        spec = template if kind[1] == "Pod" else {"template": {"spec": template}}
        text = yaml.safe_dump({"apiVersion": kind[0], "kind": kind[1],
                               "metadata": {"name": "x"}, "spec": spec})  # fmt: skip
    done = cluster.real.kubectl("-n", "flan", *call, check=False, text=text, account=account)
    assert done.returncode != 0
    assert "is forbidden" in done.stderr or "Forbidden" in done.stderr

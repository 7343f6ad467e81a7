"""Compiled files: current, free of dangling inputs, and safe to run."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.compiling import FOLDER, PIPELINES, compile_all


def test_the_compiled_files_in_git_are_what_the_code_compiles_to(tmp_path: Path):
    written = compile_all(tmp_path)

    stale = [
        path.relative_to(tmp_path).as_posix()
        for path in written
        if path.read_text() != (FOLDER / path.relative_to(tmp_path)).read_text()
    ]
    assert stale == [], "run `make compile`"


def components_of(ir: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "root", ir["root"]
    yield from ir["components"].items()


def inputs_of(component: dict[str, Any]) -> set[str]:
    defined = component.get("inputDefinitions", {})
    return {*defined.get("parameters", {}), *defined.get("artifacts", {})}


@pytest.mark.parametrize("name", PIPELINES)
def test_no_task_takes_an_input_that_its_group_does_not_have(name: str):
    """A loop item inside a condition compiles to one that it has not (kubeflow/pipelines#13273)."""
    ir = next(yaml.safe_load_all((FOLDER / f"{name}.yaml").read_text()))
    dangling = []
    for parent, component in components_of(ir):
        known = inputs_of(component)
        for task, spec in component.get("dag", {}).get("tasks", {}).items():
            given = spec.get("inputs", {})
            every = [*given.get("parameters", {}).values(), *given.get("artifacts", {}).values()]
            wanted = {
                value
                for one in every
                for key, value in one.items()
                if key in ("componentInputParameter", "componentInputArtifact")
            }
            item = spec.get("parameterIterator", {}).get("itemInput", "")
            dangling += [(parent, task, value) for value in wanted - known - {item}]
    assert dangling == []


@pytest.mark.parametrize("name", PIPELINES)
def test_every_pod_runs_as_a_user_without_rights_and_within_limits(name: str):
    ir, platform = yaml.safe_load_all((FOLDER / f"{name}.yaml").read_text())
    executors = ir["deploymentSpec"]["executors"]
    contexts = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]

    assert set(contexts) == set(executors)
    for executor in executors:
        context = contexts[executor]["securityContext"]
        limits = executors[executor]["container"]["resources"]
        assert (context["runAsUser"], context["runAsNonRoot"]) == ("10001", True) or context == {
            "runAsNonRoot": True,
            "runAsUser": 10001,
        }
        assert {"resourceCpuLimit", "resourceMemoryLimit"} <= set(limits)


@pytest.mark.parametrize("name", PIPELINES)
def test_every_pod_is_told_where_the_store_and_the_pushgateway_are(name: str):
    _, platform = yaml.safe_load_all((FOLDER / f"{name}.yaml").read_text())
    pods = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]

    for pod in pods.values():
        told = {
            one["configMapName"]: [each["envVar"] for each in one["keyToEnv"]]
            for one in pod["configMapAsEnv"]
        }
        assert told["flan-s3"] == ["AWS_ENDPOINT_URL", "AWS_REGION"]
        assert told["flan-metrics"] == ["FLAN_PUSHGATEWAY"]


def test_a_version_is_named_by_its_content():
    pipeline, version = yaml.safe_load_all((FOLDER / "kubernetes" / "flan.yaml").read_text())

    assert (pipeline["kind"], version["kind"]) == ("Pipeline", "PipelineVersion")
    assert version["spec"]["pipelineName"] == pipeline["metadata"]["name"] == "flan"
    assert version["metadata"]["name"].startswith("flan-")
    assert len(version["metadata"]["name"]) == len("flan-") + 12


@pytest.mark.parametrize("name", PIPELINES)
def test_a_step_is_tried_again_however_late_it_fails(name: str):
    """Argo counts the longest time of the retries from the first start (KFP's default: an hour)."""
    ir, platform = yaml.safe_load_all((FOLDER / f"{name}.yaml").read_text())
    pods = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    groups = [component.get("dag", {}).get("tasks", {}) for _, component in components_of(ir)]
    labels = {
        task: (ir["components"][spec["componentRef"]["name"]].get("executorLabel"), spec)
        for group in groups
        for task, spec in group.items()
    }
    steps = {task: (label, spec["retryPolicy"]) for task, (label, spec) in labels.items() if label}
    assert len(steps) >= 5
    for label, retry in steps.values():
        longest = int(retry["backoffMaxDuration"].removesuffix("s"))
        attempts = retry["maxRetryCount"] + 1
        assert longest > attempts * int(pods[label]["activeDeadlineSeconds"]), label

"""What Kubeflow Pipelines answers, as a user reads it, and where a pipeline is looked for."""

import json
from types import SimpleNamespace

import pytest
from kfp_server_api import ApiException

from flan_core.errors import BadInput, Transient
from pipelines.kubeflow import answered, find_version


def answer(status, body):
    """What the SDK raises for an answer."""
    response = SimpleNamespace(status=status, reason="Bad Request", data=body, getheaders=dict)
    return ApiException(http_resp=response)


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        (
            400,
            '{"error": "Failed", "message": "Failed to create a new run: invalid pipeline job '
            'inputs: Invalid input error: no parameter\\n sead"}',
            BadInput,
            r"refuses it \(400\): no parameter sead$",
        ),
        (403, '{"message": "not authorized"}', BadInput, r"allow it \(403\): not authorized$"),
        (401, "", BadInput, r"does not allow it \(401\): Bad Request$"),
        (500, '{"message": "no database"}', Transient, r"fails \(500\): no database$"),
        (429, "[1]", Transient, r"fails \(429\): \[1\]$"),
    ],
)
def test_an_answer_is_one_line_that_says_whether_to_try_again(status, body, kind, message):
    with pytest.raises(kind, match=message), answered():
        raise answer(status, body)


class Pipelines:
    """A client that knows pipelines by namespace; the id of each is where it is."""

    def __init__(self, *places):
        self.places = places

    def list_pipelines(self, filter, namespace):
        assert json.loads(filter)["predicates"][0]["stringValue"] == "flan"
        ids = [place for place in self.places if place.partition("/")[0] == (namespace or "shared")]
        return SimpleNamespace(
            pipelines=[SimpleNamespace(pipeline_id=each) for each in ids] or None
        )

    def list_pipeline_versions(self, pipeline_id, page_token, page_size):
        version = SimpleNamespace(display_name="flan-1", pipeline_version_id=f"{pipeline_id}-1")
        return SimpleNamespace(pipeline_versions=[version], next_page_token="")


@pytest.mark.parametrize(
    ("places", "namespace", "found"),
    [
        (("shared", "team"), "team", "team"),
        (("shared", "team"), "", "shared"),
        (("shared",), "team", "shared"),
    ],
)
def test_a_pipeline_of_the_namespace_comes_before_one_that_all_share(places, namespace, found):
    assert find_version(Pipelines(*places), "flan", "flan-1", namespace) == (found, f"{found}-1")


def test_no_pipeline_and_two_of_one_name_are_refused():
    with pytest.raises(BadInput, match="has no pipeline 'flan' in namespace team; apply manifests"):
        find_version(Pipelines("other"), "flan", "flan-1", "team")
    with pytest.raises(BadInput, match="has 2 pipelines 'flan'"):
        find_version(Pipelines("shared/1", "shared/2"), "flan", "flan-1", "")

"""The API of Kubeflow Pipelines: a client, and what its refusals mean for a user.

flan submit --set sead=7
  └──▶ 400 "Failed to create a new run: …: Invalid input error: parameter(s) … sead"
         └──▶ BadInput: Kubeflow Pipelines refuses it: parameter(s) … sead
"""

import io
import json
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from http import HTTPStatus
from typing import Any

from kfp.client import Client
from kfp_server_api import ApiException
from urllib3.exceptions import MaxRetryError

from flan_core.errors import BadInput, FlanError, Transient, unknown

PAGE = 100
"""Entries of a page of a list."""
TOKEN = "KF_PIPELINES_SA_TOKEN_PATH"
"""Variable that the SDK reads: the path of a service account's token."""
CAUSE = "Invalid input error: "
"""What the server puts before a cause, behind the names of everything that failed by it."""
PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS}


def connect(host: str, namespace: str = "") -> Client:
    """Return a client; in a pod with a token for Kubeflow Pipelines, one that shows it.

    Raises:
        Transient: nothing answers there.
    """
    credentials = None
    if os.environ.get(TOKEN):
        from kfp.client import ServiceAccountTokenVolumeCredentials

        credentials = ServiceAccountTokenVolumeCredentials(path=os.environ[TOKEN])
    more = {"namespace": namespace} if namespace else {}
    with answered(), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of servers older than 2.0
        return Client(host=host, credentials=credentials, **more)


@contextmanager
def answered() -> Iterator[None]:
    """Turn what the server answers, or that it does not, into an error of ours; also a decorator.

    What the SDK prints meanwhile is dropped: links to a UI at the API's address, where none is.

    Raises:
        BadInput: the server refuses the request, and would again.
        Transient: it does not answer, or fails.
    """
    try:
        with redirect_stdout(io.StringIO()):
            yield
    except MaxRetryError as error:
        where = f"{error.pool.host}:{error.pool.port}" if error.pool else "its address"
        raise Transient(
            f"Kubeflow Pipelines does not answer at {where}; "
            f"give its API's address with --host or KFP_HOST"
        ) from error
    except ApiException as error:
        raise _refusal(error) from error


def find_version(client: Client, pipeline: str, version: str, namespace: str) -> tuple[str, str]:
    """Return the ids of a pipeline and of one of its versions, by their names.

    Raises:
        BadInput: there is no such pipeline or version.
    """
    pipeline_id = _pipeline(client, pipeline, namespace)
    found = {
        each.display_name: str(each.pipeline_version_id)
        for each in pages(client.list_pipeline_versions, "pipeline_versions", pipeline_id)
    }
    if version not in found:
        raise unknown(f"version of {pipeline}", version, found)
    return pipeline_id, found[version]


def name_of(client: Client, reference: Any) -> str:
    """Return the name of a pipeline's version; its id where there is no such version any more."""
    if not reference:
        return ""
    version = str(reference.pipeline_version_id)
    try:
        return str(client.get_pipeline_version(reference.pipeline_id, version).display_name)
    except ApiException as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return version


def pages(ask: Any, field: str, *what: Any, **how: Any) -> Iterator[Any]:
    """Yield the entries of every page of a list."""
    token = ""
    while True:
        page = ask(*what, page_token=token, page_size=PAGE, **how)
        yield from getattr(page, field) or []
        token = page.next_page_token
        if not token:
            return


def _pipeline(client: Client, name: str, namespace: str) -> str:
    """Return the id of a pipeline of the namespace, or else of one that all namespaces share."""
    wanted = {"operation": "EQUALS", "key": "display_name", "stringValue": name}
    asked = json.dumps({"predicates": [wanted]})
    for place in dict.fromkeys((namespace, "")):
        page = client.list_pipelines(filter=asked, namespace=place or None)
        found = [str(each.pipeline_id) for each in page.pipelines or []]
        if len(found) > 1:
            raise BadInput(f"Kubeflow Pipelines has {len(found)} pipelines {name!r}; name one")
        if found:
            return found[0]
    where = f" in namespace {namespace}" if namespace else ""
    raise BadInput(f"Kubeflow Pipelines has no pipeline {name!r}{where}; apply manifests/ first")


def _refusal(error: ApiException) -> FlanError:
    """Return the error for an answer: a refusal, or a failure of the server's own."""
    said = _cause(str(error.body or error.reason or ""))
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR or error.status in PASSING:
        return Transient(f"Kubeflow Pipelines fails ({error.status}): {said}")
    if error.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return BadInput(f"Kubeflow Pipelines does not allow it ({error.status}): {said}")
    return BadInput(f"Kubeflow Pipelines refuses it ({error.status}): {said}")


def _cause(body: str) -> str:
    """Return what an answer says, in one line, without the names of what failed by it."""
    try:
        content = json.loads(body)
    except ValueError:
        content = {}
    said = content.get("message") if isinstance(content, dict) else ""
    return " ".join(str(said or body).rpartition(CAUSE)[2].split())

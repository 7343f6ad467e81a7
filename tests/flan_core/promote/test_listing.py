"""A champion is listed in Kubeflow's Model Registry, once, however often that is asked."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest

from flan_core.errors import BadInput, Transient
from flan_core.promote.listing import ModelRegistry, list_champion
from tests.flan_core import made

API = "/api/model_registry/v1alpha3/"
SCORES = [made.scores(made.task(made.result(60.0, 62.0), made.result(50.0, 50.0)))]


class Server(HTTPServer):
    """As much of the registry's REST interface as listing needs: objects with ids, by kind."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.objects: list[dict] = []
        self.refuse_with = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def answer(self, code: int, value: dict) -> None:
        text = json.dumps(value).encode()
        self.send_response(self.server.refuse_with or code)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def body(self) -> dict:
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        wanted = {"kind": parts.path.removeprefix(API), **dict(parse_qsl(parts.query))}
        found = [each for each in self.server.objects if wanted.items() <= each.items()]
        self.answer(200 if found else 404, found[0] if found else {"message": "not found"})

    def do_POST(self) -> None:
        kinds = {"registered_models": "registered_model", "versions": "model_version"}
        *parent, last = self.path.removeprefix(API).split("/")
        made_now = {
            **self.body(),
            "kind": kinds.get(last, "artifact"),
            "id": str(len(self.server.objects) + 1),
            **({"parentResourceId": parent[-1]} if parent else {}),
        }
        self.server.objects.append(made_now)
        self.answer(201, made_now)

    def do_PATCH(self) -> None:
        wanted = self.path.rpartition("/")[2]
        found = next(each for each in self.server.objects if each["id"] == wanted)
        found.update(self.body())
        self.answer(200, found)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as one:
        thread = threading.Thread(target=one.serve_forever)
        thread.start()
        yield one
        one.shutdown()
        thread.join()


def test_a_champion_is_listed_with_its_scores_and_address_and_only_once(server: Server):
    for _ in range(2):
        list_champion(ModelRegistry(server.address), "flan", "abc", uri="s3://b/k", scores=SCORES)

    model, version, artifact = server.objects
    champion = {"metadataType": "MetadataStringValue", "string_value": "abc"}
    score = {"metadataType": "MetadataDoubleValue", "double_value": 61.0}
    assert (model["name"], model["customProperties"]) == ("flan", {"champion": champion})
    assert (version["name"], version["registeredModelId"]) == ("abc", model["id"])
    assert version["customProperties"] == {"nli_tuned": score}
    assert (artifact["uri"], artifact["modelFormatName"]) == ("s3://b/k", "safetensors")
    assert artifact["parentResourceId"] == version["id"]


@pytest.mark.parametrize(("code", "kind"), [(503, Transient), (400, BadInput)])
def test_what_the_server_answers_decides_whether_to_try_again(server: Server, code, kind):
    server.refuse_with = code

    with pytest.raises(kind, match=rf"GET http://.*/registered_model\?name=flan answered {code}"):
        list_champion(ModelRegistry(server.address), "flan", "abc", uri="s3://b/k", scores=[])


def test_a_server_that_is_not_there_may_be_there_later():
    with pytest.raises(Transient, match=r"failed: .*; is it reachable\?"):
        ModelRegistry("http://127.0.0.1:9").find("registered_model", name="flan")


def test_an_address_that_is_no_url_is_refused():
    with pytest.raises(BadInput, match=r"promote.model_registry 'file:/x' is no URL"):
        ModelRegistry("file:/x")

"""List a champion in Kubeflow's Model Registry, where that is installed: name, version, address.

    registered model   flan          customProperties: champion = the version
    └── version        9f0c…         customProperties: the clusters' scores
        └── artifact   9f0c…         uri = where the checkpoint lies in our registry

Everything is looked up by its name first, so doing it again changes nothing.

Reference  kubeflow/model-registry@00a8ece api/openapi/model-registry.yaml, v1alpha3
"""

import json
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from flan_core.errors import BadInput, Transient
from flan_core.scores import Scores

TIMEOUT_S = 30
_API = "/api/model_registry/v1alpha3"


class ModelRegistry:
    """A Model Registry server; errors of the network and of the server are ``Transient``."""

    def __init__(self, address: str) -> None:
        """Use the server at ``http://host:port``."""
        if not address.startswith(("http://", "https://")):
            raise BadInput(f"promote.model_registry {address!r} is no URL; give http://host:port")
        self._address = address.rstrip("/")

    def find(self, kind: str, **named: str) -> dict[str, Any] | None:
        """Return the object of this name, or None."""
        return self._ask("GET", f"{kind}?{urlencode(named)}", None)

    def create(self, path: str, value: Mapping[str, Any]) -> dict[str, Any]:
        """Make an object and return it."""
        return self._ask("POST", path, value) or {}

    def change(self, path: str, value: Mapping[str, Any]) -> None:
        """Change some fields of an object."""
        self._ask("PATCH", path, value)

    def _ask(
        self, method: str, path: str, value: Mapping[str, Any] | None
    ) -> dict[str, Any] | None:
        url = f"{self._address}{_API}/{path}"
        request = urllib.request.Request(
            url,
            method=method,
            data=None if value is None else json.dumps(value).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            if error.code == 404 and method == "GET":
                return None
            text = error.read(300).decode("utf-8", "replace")
            kind = Transient if error.code >= 500 or error.code == 429 else BadInput
            raise kind(f"{method} {url} answered {error.code}: {text}") from error
        except (urllib.error.URLError, TimeoutError) as error:
            raise Transient(f"{method} {url} failed: {error}; is it reachable?") from error


def list_champion(
    registry: ModelRegistry, name: str, version: str, *, uri: str, scores: Iterable[Scores]
) -> None:
    """List a version with its scores and its address, and say that it is the champion."""
    model = registry.find("registered_model", name=name) or registry.create(
        "registered_models", {"name": name, "description": "Instruction-tuned by FLAN on Kubeflow"}
    )
    listed = registry.find("model_version", name=version, parentResourceId=model["id"])
    if listed is None:
        listed = registry.create(
            f"registered_models/{model['id']}/versions",
            {
                "name": version,
                "registeredModelId": model["id"],
                "customProperties": properties_of(scores),
            },
        )
    if registry.find("artifact", name=version, parentResourceId=listed["id"]) is None:
        registry.create(
            f"model_versions/{listed['id']}/artifacts",
            {
                "artifactType": "model-artifact",
                "name": version,
                "uri": uri,
                "modelFormatName": "safetensors",
                "modelFormatVersion": "1",
            },
        )
    kept = model.get("customProperties", {})
    champion = {"metadataType": "MetadataStringValue", "string_value": version}
    registry.change(
        f"registered_models/{model['id']}", {"customProperties": {**kept, "champion": champion}}
    )


def properties_of(all_scores: Iterable[Scores]) -> dict[str, dict[str, Any]]:
    """Return each cluster's zero-shot mean as a property of the registry."""
    return {
        f"{scores.cluster}_tuned": {
            "metadataType": "MetadataDoubleValue",
            "double_value": scores.mean["tuned/0"].mean,
        }
        for scores in all_scores
        if "tuned/0" in scores.mean
    }

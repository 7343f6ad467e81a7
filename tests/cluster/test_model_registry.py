"""A champion in a real Kubeflow Model Registry (v0.3.8 on MariaDB): once, whoever asks again."""

import getpass
import json
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from subprocess import DEVNULL

import pytest

from flan_core.promote import rollback
from tests.cluster.conftest import find, free_port
from tests.flan_core.promote.challenger import Challenger

pytestmark = pytest.mark.server

DATABASE = "apt-get install mariadb-server"


@pytest.fixture(scope="module")
def database():
    """An empty MariaDB: its port."""
    server, port = find("mariadbd", DATABASE), free_port()
    with tempfile.TemporaryDirectory(prefix="flan-db-") as folder:  # a socket's path must be short
        own = ["--no-defaults", f"--datadir={folder}/data", f"--user={getpass.getuser()}"]
        make = [find("mariadb-install-db", DATABASE), *own, "--skip-test-db"]
        normal = "--auth-root-authentication-method=normal"
        subprocess.run([*make, normal], check=True, capture_output=True)
        listen = [f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder}/s"]
        process = subprocess.Popen([server, *own, *listen], stderr=DEVNULL)
        create_database(Path(folder) / "s", process)
        yield port
        process.kill()
        process.wait()


def create_database(socket: Path, process: subprocess.Popen) -> None:
    """Create the database ``registry`` as soon as the server answers."""
    client = [find("mariadb", DATABASE), "--no-defaults", f"--socket={socket}", "--user=root"]
    end = time.monotonic() + 60
    while subprocess.run([*client, "-e", "CREATE DATABASE registry"], stderr=DEVNULL).returncode:
        assert process.poll() is None, "mariadbd ended"
        assert time.monotonic() < end, "mariadbd does not answer"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def address(serve, database):
    """A Model Registry server: its address."""
    server, port = find("model-registry", "run `make model-registry` (needs Go)"), free_port()
    where = f"root@tcp(127.0.0.1:{database})/registry?charset=utf8mb4&parseTime=True"
    serve(
        [
            *(server, "proxy", "--hostname=127.0.0.1", f"--port={port}"),
            *("--embedmd-database-type=mysql", f"--embedmd-database-dsn={where}"),
        ],
        f"http://127.0.0.1:{port}/readyz/health",
    )
    return f"http://127.0.0.1:{port}"


def listed(address: str, kind: str) -> list[dict]:
    with urllib.request.urlopen(f"{address}/api/model_registry/v1alpha3/{kind}") as answer:
        return json.load(answer)["items"]


def of(address: str, name: str) -> tuple[dict, dict[str, dict]]:
    """Return a registered model, and its versions by name."""
    (model,) = [each for each in listed(address, "registered_models") if each["name"] == name]
    versions = listed(address, f"registered_models/{model['id']}/versions")
    assert len(versions) == len({each["name"] for each in versions})
    return model, {each["name"]: each for each in versions}


def test_each_champion_is_listed_once_with_its_scores_and_where_it_lies(address, tmp_path: Path):
    registry = tmp_path / "registry"
    told = {"model_registry": address, "name": "listed"}
    old = Challenger(tmp_path / "a", 60.0, registry).promote(**told)["version"]
    new = Challenger(tmp_path / "b", 62.0, registry).promote(**told)["version"]
    again = Challenger(tmp_path / "c", 62.0, registry)
    assert again.promote(**told)["reasons_against"] == ["new: it is the champion already"]

    model, versions = of(address, "listed")
    champion = {"metadataType": "MetadataStringValue", "string_value": new}
    assert model["customProperties"] == {"champion": champion}
    assert versions.keys() == {old, new}
    score = {"metadataType": "MetadataDoubleValue", "double_value": 62}
    assert versions[new]["customProperties"] == {"nli_tuned": score}
    (artifact,) = listed(address, f"model_versions/{versions[new]['id']}/artifacts")
    assert artifact["uri"] == f"{registry}/listed/versions/{new}/checkpoint"


def test_a_rollback_is_told_there_too(address, tmp_path: Path):
    registry = tmp_path / "registry"
    told = {"model_registry": address, "name": "back"}
    old = Challenger(tmp_path / "a", 60.0, registry).promote(**told)["version"]
    new = Challenger(tmp_path / "b", 62.0, registry).promote(**told)["version"]

    rollback(str(registry), "back", model_registry=address)

    model, versions = of(address, "back")
    assert model["customProperties"]["champion"]["string_value"] == old
    assert versions.keys() == {old, new}


def test_one_that_is_refused_is_not_listed(address, tmp_path: Path):
    one = Challenger(tmp_path, 60.0, tmp_path / "registry")
    one.leakage = None

    refused = one.promote(model_registry=address, name="other")

    assert not refused["promoted"]
    assert "other" not in {each["name"] for each in listed(address, "registered_models")}

"""Real servers for the tests of this folder; where one is missing they are skipped."""

import os
import shutil
import ssl
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from flan_core.store.access import Access
from flan_core.store.attempts import attempt
from tests.cluster.installed import applied, cluster, kubernetes, trainer  # noqa: F401  # fixtures
from tests.cluster.ports import free_port

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / "build" / "tools"
ANY_CERTIFICATE = ssl._create_unverified_context()


def wait_for(url, process, seconds=30):
    """Wait until a server answers; say what it printed when it does not."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert process.poll() is None, f"{process.args[0]} ended: {process.stdout.read()!r}"
        try:
            urllib.request.urlopen(url, timeout=1, context=ANY_CERTIFICATE).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} did not answer")


def find(name, how):
    found = shutil.which(name) or str(TOOLS / name)
    if not Path(found).is_file():
        pytest.skip(f"{name} is not installed: {how}")
    return found


@pytest.fixture(scope="session")
def serve(tmp_path_factory):
    """Start servers: serve(command, url) waits until the url answers; all end with the tests."""
    started = []

    def start(command, url, **environment):
        process = subprocess.Popen(
            command,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path_factory.mktemp("home")),
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        started.append(process)
        wait_for(url, process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture(scope="session")
def minio(serve, tmp_path_factory):
    """A MinIO server with the bucket ``flan``: its host and port."""
    binary = find("minio", "run `make servers` (needs Go)")
    port = free_port()
    serve(
        [binary, "server", str(tmp_path_factory.mktemp("minio")), "--address", f"127.0.0.1:{port}"],
        f"http://127.0.0.1:{port}/minio/health/ready",
        MINIO_ROOT_USER="tester",
        MINIO_ROOT_PASSWORD="tester-secret",
        MINIO_BROWSER="off",
        MINIO_UPDATE="off",
    )
    keys = tmp_path_factory.mktemp("keys")
    (keys / "accesskey").write_text("tester")
    (keys / "secretkey").write_text("tester-secret")
    client = Access(endpoint=f"http://127.0.0.1:{port}", secret=str(keys), read_s=3).client()

    def make_bucket():  # a server that is ready may still be busy with itself
        if not client.bucket_exists("flan"):
            client.make_bucket("flan")

    attempt("flan", make_bucket, attempts=8)
    return f"127.0.0.1:{port}"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A folder with a certificate of 127.0.0.1, signed by itself: public.crt and private.key."""
    folder = tmp_path_factory.mktemp("certs")
    files = ["-keyout", str(folder / "private.key"), "-out", str(folder / "public.crt")]
    subject = ["-subj", "/CN=minio", "-addext", "subjectAltName=IP:127.0.0.1"]
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    subprocess.run([*make, *subject, *files], check=True, capture_output=True)
    return folder


@pytest.fixture
def access(minio, monkeypatch, tmp_path):
    """The environment that leads a store to MinIO: call it with the endpoint to go through."""

    def point(url=f"http://{minio}"):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        monkeypatch.setenv("FLAN_S3_SECRET", str(tmp_path / "none"))
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tester")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tester-secret")

    point()
    return point

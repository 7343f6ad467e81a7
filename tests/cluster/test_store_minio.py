"""The store against a real MinIO server, and through a proxy that spoils what passes."""

import datetime
import os
from hashlib import sha256

import pytest

from flan_core.errors import BadInput, Transient
from flan_core.store import ABSENT, Conflict, Missing, Store, attempts, provision
from flan_core.store.access import Access
from flan_core.store.bucket import Bucket
from tests.cluster.conftest import find, free_port
from tests.cluster.proxy import Fault, Proxy

pytestmark = pytest.mark.server

MEBIBYTE = 1 << 20


@pytest.fixture
def path(tmp_path):
    """Twelve mebibytes: three parts of five, the last one short."""
    path = tmp_path / "model.safetensors"
    path.write_bytes(os.urandom(12 * MEBIBYTE))
    return path


@pytest.fixture
def proxy(minio, access):
    with Proxy(minio) as proxy:
        access(proxy.url)
        yield proxy


@pytest.fixture
def store(proxy, request, monkeypatch):
    """A store in a prefix of its own, through the proxy, in parts of 5 MiB, with short pauses."""
    monkeypatch.setattr(attempts, "PAUSE_S", 0.01)
    place = Bucket("flan", request.node.name[:60], Access.found(), part=5 * MEBIBYTE, attempts=3)
    return Store(place)


def digest(path):
    return sha256(path.read_bytes()).hexdigest()


def test_what_is_put_in_parts_comes_back_with_the_checksum_recorded(store, proxy, path, tmp_path):
    written = store.put("a/model.safetensors", path)
    read = store.get("a/model.safetensors", tmp_path / "back")
    assert (written.sha256, read.sha256, digest(tmp_path / "back")) == (digest(path),) * 3
    parts = [request for request in proxy.requests if "partNumber" in request[1]]
    assert len(parts) == 3
    assert [entry.key for entry in store.list("a/")] == ["a/model.safetensors"]


def test_an_upload_that_broke_off_sends_only_the_missing_parts(store, proxy, path, tmp_path):
    proxy.faults = [Fault("503", "PUT", "partNumber=3") for _ in range(3)]
    with pytest.raises(Transient, match="the store answers SlowDown"):
        store.put("model", path)
    assert store.list() == []  # nothing can be seen of half an object
    proxy.requests.clear()
    store.put("model", path)
    assert [r for r in proxy.requests if r[0] == "PUT" and "partNumber=1&" in r[1]] == []
    store.get("model", tmp_path / "back")
    assert digest(tmp_path / "back") == digest(path)


def test_an_upload_of_other_bytes_does_not_take_up_the_parts_of_the_one_before(
    store, proxy, path, tmp_path
):
    proxy.faults = [Fault("503", "PUT", "partNumber=3") for _ in range(3)]
    with pytest.raises(Transient):
        store.put("model", path)
    path.write_bytes(os.urandom(12 * MEBIBYTE))
    store.put("model", path)
    store.get("model", tmp_path / "back")
    assert digest(tmp_path / "back") == digest(path)


def test_a_download_that_is_cut_goes_on_behind_what_has_arrived(store, proxy, path, tmp_path):
    store.put("model", path)
    proxy.requests.clear()
    proxy.faults = [Fault("cut", "GET"), Fault("cut", "GET")]
    store.get("model", tmp_path / "back")
    assert digest(tmp_path / "back") == digest(path)
    assert [name for method, name in proxy.requests if method == "GET"].__len__() == 3
    assert sorted(each.name for each in tmp_path.iterdir()) == ["back", "model.safetensors"]


def test_a_later_process_goes_on_with_the_draft_of_one_that_was_killed(
    store, proxy, path, tmp_path
):
    store.put("model", path)
    proxy.faults = [Fault("cut", "GET"), *(Fault("reset", "GET") for _ in range(3))]
    with pytest.raises(Transient, match="does not answer in full"):
        store.get("model", tmp_path / "back")
    (draft,) = tmp_path.glob(".back.*.part")
    assert 0 < draft.stat().st_size < path.stat().st_size
    assert not (tmp_path / "back").exists()
    store.get("model", tmp_path / "back")
    assert digest(tmp_path / "back") == digest(path)


def test_a_bit_flipped_on_the_way_is_noticed_and_fetched_again(store, proxy, path, tmp_path):
    store.put("model", path)
    proxy.faults = [Fault("flip", "GET")]
    store.get("model", tmp_path / "back")
    assert digest(tmp_path / "back") == digest(path)


def test_a_bit_flipped_for_good_is_refused_and_leaves_no_file(store, proxy, path, tmp_path):
    store.put("model", path)
    proxy.faults = [Fault("flip", "GET"), Fault("flip", "GET")]
    with pytest.raises(BadInput, match="is damaged: the SHA-256 of its bytes is"):
        store.get("model", tmp_path / "back")
    assert [each.name for each in tmp_path.iterdir()] == ["model.safetensors"]


def test_a_store_that_is_busy_twice_is_asked_again(store, proxy):
    proxy.faults = [Fault("503"), Fault("503")]
    store.write("pointer", b"1")
    assert store.read("pointer")[0] == b"1"


def test_a_store_that_is_always_busy_ends_in_an_error_that_may_pass(store, proxy):
    proxy.faults = [Fault("503") for _ in range(3)]
    with pytest.raises(Transient, match=r"the store answers SlowDown \(3 attempts\)"):
        store.write("pointer", b"1")


def test_a_store_that_hangs_is_given_up_after_the_read_timeout(proxy, monkeypatch):
    monkeypatch.setattr(attempts, "PAUSE_S", 0.01)
    proxy.faults = [Fault("hang"), Fault("hang")]
    access = Access(endpoint=proxy.url, secret="", read_s=0.3)
    store = Store(Bucket("flan", "hang", access, attempts=2))
    with pytest.raises(Transient, match="does not answer in full"):
        store.read("pointer")


@pytest.mark.parametrize(
    ("key", "secret", "bucket", "words"),
    [
        ("nobody", "tester-secret", "flan", "does not know the access key"),
        ("tester", "wrong-secret", "flan", "refuses the secret key"),
        ("tester", "tester-secret", "nowhere", "has no such bucket; create it"),
    ],
)
def test_what_is_wrong_with_the_settings_is_said(
    access, monkeypatch, tmp_path, key, secret, bucket, words
):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    store = Store.of(f"s3://{bucket}/settings")
    for attempt in (store.list, lambda: store.get("a", tmp_path / "a"), lambda: store.read("a")):
        with pytest.raises(BadInput, match=words):
            attempt()


def test_a_clock_that_is_wrong_is_said(access, monkeypatch):
    import minio.time

    late = minio.time.utcnow() + datetime.timedelta(hours=3)
    monkeypatch.setattr("minio.time.utcnow", lambda: late)
    with pytest.raises(BadInput, match="has another time than this machine"):
        Store.of("s3://flan/clock").read("a")


def test_a_key_that_is_not_there_is_missing(store, tmp_path):
    for attempt in (lambda: store.read("no"), lambda: store.get("no", tmp_path / "no")):
        with pytest.raises(Missing, match="no is not there"):
            attempt()


def test_of_two_who_move_a_pointer_one_is_told(store):
    first = store.write("champion.json", b"a", replaces=ABSENT)
    second = store.write("champion.json", b"b", replaces=first)
    for replaces in (first, ABSENT):
        with pytest.raises(Conflict, match="written by somebody else"):
            store.write("champion.json", b"c", replaces=replaces)
    assert store.read("champion.json") == (b"b", second)


def test_a_folder_goes_there_and_back_and_within(store, tmp_path):
    folder = tmp_path / "checkpoint"
    (folder / "tokenizer").mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "tokenizer" / "tokenizer.json").write_text("[]")
    store.put_folder(folder, "run/1")
    store.copy("run/1/config.json", "champion/config.json")
    store.get_folder("run/1", tmp_path / "back")
    found = {
        path.relative_to(tmp_path / "back").as_posix(): path.read_text()
        for path in (tmp_path / "back").rglob("*")
        if path.is_file()
    }
    assert found == {"config.json": "{}", "tokenizer/tokenizer.json": "[]"}
    assert store.read("champion/config.json")[0] == b"{}"
    store.remove("champion/config.json")
    with pytest.raises(Missing):
        store.read("champion/config.json")


def test_an_object_whose_name_climbs_is_not_fetched(store, tmp_path, minio):
    prefix = store.place.prefix
    store.place.client._put_object("flan", f"{prefix}/a%2e%2e/b", b"x")
    with pytest.raises(BadInput, match="has an encoded dot"):
        store.get_folder("", tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_the_account_of_the_pods_may_use_its_bucket_and_no_other(minio, tmp_path, monkeypatch):
    for name, keys in (("root", ("tester", "tester-secret")), ("account", ("pods", "pods-secret"))):
        (tmp_path / name).mkdir()
        for file, value in zip(("accesskey", "secretkey"), keys, strict=True):
            (tmp_path / name / file).write_text(value)
    command = [f"--endpoint=http://{minio}", "--bucket=models", f"--root={tmp_path / 'root'}"]
    for _ in range(2):  # the second time changes nothing
        provision.main([*command, f"--account={tmp_path / 'account'}"])
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{minio}")
    monkeypatch.setenv("FLAN_S3_SECRET", str(tmp_path / "account"))
    store = Store.of("s3://models/a")
    store.write("pointer", b"1")
    assert [entry.key for entry in store.list()] == ["pointer"]
    with pytest.raises(BadInput, match="does not let this key do that"):
        Store.of("s3://flan/a").list()


def test_a_server_with_tls_is_trusted_by_the_authority_that_is_named(
    serve, certificate, tmp_path, monkeypatch
):
    binary = find("minio", "run `make servers` (needs Go)")
    port = free_port()
    command = [binary, "server", str(tmp_path / "data"), "--address", f"127.0.0.1:{port}"]
    serve(
        [*command, "--certs-dir", str(certificate)],
        f"https://127.0.0.1:{port}/minio/health/ready",
        MINIO_ROOT_USER="tester",
        MINIO_ROOT_PASSWORD="tester-secret",
        MINIO_BROWSER="off",
        MINIO_UPDATE="off",
    )
    for name in ("root", "account"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "accesskey").write_text({"root": "tester", "account": "pods"}[name])
        (tmp_path / name / "secretkey").write_text("tester-secret")
    monkeypatch.setenv("FLAN_S3_SECRET", str(tmp_path / "account"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"https://127.0.0.1:{port}")
    with pytest.raises(BadInput, match=r"certificate is not trusted .* set AWS_CA_BUNDLE"):
        Store.of("s3://flan/a").list()
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate / "public.crt"))
    folders = [f"--{name}={tmp_path / name}" for name in ("root", "account")]
    provision.main([f"--endpoint=https://127.0.0.1:{port}", "--bucket=flan", *folders])
    store = Store.of("s3://flan/a")
    store.write("pointer", b"1")
    assert store.read("pointer")[0] == b"1"

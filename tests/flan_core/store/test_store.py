"""A folder as a store: the promises that a bucket keeps too (tests/cluster/test_store_minio.py)."""

import pytest

from flan_core.errors import BadInput
from flan_core.store import ABSENT, Conflict, Missing, Store, uri_of
from flan_core.store.access import Access
from flan_core.store.keys import safe_key


@pytest.fixture
def store(tmp_path):
    return Store.of(str(tmp_path / "registry"))


def file(tmp_path, text):
    path = tmp_path / "source"
    path.write_text(text)
    return path


def test_what_is_put_can_be_listed_copied_read_and_removed(store, tmp_path):
    store.put("a/model", file(tmp_path, "weights"))
    store.copy("a/model", "b/model")
    assert [(entry.key, entry.size) for entry in store.list()] == [("a/model", 7), ("b/model", 7)]
    assert [entry.key for entry in store.list("b/")] == ["b/model"]
    with store.open("b/model") as opened:
        assert opened.read() == b"weights"
    store.remove("a/model")
    assert [entry.key for entry in store.list()] == ["b/model"]
    with pytest.raises(Missing, match="a/model is not there"):
        store.get("a/model", tmp_path / "back")


def test_a_flipped_byte_is_refused_and_leaves_no_file(store, tmp_path):
    store.put("model", file(tmp_path, "weights"))
    (tmp_path / "registry" / "model").write_text("Weights")
    with pytest.raises(BadInput, match=r"is damaged: its SHA-256 is .* was recorded"):
        store.get("model", tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_of_two_who_move_a_pointer_one_is_told(store):
    first = store.write("champion.json", b"a", replaces=ABSENT)
    second = store.write("champion.json", b"b", replaces=first)
    for replaces in (first, ABSENT):
        with pytest.raises(Conflict, match=r"champion.json was written by somebody else"):
            store.write("champion.json", b"c", replaces=replaces)
    assert store.read("champion.json") == (b"b", second)


def test_a_folder_goes_there_and_back(store, tmp_path):
    folder = tmp_path / "checkpoint"
    (folder / "tokenizer").mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "tokenizer" / "tokenizer.json").write_text("[]")
    store.put_folder(folder, "run/1")
    assert [entry.key for entry in store.get_folder("run/1", tmp_path / "back")] == [
        "run/1/config.json",
        "run/1/tokenizer/tokenizer.json",
    ]
    assert (tmp_path / "back/tokenizer/tokenizer.json").read_text() == "[]"
    with pytest.raises(Missing, match="run/2 holds nothing"):
        store.get_folder("run/2", tmp_path / "back")


def test_a_link_is_neither_published_nor_written_through(store, tmp_path):
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    (folder / "passwd").symlink_to("/etc/passwd")
    with pytest.raises(BadInput, match="passwd is a symbolic link"):
        store.put_folder(folder)
    store.write("out/config.json", b"{}")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "back").mkdir()
    (tmp_path / "back" / "out").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadInput, match="through a symbolic link"):
        store.get_folder("", tmp_path / "back")
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("", "is empty"),
        ("/etc/passwd", "absolute"),
        ("a//b", "a part that is empty"),
        ("a/../b", "or .."),
        ("./a", "or .."),
        ("a\\b", "backslash"),
        ("a\0b", "control character"),
        ("a\nb", "control character"),
        ("%2E%2e/a", "encoded dot"),
        ("a%2Fb", "encoded dot, slash"),
        ("é" * 600, "longer than 1024 bytes"),
        ("e\u0301", "not in Unicode's NFC form"),
    ],
)
def test_unsafe_names_are_refused(key, words):
    with pytest.raises(BadInput, match=words):
        safe_key(key)


@pytest.mark.parametrize(
    "key", ["a", "v2/artifacts/flan/1/model-00001-of-00002.safetensors", "é/…"]
)
def test_safe_names_are_taken_as_they_are(key):
    assert safe_key(key) == key


def test_an_address_without_a_bucket_is_refused():
    with pytest.raises(BadInput, match="names no bucket; give s3://bucket/prefix"):
        Store.of("s3://")


def test_an_endpoint_that_is_no_url_is_refused():
    with pytest.raises(BadInput, match="'minio:9000' is no URL; give http://host:port"):
        Access(endpoint="minio:9000").client()


def test_without_credentials_the_error_names_both_ways(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_WEB_IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    with pytest.raises(BadInput, match=r"set AWS_ACCESS_KEY_ID .* or mount accesskey"):
        Access(endpoint="http://localhost:9", secret=str(tmp_path)).client()


def test_mounted_files_are_the_credentials(tmp_path):
    (tmp_path / "accesskey").write_text("key\n")
    (tmp_path / "secretkey").write_text("secret\n")
    client = Access(endpoint="http://localhost:9", secret=str(tmp_path)).client()
    found = client._provider.retrieve()
    assert (found.access_key, found.secret_key) == ("key", "secret")


def test_the_environment_is_what_other_s3_tools_read():
    found = Access.found(
        {
            "AWS_ENDPOINT_URL": "http://minio:9000",
            "AWS_DEFAULT_REGION": "eu",
            "SSL_CERT_FILE": "/ca",
        }
    )
    assert (found.endpoint, found.region, found.authority) == ("http://minio:9000", "eu", "/ca")


def test_artifacts_of_a_pipeline_have_addresses_and_other_paths_have_none(tmp_path):
    assert uri_of(tmp_path.__class__("/s3/bucket/a/b")) == "s3://bucket/a/b"
    with pytest.raises(BadInput, match="is on this machine only"):
        uri_of(tmp_path)

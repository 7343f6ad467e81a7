"""Schedules against a Kubeflow Pipelines API in memory, through the real SDK."""

import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from flan_core.errors import BadInput
from pipelines.kubeflow import connect
from pipelines.schedule import (
    Schedule,
    apply,
    check_cron,
    delete,
    pause,
    read,
    schedules,
    submit,
)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

WEEKLY = Schedule(
    name="flan-weekly",
    pipeline="flan",
    version="flan-2",
    cron="0 0 3 * * 0",
    parameters={"held_out": ["nli"], "seed": 7},
)


class Pipelines:
    """What Kubeflow Pipelines keeps: a pipeline with two versions, recurring runs, runs."""

    def __init__(self):
        self.recurring, self.runs, self.log, self.count = {}, [], [], 0

    def answer(self, method, path, query, body):
        name, _, action = path.removeprefix("/apis/v2beta1/").partition("/")
        if method != "GET":
            self.log.append(f"{method} {name}/{action}".rstrip("/"))
        return getattr(self, f"{method.lower()}_{name}", self.missing)(action, query, body)

    def missing(self, *_):
        return 404, {"error": "not found"}

    def get_healthz(self, *_):
        return 200, {"multi_user": False}

    def get_pipelines(self, action, query, _):
        if action == "p/versions/v1":
            return 200, {"pipeline_version_id": "v1", "display_name": "flan-1"}
        if action == "p/versions/v2":
            return 404, {"message": "deleted"}
        if action.endswith("/versions"):
            # a page of one: the client has to ask twice
            page = query.get("page_token", "1")
            version = {"pipeline_version_id": f"v{page}", "display_name": f"flan-{page}"}
            return 200, {
                "pipeline_versions": [version],
                "next_page_token": "2" if page == "1" else "",
            }
        wanted = json.loads(query["filter"])["predicates"][0]["stringValue"]
        found = [{"pipeline_id": "p", "display_name": "flan"}] if wanted == "flan" else []
        return 200, {"pipelines": found}

    def get_experiments(self, *_):
        return 200, {"experiments": [{"experiment_id": "e", "display_name": "flan"}]}

    def get_recurringruns(self, *_):
        return 200, {"recurringRuns": list(self.recurring.values())}

    def post_recurringruns(self, action, _, body):
        if not action:
            self.count += 1
            status = "ENABLED" if body["mode"] == "ENABLE" else "DISABLED"
            made = {**body, "recurring_run_id": f"r{self.count}", "status": status}
            kept = json.loads(json.dumps(made), parse_int=float)  # a Struct has only doubles
            kept["max_concurrency"] = str(body["max_concurrency"])  # an int64 is a string
            self.recurring[made["recurring_run_id"]] = kept
            return 200, made
        id_, _, switch = action.partition(":")
        self.recurring[id_]["status"] = {"enable": "ENABLED", "disable": "DISABLED"}[switch]
        return 200, {}

    def delete_recurringruns(self, action, *_):
        del self.recurring[action]
        return 200, {}

    def post_runs(self, _, __, body):
        self.runs.append(body)
        return 200, {"run_id": "run-1"}


@pytest.fixture
def server():
    pipelines = Pipelines()

    class Handler(BaseHTTPRequestHandler):
        def serve(self):
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            length = int(self.headers.get("content-length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            status, answer = pipelines.answer(self.command, parts.path, query, body)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

        do_GET = do_POST = do_DELETE = serve  # noqa: N815  # http.server's names

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pipelines.url = f"http://127.0.0.1:{server.server_port}"
    yield pipelines
    server.shutdown()
    server.server_close()


@pytest.fixture
def client(server, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    return connect(server.url)


def test_a_schedule_is_created_with_its_version_pinned_and_one_run_at_a_time(client, server):
    assert apply(client, WEEKLY) == "created"
    (made,) = server.recurring.values()
    assert made["display_name"] == "flan-weekly"
    assert made["pipeline_version_reference"] == {"pipeline_id": "p", "pipeline_version_id": "v2"}
    assert made["trigger"] == {"cron_schedule": {"cron": "0 0 3 * * 0"}}
    assert (made["max_concurrency"], made["no_catchup"], made["status"]) == ("1", True, "ENABLED")
    assert made["runtime_config"]["parameters"] == {"held_out": ["nli"], "seed": 7.0}


def test_applying_again_changes_nothing(client, server):
    apply(client, WEEKLY)
    server.log.clear()
    assert apply(client, WEEKLY) == "unchanged"
    assert server.log == []


def test_a_changed_schedule_replaces_the_old_one_and_never_are_two_enabled(client, server):
    apply(client, WEEKLY)
    server.log.clear()
    changed = Schedule(name="flan-weekly", pipeline="flan", version="flan-1", cron="0 0 4 * * *")
    assert apply(client, changed) == "replaced"
    assert server.log == [
        "POST recurringruns/r1:disable",
        "POST recurringruns",
        "DELETE recurringruns/r1",
    ]
    assert [(run.name, run.cron, run.version) for run in schedules(client)] == [
        ("flan-weekly", "0 0 4 * * *", "flan-1")
    ]


def test_a_schedule_of_a_version_that_was_deleted_is_listed_with_its_id(client):
    apply(client, WEEKLY)
    assert [run.version for run in schedules(client)] == ["v2"]


def test_a_schedule_can_be_paused_enabled_and_deleted(client):
    apply(client, WEEKLY)
    pause(client, "flan-weekly")
    assert [run.enabled for run in schedules(client)] == [False]
    assert apply(client, WEEKLY) == "enabled"
    assert [run.enabled for run in schedules(client)] == [True]
    delete(client, "flan-weekly")
    assert schedules(client) == []


def test_a_second_schedule_of_the_same_name_is_removed(client, server):
    apply(client, WEEKLY)
    server.recurring["twin"] = {**server.recurring["r1"], "recurring_run_id": "twin"}
    assert apply(client, WEEKLY) == "unchanged"
    assert list(server.recurring) == ["r1"]


def test_a_run_is_started_with_a_pinned_version(client, server):
    assert submit(client, WEEKLY, "by hand") == "run-1"
    (run,) = server.runs
    assert run["display_name"] == "by hand"
    assert run["pipeline_version_reference"]["pipeline_version_id"] == "v2"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"train": {"lerning_rate": 1}}, "unknown setting of train 'lerning_rate'; did you mean"),
        ({"train": {"learning_rate": 0}}, "train.learning_rate: .* greater than 0; it is 0"),
        ({"held_out": ["nil"]}, "unknown cluster 'nil'; did you mean nli"),
    ],
)
def test_a_setting_that_a_step_would_refuse_is_refused_before_anything_starts(
    parameters, message, client, server
):
    wrong = replace(WEEKLY, parameters=parameters)
    for call in (lambda: submit(client, wrong, "by hand"), lambda: apply(client, wrong)):
        with pytest.raises(BadInput, match=message):
            call()
    assert (server.runs, server.recurring) == ([], {})


def test_what_does_not_exist_is_named_with_what_does(client):
    other = Schedule(name="a", pipeline="flan", version="flan-3", cron="0 0 3 * * 0")
    with pytest.raises(BadInput, match="unknown version of flan 'flan-3'; did you mean flan-"):
        apply(client, other)
    other = Schedule(name="a", pipeline="flam", version="flan-3", cron="0 0 3 * * 0")
    with pytest.raises(BadInput, match="has no pipeline 'flam'; apply manifests/ first"):
        apply(client, other)
    apply(client, WEEKLY)
    with pytest.raises(BadInput, match="unknown schedule 'flan-wekly'; did you mean flan-weekly"):
        pause(client, "flan-wekly")


@pytest.mark.parametrize(
    "cron", ["0 0 3 * * 0", "0 */15 * * * *", "0 0 9 ? * 2-6", "0 0 0 1,15 jan-mar MON-FRI"]
)
def test_a_good_cron_passes(cron):
    check_cron(cron)


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("0 3 * * 0", r"has 5 fields; .* wants six, .*you may mean '0 0 3 \* \* 0'"),
        ("@weekly", "has 1 fields"),
        ("0 60 3 * * 0", "'60' is no minute; give 0 to 59"),
        ("0 0 3 * * 7", "'7' is no day of week; give 0 to 6"),
        ("0 0 3 * 13 *", "'13' is no month"),
        ("0 0 3 5-1 * *", "'5-1' is no day of month"),
        ("0 */0 * * * *", r"'\*/0' is no minute"),
        ("? 0 3 * * 0", r"'\?' is no second"),
    ],
)
def test_a_bad_cron_is_refused_with_the_field(cron, words):
    with pytest.raises(BadInput, match=words):
        check_cron(cron)


def test_a_file_of_schedules_is_checked_whole(tmp_path):
    path = tmp_path / "schedules.yaml"
    entry = "{name: a, pipeline: flan, version: flan-1, cron: '0 0 3 * * 0'}"
    path.write_text(f"schedules:\n- {entry}\n- {entry}\n")
    with pytest.raises(BadInput, match="names a twice"):
        read(path)
    path.write_text("schedules:\n- {name: a, pipeline: flan, version: flan-1, crn: x}\n")
    with pytest.raises(BadInput, match="unknown setting of schedule 'crn'; did you mean cron"):
        read(path)
    path.write_text("schedules: []\n")
    assert read(path) == []

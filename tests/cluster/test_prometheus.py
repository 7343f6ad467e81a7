"""Metrics through a real Prometheus and Pushgateway, alerts by promtool, the dashboard."""

import json
import re
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
import yaml

from flan_core import telemetry
from tests.cluster.conftest import find, free_port

FOLDER = Path(__file__).parents[2] / "manifests" / "components" / "prometheus"
RULES = yaml.safe_load((FOLDER / "rules.yaml").read_text())["spec"]
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text())
QUERIES = [
    (panel["title"], target["expr"]) for panel in DASHBOARD["panels"] for target in panel["targets"]
]


def known_metrics():
    """Every series' name that we can emit."""
    families = [
        *telemetry.REGISTRY.collect(),
        *(fact._family() for fact in telemetry.FACTS._collector_to_names),
    ]
    endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
    return {each.name + ending for each in families for ending in endings[each.type]}


def named(text):
    return set(re.findall(r"\bflan_[a-z_]+\b", text)) - {"flan_job", "flan_step"}


def test_alerts_and_dashboard_speak_of_metrics_that_exist():
    queries = [rule["expr"] for group in RULES["groups"] for rule in group["rules"]]
    queries += [query for _, query in QUERIES]
    assert len(queries) >= 34
    assert {name for query in queries for name in named(query)} <= known_metrics()


def test_every_alert_has_its_line_in_the_runbook():
    runbook = (FOLDER / "RUNBOOK.md").read_text()
    headings = set(re.findall(r"^## (\w+)$", runbook, flags=re.MULTILINE))
    alerts = {rule["alert"]: rule for group in RULES["groups"] for rule in group["rules"]}
    assert headings == alerts.keys()
    for name, rule in alerts.items():
        assert rule["annotations"]["runbook_url"].endswith(f"RUNBOOK.md#{name.lower()}")


def test_every_alert_has_a_unit_test():
    tests = "".join(path.read_text() for path in FOLDER.glob("rules_*test.yaml"))
    for group in RULES["groups"]:
        for rule in group["rules"]:
            assert rule["alert"] in tests, rule["alert"]


@pytest.mark.server
def test_alerts_fire_when_they_should_and_not_before(tmp_path):
    promtool = find("promtool", "apt-get install prometheus")
    (tmp_path / "flan.rules.yaml").write_text(yaml.safe_dump(RULES))
    tests = sorted(path.name for path in FOLDER.glob("rules_*test.yaml"))
    assert len(tests) == 2
    for name in tests:
        (tmp_path / name).write_text((FOLDER / name).read_text())
    for command in (["check", "rules", "flan.rules.yaml"], ["test", "rules", *tests]):
        done = subprocess.run(
            [promtool, *command], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def prometheus(serve, tmp_path_factory):
    """Prometheus with our rules, scraping one trainer and a Pushgateway: (query, gateway, port)."""
    folder = tmp_path_factory.mktemp("prometheus")
    ports = {name: free_port() for name in ("prometheus", "gateway", "trainer")}
    urls = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
    gateway = find("prometheus-pushgateway", "apt-get install prometheus-pushgateway")
    listen = f"--web.listen-address={urls['gateway']}"
    forget = "--persistence.file="  # Debian's default is a file that outlives the server
    serve([gateway, listen, forget], f"http://{urls['gateway']}/-/ready")
    trainer = {"targets": [urls["trainer"]], "labels": {"pod": "p-0", "flan_job": "flan-train-1"}}
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["flan.rules.yaml"],
        "scrape_configs": [
            {"job_name": "training", "static_configs": [trainer]},
            {
                "job_name": "facts",
                "honor_labels": True,
                "static_configs": [{"targets": [urls["gateway"]]}],
            },
        ],
    }
    (folder / "flan.rules.yaml").write_text(yaml.safe_dump(RULES))
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    command = [
        find("prometheus", "apt-get install prometheus"),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={urls['prometheus']}",
    ]
    serve(command, f"http://{urls['prometheus']}/-/ready")

    def query(expression):
        asked = urllib.parse.urlencode({"query": expression})
        address = f"http://{urls['prometheus']}/api/v1/query?{asked}"
        with urllib.request.urlopen(address, timeout=5) as answer:
            return json.load(answer)["data"]["result"]

    return query, urls["gateway"], ports["trainer"]


def train():
    """Set what a step of training sets."""
    telemetry.STEP.inc()
    for kind, count in (("target", 900), ("input", 7_000), ("pad", 100)):
        telemetry.TOKENS.labels(kind=kind).inc(count)
    telemetry.STEP_SECONDS.observe(0.8)
    telemetry.DATA_WAIT.inc(0.01)
    for gauge, value in (
        (telemetry.LOSS, 2.1),
        (telemetry.GRAD_NORM, 0.9),
        (telemetry.LEARNING_RATE, 3e-5),
        (telemetry.GOODPUT, 0.98),
        (telemetry.MFU, 0.41),
        (telemetry.PEAK_MEMORY, 2**33),
        (telemetry.CLUSTER_LOSS.labels(task_cluster="sentiment"), 1.9),
    ):
        gauge.set(value)
    telemetry.CHECKPOINT_SECONDS.labels(phase="write").observe(1.5)
    telemetry.LAST_STEP.set_to_current_time()
    telemetry.CHECKPOINT_LAST_SUCCESS.set_to_current_time()
    telemetry.RESTARTS.labels(cause="preempted").inc(0)
    telemetry.STEPS_SKIPPED.labels(reason="spike").inc(0)
    telemetry.CHECKPOINT_REJECTED.labels(reason="checksum").inc(0)


def facts():
    """Set what steps push when they end."""
    telemetry.PACK_EFFICIENCY.set(0.97)
    telemetry.QUEUE_WAIT.set(12)
    telemetry.ROWS.set(2_490, task="rte", outcome="kept")
    telemetry.EVAL_SCORE.set(61.5, cluster="nli", metric="accuracy")
    telemetry.STEP_LAST_SUCCESS.set(time.time())
    telemetry.STEP_LAST_DURATION.set(42)
    telemetry.SCHEDULE_LAST_SUCCESS.set(time.time())


@pytest.mark.server
def test_every_query_of_the_dashboard_returns_data_and_nothing_alerts(prometheus, monkeypatch):
    query, gateway, port = prometheus
    facts()
    monkeypatch.setenv(telemetry.GATEWAY, gateway)
    monkeypatch.setattr(telemetry, "GROUP", {"step": "train"})
    assert telemetry.push()
    empty = dict(QUERIES)
    with telemetry.serve(port):
        end = time.monotonic() + 60
        while empty and time.monotonic() < end:
            train()
            time.sleep(0.5)
            empty = {title: asked for title, asked in QUERIES if not has_numbers(query(asked))}
    assert empty == {}
    assert query("flan_eval_score")[0]["metric"] == {
        "__name__": "flan_eval_score",
        "cluster": "nli",
        "job": "flan",
        "metric": "accuracy",
        "step": "train",
    }
    assert query('ALERTS{alertstate="firing"}') == []


def has_numbers(result):
    return bool(result) and all(each["value"][1] != "NaN" for each in result)


@pytest.mark.server
def test_the_next_push_of_a_step_replaces_its_last(prometheus, monkeypatch):
    query, gateway, _ = prometheus
    monkeypatch.setenv(telemetry.GATEWAY, gateway)
    monkeypatch.setattr(telemetry, "GROUP", {"step": "pack"})
    for value in (0.5, 0.9):
        telemetry.PACK_EFFICIENCY.set(value)
        assert telemetry.push()
    end = time.monotonic() + 20
    found = []
    while time.monotonic() < end and not found:
        time.sleep(0.5)
        found = query('flan_pack_efficiency_ratio{step="pack"} == 0.9')
    assert len(found) == 1

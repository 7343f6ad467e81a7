"""Metrics: what is served, what is pushed, and what is left out."""

import socket
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from flan_core import telemetry
from flan_core.errors import BadInput


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(autouse=True)
def nothing_set():
    """Forget what another test has set: metrics belong to the process."""
    for fact in telemetry.FACTS._collector_to_names:
        fact.clear()
    telemetry.TOKENS.clear()


def scrape(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        return answer.read().decode()


def test_live_metrics_are_served_while_the_body_runs(port):
    with telemetry.serve(port):
        telemetry.LOSS.set(2.5)
        telemetry.TOKENS.labels(kind="target").inc(812)
        text = scrape(port)
    assert "flan_loss 2.5\n" in text
    assert 'flan_tokens_total{kind="target"} 812.0\n' in text
    assert "_created" not in text
    assert "flan_pack_efficiency_ratio" not in text  # facts are pushed, not served
    with pytest.raises(OSError, match="refused"):
        scrape(port)


def test_the_server_outlives_the_body_until_the_next_scrape(port):
    seen = []
    later = threading.Timer(0.3, lambda: seen.append(scrape(port)))
    began = time.monotonic()
    with telemetry.serve(port, linger_s=20):
        telemetry.LOSS.set(0.125)
        later.start()
    later.join()
    assert time.monotonic() - began < 5
    assert "flan_loss 0.125\n" in seen[0]


def test_port_zero_serves_nothing():
    before = threading.active_count()
    with telemetry.serve(0):
        assert threading.active_count() == before


def test_a_port_in_use_is_said(port):
    taken = pytest.raises(BadInput, match=f"port {port} for metrics: Address")
    with telemetry.serve(port), taken, telemetry.serve(port):
        pass


def test_a_push_holds_the_facts_that_were_set_and_nothing_else(port, monkeypatch):
    got = []

    class Gateway(BaseHTTPRequestHandler):
        def do_PUT(self):
            got.append((self.path, self.rfile.read(int(self.headers["content-length"])).decode()))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", port), Gateway)
    threading.Thread(target=server.handle_request, daemon=True).start()
    telemetry.EVAL_SCORE.set(61.5, cluster="nli", metric="accuracy")
    telemetry.ROWS.set(100, task="rte", outcome="kept")
    monkeypatch.setenv(telemetry.GATEWAY, f"http://127.0.0.1:{port}")
    monkeypatch.setattr(telemetry, "GROUP", {"step": "evaluate", "variant": "", "part": "nli"})
    assert telemetry.push()
    server.server_close()
    ((path, body),) = got
    assert path == "/metrics/job/flan/part/nli/step/evaluate"
    assert [line for line in body.splitlines() if not line.startswith("# HELP")] == [
        "# TYPE flan_rows_total counter",
        'flan_rows_total{outcome="kept",task="rte"} 100.0',
        "# TYPE flan_eval_score gauge",
        'flan_eval_score{cluster="nli",metric="accuracy"} 61.5',
    ]


def test_a_gateway_that_is_away_costs_a_line_and_not_the_step(port, capsys, monkeypatch):
    monkeypatch.setenv(telemetry.GATEWAY, f"127.0.0.1:{port}")
    assert not telemetry.push()
    assert "took nothing" in capsys.readouterr().err


def test_without_a_gateway_nothing_is_pushed_or_said(capsys, monkeypatch):
    monkeypatch.delenv(telemetry.GATEWAY, raising=False)
    assert not telemetry.push()
    assert capsys.readouterr().err == ""


def test_a_fact_needs_all_its_labels():
    with pytest.raises(ValueError, match="flan_eval_score has labels"):
        telemetry.EVAL_SCORE.set(1, cluster="nli")

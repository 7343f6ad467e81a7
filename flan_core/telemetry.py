"""Metrics for Prometheus: live ones that are scraped, facts that are pushed when a step ends.

Training sets the objects of ``REGISTRY`` and serves them:

    with serve(port=9400, linger_s=30):
        LOSS.set(2.1)
        TOKENS.labels(kind="target").inc(812)

Any step sets facts; when it ends, ``flan_core.step`` pushes what it has set, and nothing else, to
the Pushgateway that FLAN_PUSHGATEWAY names:

    GROUP["step"] = "pack"
    PACK_EFFICIENCY.set(0.97)
    push()

A pushed group is replaced by the next push of the same grouping and never expires, so the grouping
must be one that comes back (the step; the variant or cluster that it works on), never a run or a
pod. Run, stage and cluster of a scraped series come from the pod's labels
(manifests/components/prometheus).
"""

import os
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    make_wsgi_app,
    push_to_gateway,
    pushadd_to_gateway,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import ThreadingWSGIServer
from prometheus_client.registry import Collector

from flan_core.errors import BadInput

disable_created_metrics()  # type: ignore[no-untyped-call]  # else each counter has a second series

REGISTRY = CollectorRegistry()
"""What ``serve`` shows: the live metrics of training."""
FACTS = CollectorRegistry()
"""What ``push`` sends: the facts that this process has set."""
GATEWAY = "FLAN_PUSHGATEWAY"
"""Variable with the Pushgateway's address; pods of steps get it from ConfigMap flan-metrics."""
JOB = "flan"
"""The job that all facts are pushed as."""
GROUP: dict[str, str] = {}
"""What this process works on: the step, and where several do one step, variant or cluster."""

STEP = Counter("flan_step", "Optimiser steps done.", registry=REGISTRY)
TOKENS = Counter(
    "flan_tokens", "Tokens trained on; kind: target, input, pad.", ["kind"], registry=REGISTRY
)
LOSS = Gauge("flan_loss", "Loss of the last step, nats per target token.", registry=REGISTRY)
CLUSTER_LOSS = Gauge(
    "flan_cluster_loss",
    "Loss of the last step that had the cluster's targets, nats per target token.",
    ["task_cluster"],
    registry=REGISTRY,
)
DATASET_LOSS = Gauge(
    "flan_dataset_loss",
    "Loss of the last step that had the dataset's targets, nats per target token.",
    ["dataset"],
    registry=REGISTRY,
)
GRAD_NORM = Gauge(
    "flan_grad_norm", "Norm of the last gradient, before clipping.", registry=REGISTRY
)
LEARNING_RATE = Gauge("flan_learning_rate", "Learning rate of the last step.", registry=REGISTRY)
STEPS_SKIPPED = Counter(
    "flan_steps_skipped",
    "Updates not made; reason: non_finite, spike.",
    ["reason"],
    registry=REGISTRY,
)
STEP_SECONDS = Histogram(
    "flan_step_seconds",
    "Duration of a step.",
    registry=REGISTRY,
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250),
)
DATA_WAIT = Counter(
    "flan_data_wait_seconds", "Time that steps waited for their batch.", registry=REGISTRY
)
CHECKPOINT_SECONDS = Histogram(
    "flan_checkpoint_seconds",
    "Duration of a checkpoint; phase: stage, write, upload, verify.",
    ["phase"],
    registry=REGISTRY,
    buckets=(0.1, 0.5, 1, 5, 15, 60, 180, 600, 1_800),
)
CHECKPOINT_LAST_SUCCESS = Gauge(
    "flan_checkpoint_last_success_timestamp_seconds",
    "Unix time of the last complete checkpoint.",
    registry=REGISTRY,
)
CHECKPOINT_REJECTED = Counter(
    "flan_checkpoint_rejected",
    "Checkpoints found unfit to load; reason: checksum, missing, truncated, shape.",
    ["reason"],
    registry=REGISTRY,
)
LAST_STEP = Gauge(
    "flan_last_step_timestamp_seconds", "Unix time of the last step.", registry=REGISTRY
)
RESTARTS = Counter(
    "flan_restarts",
    "Times that training was started again; cause: killed, hang, preempted, failed.",
    ["cause"],
    registry=REGISTRY,
)
LOST_STEPS = Counter("flan_lost_steps", "Steps done again after a restart.", registry=REGISTRY)
GOODPUT = Gauge(
    "flan_goodput_ratio", "Time spent on steps that count, of all time.", registry=REGISTRY
)
MFU = Gauge("flan_mfu_ratio", "Model FLOP/s reached, of the device's peak.", registry=REGISTRY)
PEAK_MEMORY = Gauge(
    "flan_peak_memory_bytes",
    "Most bytes held: of the node's first GPU, else of the process.",
    registry=REGISTRY,
)
RANK_SCORE = Gauge(
    "flan_rank_score",
    "Speed of a rank against the median, 1 is the median.",
    ["rank"],
    registry=REGISTRY,
)
BUILD = Gauge(
    "flan_build_info",
    "Always 1; what is being trained, to join on.",
    ["model", "mixture", "version"],
    registry=REGISTRY,
)


class Fact(Collector):
    """A value that is pushed when a step ends; absent until it is set.

    A plain gauge would be pushed as 0 by every step that never touched it.
    """

    def __init__(self, name: str, documentation: str, labels: tuple[str, ...] = ()) -> None:
        """Name the fact; ``*_total`` becomes a counter, anything else a gauge."""
        self.name, self.documentation, self.labels = name, documentation, labels
        self._values: dict[tuple[str, ...], float] = {}
        FACTS.register(self)

    def set(self, value: float, **labels: str) -> None:
        """Set the value of these labels; all labels of the fact are needed."""
        if set(labels) != set(self.labels):
            raise ValueError(f"{self.name} has labels {self.labels}, not {tuple(labels)}")
        self._values[tuple(labels[name] for name in self.labels)] = value

    def clear(self) -> None:
        """Forget all values."""
        self._values.clear()

    def describe(self) -> Iterable[Metric]:
        """Yield the empty family, so that two facts of one name are refused."""
        yield self._family()

    def collect(self) -> Iterable[Metric]:
        """Yield the family when there is a value."""
        family = self._family()
        for labels, value in self._values.items():
            family.add_metric(labels, value)
        return [family] if self._values else []

    def _family(self) -> CounterMetricFamily | GaugeMetricFamily:
        kind = CounterMetricFamily if self.name.endswith("_total") else GaugeMetricFamily
        return kind(self.name, self.documentation, labels=self.labels)


ROWS = Fact(
    "flan_rows_total",
    "Rows of the last run; outcome: kept, bad, dropped.",
    ("task", "outcome"),
)
PACK_EFFICIENCY = Fact("flan_pack_efficiency_ratio", "Tokens of packs that are not padding.")
EVAL_SCORE = Fact(
    "flan_eval_score",
    "Mean over templates and tasks, in points; metric: who/exemplars, as tuned/0.",
    ("cluster", "metric"),
)
PROMOTION_BLOCKED = Fact(
    "flan_promotion_blocked",
    "1 when the last promotion was refused for this, 0 when this was passed.",
    ("reason",),
)
SCHEDULE_LAST_SUCCESS = Fact(
    "flan_schedule_last_success_timestamp_seconds", "Unix time of the last scheduled success."
)
STEP_LAST_SUCCESS = Fact(
    "flan_pipeline_step_last_success_timestamp_seconds",
    "Unix time of a pipeline step's last success.",
)
STEP_LAST_DURATION = Fact(
    "flan_pipeline_step_last_duration_seconds", "Duration of a pipeline step's last success."
)
QUEUE_WAIT = Fact(
    "flan_queue_wait_seconds", "Time that the launched job has waited or did wait for its pods."
)


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name is inherited
        """Say nothing: a scrape every few seconds would bury the progress lines."""


@contextmanager
def serve(port: int, linger_s: float = 0, address: str = "") -> Iterator[None]:
    """Serve ``REGISTRY`` on ``port`` while the body runs; port 0 serves nothing.

    Afterwards the server stays until the next scrape, so that the last values are seen, or for
    ``linger_s`` seconds at most.

    Raises:
        BadInput: the port is taken or may not be opened.
    """
    if not port:
        yield
        return
    scraped = threading.Event()
    show = make_wsgi_app(REGISTRY)

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        body = show(environ, start_response)
        scraped.set()
        return body

    try:
        server = make_server(address, port, app, ThreadingWSGIServer, handler_class=_Quiet)
    except OSError as error:
        message = f"port {port} for metrics: {error.strerror}; set metrics_port to a free port"
        raise BadInput(message) from error
    threading.Thread(target=server.serve_forever, daemon=True, name="metrics").start()
    try:
        yield
    finally:
        scraped.clear()
        scraped.wait(linger_s)
        server.shutdown()
        server.server_close()


def push(*, whole: bool = True, timeout_s: float = 5) -> bool:
    """Send the facts that were set to the Pushgateway; tell whether it took them.

    Without FLAN_PUSHGATEWAY nothing is sent. A gateway that does not answer costs a line of
    warning, never the step's work.

    Args:
        whole: Whether the group's other facts go; else only those of the same names are replaced.
        timeout_s: Seconds to wait for the gateway.
    """
    gateway = os.environ.get(GATEWAY, "")
    if not gateway:
        return False
    send = push_to_gateway if whole else pushadd_to_gateway
    grouping = {name: value for name, value in GROUP.items() if value}
    try:
        send(gateway, JOB, FACTS, grouping_key=grouping, timeout=timeout_s)
    except OSError as error:
        print(f"metrics: {gateway} took nothing ({error}); the step goes on", file=sys.stderr)
        return False
    return True

"""Prometheus metrics at `/metrics`, below the sub-path if there is one; off by default.

`LOGITLAB_METRICS=1` switches them on; otherwise the address answers 404 and nothing is recorded.
They describe one process: behind a proxy, let Prometheus read each process directly, and do not
pass the address on to visitors. No label or value comes from a visitor's input.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram
from prometheus_client import generate_latest as as_text
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ui import assets, models, runs
from ui.fast_path import sessions

SWITCH = "LOGITLAB_METRICS"
#: Upper ends of the histogram's buckets in seconds. A redraw takes 2 to 10 ms on an idle machine.
BUCKETS = (0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5, 1.0, 2.5)


class _State(Collector):
    """Values that are read when Prometheus asks: sessions, queues, time of computations."""

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics, with one label for the two workers: "model" and "runs"."""
        yield GaugeMetricFamily("logitlab_sessions", "Sessions with an open page", value=sessions())
        queue = GaugeMetricFamily("logitlab_queue", "Waiting computations", labels=["worker"])
        spent = CounterMetricFamily(
            "logitlab_model_seconds", "Time of finished computations", labels=["worker"]
        )
        for name, worker in (("model", models.worker()), ("runs", runs.run_worker())):
            queue.add_metric([name], worker.waiting)
            spent.add_metric([name], worker.seconds)
        yield queue
        yield spent


class Metrics:
    """The metrics of this process, if they are switched on."""

    def __init__(self, on: bool) -> None:
        """Create the metrics; with `on` False, record nothing and answer 404."""
        self.on = on
        self._registry = CollectorRegistry()
        self._redraws = Counter(
            "logitlab_redraws",
            'Changed controls by result: "redrawn", or "rerun" if Streamlit must run the page',
            ["result"],
            registry=self._registry,
        )
        self._latency = Histogram(
            "logitlab_redraw_seconds",
            "Time from a request of the fast path to its response, including the wait for a thread",
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._registry.register(_State())

    @property
    def observer(self) -> Callable[[float, bool], None] | None:
        """Return the function that records a redraw, or None if the metrics are off."""
        return self._observe if self.on else None

    def _observe(self, seconds: float, redrawn: bool) -> None:
        self._redraws.labels("redrawn" if redrawn else "rerun").inc()
        if redrawn:
            self._latency.observe(seconds)

    def _serve(self, _request: Request) -> Response:
        if not self.on:
            return Response("Not found.", 404)
        return Response(as_text(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    def routes(self) -> list[Route]:
        """Return the route of the metrics."""
        return [Route(f"{assets.base()}/metrics", self._serve)]


def switched_on() -> bool:
    """Return whether the environment switches the metrics on."""
    return os.environ.get(SWITCH) == "1"


metrics = Metrics(switched_on())

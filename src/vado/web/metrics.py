"""Figures for Prometheus: what stands where, how long it waits, what fails, how long answers take. No patient's value is a label.

Counting takes the database some time, so what was counted is given again for some seconds.
"""

import time
from collections.abc import Iterator
from threading import Lock

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from vado.exchange.ports import Exchange
from vado.exchange.watch import Figures, figures

TYPE = "text/plain; version=0.0.4; charset=utf-8"
_FRESH = 15.0  # seconds for which what was counted is given again
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)


class Metrics:
    """All figures of one application."""

    def __init__(self, x: Exchange, *, fresh: float = _FRESH) -> None:
        self._registry = CollectorRegistry()
        self._answers = Histogram(
            "vado_http_seconds", "How long answers took, by the name of the route",
            ("route", "method", "status"), buckets=_BUCKETS, registry=self._registry,
        )  # fmt: skip
        self._children: dict[tuple[str, str, int], Histogram] = {}
        self._registry.register(_Watched(x, fresh))
        ProcessCollector(registry=self._registry)

    def counted(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one answer."""
        kind = route, method, status // 100
        child = self._children.get(kind)
        if child is None:
            child = self._children[kind] = self._answers.labels(route, method, f"{status // 100}xx")
        child.observe(seconds)

    def text(self) -> bytes:
        """Give all figures in Prometheus' text format."""
        return generate_latest(self._registry)


class _Watched(Collector):
    def __init__(self, x: Exchange, fresh: float) -> None:
        self._x, self._fresh, self._lock = x, fresh, Lock()
        self._known: Figures | None = None
        self._since = 0.0

    def describe(self) -> list[Metric]:
        """Say nothing beforehand: what is counted is known only when it is asked for."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Count, or give what was counted a moment ago."""
        with self._lock:
            if self._known is None or time.monotonic() - self._since > self._fresh:
                self._known, self._since = figures(self._x), time.monotonic()
            found = self._known
        return _families(found)


def _families(f: Figures) -> Iterator[Metric]:
    originals = GaugeMetricFamily("vado_originals", "Originals kept", labels=["partner", "format", "state"])
    for s in f.standings:
        originals.add_metric([s.partner, s.format or "none", s.state.value], s.count)
    yield originals
    oldest = GaugeMetricFamily(
        "vado_oldest_seconds", "How long the oldest original in this state has been here", labels=["state"]
    )
    for state, age in f.oldest.items():
        oldest.add_metric([state.value], age.total_seconds())
    yield oldest
    failures = GaugeMetricFamily("vado_held", "Originals that cannot be read, by the code of their first issue", labels=["code"])
    for code, n in f.failures.items():
        failures.add_metric([code], n)
    yield failures
    alerts = GaugeMetricFamily("vado_alert", "1: more fails than usual", labels=["partner", "channel"])
    for a in f.alerts:
        alerts.add_metric([a.partner, a.channel], 1)
    yield alerts
    for name, what, partners in (
        ("vado_partner_held", "1: kept and acknowledged, not read until it is released", [h.partner for h in f.holds]),
        ("vado_linking_stopped", "1: the circuit breaker of linking is open", list(f.tripped)),
    ):
        family = GaugeMetricFamily(name, what, labels=["partner"])
        for partner in partners:
            family.add_metric([partner], 1)
        yield family
    yield GaugeMetricFamily("vado_journal_bytes", "Acknowledged, and not in the store yet", value=f.behind)
    yield GaugeMetricFamily("vado_doubts_open", "Possible matches that wait for a person", value=f.doubts)
    yield GaugeMetricFamily("vado_desk_open", "Values read from paper that wait for a person", value=f.desk)
    yield GaugeMetricFamily("vado_retries", "Originals that will be read again by themselves", value=f.retried)
    yield GaugeMetricFamily("vado_given_up", "Originals that were tried too often", value=f.given_up)

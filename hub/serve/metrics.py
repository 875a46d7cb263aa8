"""What a monitoring system reads at /metrics: how the hub itself is, nothing about a shop."""

from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

_GAUGES = {
    "ok": "1 while the hub is well",
    "ingest": "1 while the thread that writes is alive",
    "broker": "1 while the connection to the broker stands",
    "room": "1 while the disk has room for a commit",
    "twins": "names that two devices answered to within the last hour",
    "version": "version of the data, grows with every commit",
}
_COUNTERS = {
    "taken": "windows stored",
    "repeats": "windows that came again and were stored before",
    "set_aside": "messages that cannot be taken, kept with their reason",
    "refused": "what the broker refused",
    "live_dropped": "live values that came faster than they could be read",
}


class _Health(Collector):
    def __init__(self, health: Mapping[str, Any], committed_at: float | None) -> None:
        self._health, self._committed_at = health, committed_at

    def collect(self) -> Iterator[Metric]:
        for name, said in _GAUGES.items():
            if name in self._health:
                yield GaugeMetricFamily(f"instore_hub_{name}", said, value=float(self._health[name]))
        for name, said in _COUNTERS.items():
            if name in self._health:
                yield CounterMetricFamily(f"instore_hub_{name}", said, value=float(self._health[name]))
        # Absent before the first commit: a moment that was not is no moment 0.
        if self._committed_at is not None:
            name, said = "instore_hub_committed_at_seconds", "when devices' data was last committed, Unix time"
            yield GaugeMetricFamily(name, said, value=self._committed_at)


def exposition(health: Mapping[str, Any], committed_at: float | None) -> bytes:
    """The hub's health in Prometheus' text format; `committed_at` in Unix seconds, None before the first commit."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Health(health, committed_at))
    return generate_latest(registry)

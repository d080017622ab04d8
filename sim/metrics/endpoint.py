"""The optional endpoint for Prometheus, on this machine only.

It speaks the exposition format by the official client, which is imported only if a port is set.
Beside the metrics, `/health` tells the checks of the machine as they were seen last, as JSON.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sim.errors import ConfigError
from sim.metrics.catalogue import FAMILIES, Family, split
from sim.snapshot import HealthView

if TYPE_CHECKING:
    import threading
    from wsgiref.simple_server import WSGIServer
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from prometheus_client.metrics_core import Metric

    from sim.metrics.registry import MetricRegistry

HOST = "127.0.0.1"
_KEY = "monitoring.metrics_port"


def check_port(port: int) -> None:
    """Refuse a port that cannot be listened on; 0 is none.

    Raises:
        ConfigError: it is taken or not allowed, or the client is not installed.
    """
    if not port:
        return
    _client()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the server will do: what an earlier run has just left does not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen()
        except OSError as error:
            raise _unusable(port, error) from None


class MetricsEndpoint:
    """Serves the values of a registry until it is closed.

    Args:
        port: > 0.
        registry: what is served.
        health: the checks as they were seen last.

    Raises:
        ConfigError: the port cannot be listened on, or the client is not installed.
    """

    def __init__(
        self, port: int, registry: MetricRegistry, health: Callable[[], tuple[HealthView, ...]]
    ) -> None:
        client = _client()
        served = client.CollectorRegistry(auto_describe=False)
        served.register(_Collector(registry))
        try:
            found = client.start_http_server(port, addr=HOST, registry=served)
        except OSError as error:
            raise _unusable(port, error) from None
        server, thread = found
        metrics = server.get_app()
        assert metrics is not None
        server.set_app(_with_health(metrics, health))
        self._server: WSGIServer = server
        self._thread: threading.Thread = thread

    def close(self) -> None:
        """Stop listening; may be called again."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _with_health(
    metrics: WSGIApplication, health: Callable[[], tuple[HealthView, ...]]
) -> WSGIApplication:
    """Answer `/health`, and leave all else to the metrics."""

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/health" or environ["REQUEST_METHOD"] != "GET":
            return metrics(environ, start)
        checks = health()
        healthy = all(check.healthy for check in checks)
        content = {"healthy": healthy, "checks": [asdict(check) for check in checks]}
        status = "200 OK" if healthy else "503 Service Unavailable"
        start(status, [("Content-Type", "application/json")])
        return [json.dumps(content).encode()]

    return answer


class _Collector:
    """The registry as the client wants to read it."""

    def __init__(self, registry: MetricRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        """All families that have a value."""
        from prometheus_client.metrics_core import HistogramMetricFamily

        found: dict[str, list[tuple[str, float]]] = {}
        for key, value in self._registry.values.items():
            name, label = split(key)
            found.setdefault(name, []).append((label, value))
        for family in FAMILIES:
            if family.kind == "histogram":
                buckets, seconds = self._registry.step_times()
                named = [(_bound(bound), count) for bound, count in buckets]
                yield HistogramMetricFamily(family.name, family.help, named, seconds)
            elif family.name in found:
                yield _metric(family, found[family.name])


def _metric(family: Family, values: list[tuple[str, float]]) -> Metric:
    from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

    make = CounterMetricFamily if family.kind == "counter" else GaugeMetricFamily
    metric: Metric = make(family.name, family.help, labels=[family.label] if family.label else [])
    for label, value in values:
        metric.add_metric([label] if family.label else [], value)  # type: ignore[attr-defined]
    return metric


def _bound(value: float) -> str:
    return "+Inf" if value == float("inf") else repr(value)


def _client() -> Any:
    try:
        import prometheus_client
    except ImportError:
        raise ConfigError(
            f"{_KEY}: needs the Prometheus client, expected 0 or"
            " `pip install 'decsim-tui[metrics]'`"
        ) from None
    return prometheus_client


def _unusable(port: int, error: OSError) -> ConfigError:
    return ConfigError(
        f"{_KEY}: {port} cannot be listened on at {HOST} ({error.strerror}), expected a free port"
    )

"""Numbers of a running process for Prometheus, on an address of their own: how many and how long, never who.

They are read when somebody asks; what happens on the way of a message is counted per commit, not per message.
"""

import contextlib
from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from messaging.config import ConfigError
from messaging.connection.connection import Backend
from messaging.fanout.shared import SharedHub
from messaging.ports import Fanout
from messaging.tally import Tally

Metric = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily

_COMMIT_MESSAGES: Final = "pli_commit_messages"


class BackendCollector(Collector):
    """What one process knows of its own work."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def collect(self) -> Iterator[Metric]:
        pipeline = self._backend.pipeline
        yield GaugeMetricFamily("pli_sockets", "Connections that are greeted.", self._backend.fanout.sockets)
        yield GaugeMetricFamily("pli_messages_waiting", "Messages that wait for a commit.", pipeline.waiting)
        yield GaugeMetricFamily("pli_requests_running", "Other transactions under way.", pipeline.running)
        yield _histogram(_COMMIT_MESSAGES, "Messages of one commit, refused ones too.", pipeline.commits.messages)
        yield _histogram("pli_commit_seconds", "How long one commit of messages took.", pipeline.commits.seconds)
        closed = CounterMetricFamily("pli_closed", "Connections that this side ended.", labels=["code"])
        for code, count in sorted(self._backend.closed.items()):
            closed.add_metric([str(code)], count)
        yield closed
        refused = CounterMetricFamily("pli_refused", "Times that an account asked for too much.", labels=["rate"])
        for rate, count in sorted(self._backend.rates.refused.items()):
            refused.add_metric([rate.value], count)
        yield refused
        yield from _of_fanout(self._backend.fanout)


def _of_fanout(fanout: Fanout) -> Iterator[Metric]:
    if isinstance(fanout, SharedHub):
        yield GaugeMetricFamily("pli_fanout_deaf", "1 while other processes are not heard.", int(fanout.deaf))
        yield GaugeMetricFamily("pli_fanout_waiting", "Events that wait to be delivered here.", fanout.unheard)
        yield CounterMetricFamily("pli_sweep_found", "Threads further than what was told.", fanout.found)


def _histogram(name: str, what: str, tally: Tally) -> HistogramMetricFamily:
    buckets = [("+Inf" if bound is None else repr(float(bound)), float(count)) for bound, count in tally.buckets()]
    return HistogramMetricFamily(name, what, buckets=buckets, sum_value=tally.total)


@contextlib.contextmanager
def published(address: tuple[str, int] | None, backend: Backend) -> Iterator[None]:
    """Answers at `http://host:port/metrics` meanwhile, in a thread of its own; nowhere without an address.

    Raises: ConfigError, where the address cannot be listened on.
    """
    if address is None:
        yield
        return
    registry = CollectorRegistry()
    for collector in (BackendCollector(backend), ProcessCollector(registry=None), PlatformCollector(registry=None)):
        registry.register(collector)
    host, port = address
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise ConfigError("PLI_METRICS", f"{host}:{port} cannot be listened on: {error.strerror}.") from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

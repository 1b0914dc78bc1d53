"""Bounds under the requests: uvicorn bounds neither the size of a head nor the time that it may take to come, lets a
peer that does not read its answer block it for ever, and ends idle connections while their peers would still use them.
"""

import asyncio
from collections import Counter
from typing import Any, ClassVar, Final

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from messaging.connection.stall import StallWatch, count_unsent
from messaging.domain import limits

_half_open: Final[Counter[str]] = Counter()
"""By address, connections of this process that wait for the head of a request: many of one are no browser's."""


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's HTTP protocol with the bounds that it lacks; given to `uvicorn.Config(http=...)`."""

    _idle: ClassVar[set["BoundedHttp"]] = set()
    """Those of this process that are kept without a request."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._head_bytes = 0
        self._address = ""
        self._deadline: asyncio.TimerHandle | None = None
        """Set while a head is awaited or read."""
        self._stall = StallWatch(lambda: self._count_unsent(), self._cut)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self._address = str((transport.get_extra_info("peername") or ("",))[0])
        self._await_head()
        if _half_open[self._address] > limits.half_open_per_address_max and not self._is_from_proxy():
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_head()
        self._stall.stop()
        self._end_idle()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        is_crowded = len(self._idle) >= limits.http_idle_connections_max
        self.timeout_keep_alive = limits.http_idle_crowded_s if is_crowded else limits.http_idle_s
        super().on_response_complete()
        if self._deadline is not None:
            self._end_idle()  # the head of the next request has begun
        elif self.timeout_keep_alive_task is not None:
            self._idle.add(self)

    def _unset_keepalive_if_required(self) -> None:
        """Not at each read, as uvicorn has it: one that begins no request (an empty line, a body that nobody waits for
        any more) would leave the connection without an end. See `on_message_begin`.
        """

    def _end_idle(self) -> None:
        super()._unset_keepalive_if_required()
        self._idle.discard(self)

    def timeout_keep_alive_handler(self) -> None:
        self._end_idle()
        super().timeout_keep_alive_handler()

    def on_message_begin(self) -> None:
        self._end_idle()
        super().on_message_begin()
        if self._deadline is None:
            self._await_head()

    def handle_websocket_upgrade(self) -> None:
        """uvicorn hands the connection over at once; where a request has no answer yet, that is the last word of it."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.keep_alive = False
            return
        super().handle_websocket_upgrade()

    def on_headers_complete(self) -> None:
        self._end_head()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._deadline is None:
            return
        self._head_bytes += len(data)
        if self._head_bytes > limits.http_head_bytes_max:
            self.send_400_response("The head of the request is too large.")

    def _is_from_proxy(self) -> bool:
        """A trusted proxy brings all of its clients over one address, and bounds their heads itself."""
        return isinstance(self.app, ProxyHeadersMiddleware) and self._address in self.app.trusted_hosts

    def _await_head(self) -> None:
        self._head_bytes = 0
        _half_open[self._address] += 1
        self._deadline = self.loop.call_later(limits.http_head_s, self.transport.close)

    def _end_head(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
            _half_open[self._address] -= 1
            if not _half_open[self._address]:
                del _half_open[self._address]

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stall.start()

    def resume_writing(self) -> None:
        self._stall.stop()
        super().resume_writing()

    def _cut(self) -> None:
        """An answer that stalls cannot be ended in good order: what is unwritten stands before any last word."""
        self.transport.abort()

    def _count_unsent(self) -> int:
        return count_unsent(self.transport)

"""Bounds under the requests: uvicorn bounds neither the size of a head nor the time that it may take to come, and lets
a peer that does not read its answer block it for ever.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from messaging.connection.stall import StallWatch, count_unsent
from messaging.domain import limits


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's HTTP protocol with the bounds that it lacks; given to `uvicorn.Config(http=...)`."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._head_bytes = 0
        self._deadline: asyncio.TimerHandle | None = None
        """Set while a head is awaited or read."""
        self._stall = StallWatch(lambda: self._count_unsent(), self._cut)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_head()
        self._stall.stop()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._deadline is None:
            self._await_head()

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

    def _await_head(self) -> None:
        self._head_bytes = 0
        self._deadline = self.loop.call_later(limits.http_head_s, self.transport.close)

    def _end_head(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

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

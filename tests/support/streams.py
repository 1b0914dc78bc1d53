"""The second carrier of the tests: a `Wire` whose frames go by HTTP and come by SSE (PROTOCOL.md section 2.1)."""

import contextlib
import os
from collections.abc import AsyncIterator
from typing import Final

import httpx
from websockets.exceptions import ConnectionClosedError

from tests.support.server import Deployed
from tests.support.sockets import Wire

_PADDING_MAX: Final = 4_096


class Stream(Wire):
    """Opened by the first frame that is sent. `statuses`: how each later frame was answered."""

    def __init__(self, client: httpx.AsyncClient, origin: str | None = None) -> None:
        super().__init__()
        self.client = client
        self.secret = os.urandom(32).hex()
        self.response: httpx.Response | None = None
        self.statuses: list[int] = []
        self.beats = 0
        self._origin = {} if origin is None else {"origin": origin}
        self._lines: AsyncIterator[str] | None = None
        self._code: int | None = None

    @property
    def headers(self) -> dict[str, str]:
        place = None if self.response is None else self.response.headers.get("pli-place")
        return {"pli-stream": self.secret, **self._origin} | ({} if place is None else {"pli-place": place})

    async def send(self, frame: str | bytes) -> None:
        content = frame.encode() if isinstance(frame, str) else frame
        if self.response is None:
            request = self.client.build_request("POST", "/v1/stream", headers=self.headers, content=content)
            self.response = await self.client.send(request, stream=True)
            self._lines = self.response.aiter_lines()
        else:
            answer = await self.client.post("/v1/commands", headers=self.headers, content=content)
            self.statuses.append(answer.status_code)

    async def receive(self) -> bytes:
        name = ""
        assert self._lines is not None
        with contextlib.suppress(httpx.HTTPError):
            async for line in self._lines:
                field, _, value = line.partition(": ")
                if field == "event":
                    name = value
                elif field == "data" and not name:
                    return value.encode()
                elif field == "data":
                    assert name == "close"
                    self._code = int(value)
                elif line.startswith(":"):
                    assert len(line) < _PADDING_MAX
                    self.beats += 1
        raise ConnectionClosedError(None, None)

    @property
    def close_code(self) -> int | None:
        return self._code

    async def close(self) -> None:
        if self.response is not None:
            await self.response.aclose()


@contextlib.asynccontextmanager
async def streamed(service: Deployed, *, origin: str | None = None) -> AsyncIterator[Stream]:
    """A stream that said nothing yet."""
    async with service.client(timeout_s=15.0) as client:
        stream = Stream(client, origin)
        try:
            yield stream
        finally:
            await stream.close()

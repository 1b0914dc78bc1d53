"""A hundred thousand random frames at a real process: each is answered or closes, without traceback or growth."""

import itertools
import json
import os
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
import psutil
import pytest
from websockets.exceptions import ConnectionClosed

from messaging.wire import closing, codec
from messaging.wire.commands import Hello, Threads
from messaging.wire.rest import TicketIssued
from tests.hostile.noise import Noise
from tests.support.processes import ServiceProcess
from tests.support.scale import scaled
from tests.support.sockets import Socket, dialled

pytestmark = [pytest.mark.hostile, pytest.mark.slow, pytest.mark.soak, pytest.mark.timeout(3_600)]

FRAMES: Final = 100_000
WARM: Final = 10_000
"""After so many frames whatever is made once was made."""
FRAMES_A_SOCKET: Final = 50
GROWTH_BYTES_MAX: Final = 8 * 2**20
LAST: Final = 2**53 - 1
REFUSALS: Final = {
    *("malformed", "too_large", "unknown_command", "unverifiable", "not_found", "unauthenticated", "busy"),
}
CLOSES: Final = {None, closing.PROTOCOL_ERROR, closing.TOO_MANY_REQUESTS, 1006, 1007, 1009}
"""None: it was still open when all was answered. 1006: we wrote on after a 1007 or 1009, and its reset came first."""


class Flood:
    """One stranger after another, each with a socket and some frames."""

    def __init__(self, service: ServiceProcess, noise: Noise) -> None:
        self._service = service
        self._noise = noise
        self._strangers = itertools.count()
        self.codes: set[int | None] = set()
        self.refusals: set[str] = set()

    async def send(self, count: int, client: httpx.AsyncClient) -> None:
        while count > 0:
            count -= await self._one_socket(min(count, FRAMES_A_SOCKET), client)

    async def _one_socket(self, count: int, client: httpx.AsyncClient) -> int:
        """Sends up to `count` frames; how many it took."""
        async with dialled(self._service) as socket:
            await socket.ask(Hello(ref=0, ticket=await self._ticket(client), device=os.urandom(16)))
            sent = 0
            try:
                while sent < count:
                    frame, text = self._noise.frame()
                    sent += 1
                    await socket.connection.send(frame, text=text)
                await socket.connection.send(codec.encode(Threads(ref=LAST)), text=True)
            except ConnectionClosed:
                pass
            self.codes.add(await self._read(socket))
            return sent

    async def _read(self, socket: Socket) -> int | None:
        """Reads up to the answer to the last command, or to the close; its code."""
        try:
            while (answer := json.loads(await socket.next())).get("ref") != LAST:
                self._note(answer)
        except ConnectionClosed:
            return socket.connection.close_code
        return None

    def _note(self, answer: dict[str, Any]) -> None:
        if answer["t"] == "err":
            self.refusals.add(answer["problem"]["code"])
            assert len(json.dumps(answer)) < 1_000
        else:
            assert answer["t"] in ("threads", "closing"), answer

    async def _ticket(self, client: httpx.AsyncClient) -> str:
        headers = {"authorization": f"Bearer {self._service.token(f'stranger {next(self._strangers)}', [])}"}
        answer = await client.post("/v1/tickets", headers=headers)
        return msgspec.json.decode(answer.content, type=TicketIssued).ticket


async def test_random_frames(sqlite_url: str, tmp_path: Path) -> None:
    async with ServiceProcess(sqlite_url, tmp_path / "service") as service:
        flood = Flood(service, Noise(seed=20_260_101))
        process = psutil.Process(service.pid)
        async with service.client() as client:
            await flood.send(scaled(WARM), client)
            before = process.memory_info().rss
            await flood.send(scaled(FRAMES) - scaled(WARM), client)
            growth = process.memory_info().rss - before
        assert growth <= GROWTH_BYTES_MAX, f"it grew by {growth / 2**20:.1f} MiB"
        assert flood.refusals <= REFUSALS
        assert flood.refusals >= REFUSALS - {"busy", "too_large"}
        assert flood.codes <= CLOSES
        assert not service.tracebacks()
        await service.terminate()

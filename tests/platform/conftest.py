"""A running service on each store, with the small world in it, for the tests of the platform's interface."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import httpx
import msgspec
import pytest_asyncio

from tests.support.server import RunningService, running_service
from tests.support.world import World

S = TypeVar("S", bound=msgspec.Struct)
BUSY_MAX = 3
"""How often one asks again."""


class Backend:
    """The platform's back end, with its signed token unless a test says otherwise."""

    def __init__(self, service: RunningService, world: World, folder: Path) -> None:
        self.service = service
        self.world = world
        self.folder = folder

    async def request(
        self,
        method: str,
        path: str,
        body: msgspec.Struct | None = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> httpx.Response:
        bearer = token or self.service.idp.platform_token()
        return await self.world.request(method, f"/v1/platform/{path}", bearer, body, headers)

    async def ask(self, method: str, path: str, kind: type[S], body: msgspec.Struct | None = None) -> S:
        """Once more where the service was busy, as it may be on a busy machine."""
        answer = await self.request(method, path, body)
        for _ in range(BUSY_MAX):
            if answer.status_code != 503 or code(answer) != "busy":
                break
            await asyncio.sleep(int(answer.headers["retry-after"]))
            answer = await self.request(method, path, body)
        assert answer.is_success, answer.text
        return msgspec.json.decode(answer.content, type=kind)

    async def at_once(self, count: int, method: str, path: str, body: msgspec.Struct, key: str) -> list[httpx.Response]:
        """The same request with the same Idempotency-Key, several times at once."""
        headers = {"idempotency-key": key}
        return await asyncio.gather(*(self.request(method, path, body, headers=headers) for _ in range(count)))


def code(answer: httpx.Response) -> str:
    return str(msgspec.json.decode(answer.content)["code"])


@pytest_asyncio.fixture
async def backend(database_url: str, tmp_path: Path) -> AsyncIterator[Backend]:
    folder = tmp_path / "service"
    folder.mkdir()
    async with running_service(database_url, folder) as service, World.made(service) as world:
        yield Backend(service, world, folder)

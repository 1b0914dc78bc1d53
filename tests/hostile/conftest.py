"""A running service for what an attacker sends, and a watch on its log: a refusal leaves no traceback."""

import gc
import logging
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from messaging.ws.transport import BoundedProtocol
from tests.support.server import RunningService, running_service
from tests.support.world import Someone, World, newcomer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[RunningService]:
    """Over the direct path, unless a module asks for the path of ASGI’s messages too."""
    folder = tmp_path_factory.mktemp("hostile")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(BoundedProtocol, "is_direct", getattr(request, "param", "direct") == "direct")
        async with running_service(f"sqlite+aiosqlite:///{folder / 'pli.sqlite3'}", folder) as running:
            yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(service: RunningService) -> AsyncIterator[World]:
    async with World.made(service) as made:
        yield made


@pytest.fixture
def somebody() -> Someone:
    """An account without mailboxes, new in every test: nobody else uses up its five sockets."""
    return newcomer()


@pytest.fixture(params=["websocket", "http"])
def carrier(request: pytest.FixtureRequest) -> str:
    """A test that takes it runs over either carrier: they must not be told apart."""
    return str(request.param)


@pytest.fixture(autouse=True)
def no_traceback(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    gc.collect()  # a task that failed unseen says so when it is collected
    loud = [record for record in caplog.get_records("call") if record.exc_info or record.levelno >= logging.ERROR]
    assert not loud, [record.getMessage() for record in loud]

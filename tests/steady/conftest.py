"""A real service process with the bounds of a deployment, and pairs that talk there."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from bench.machine import raise_file_limit
from tests.steady.ordinary import Ordinary
from tests.support.processes import ServiceProcess

BOUNDS: Final = {"PLI_MESSAGES_PER_S": "50"}


@pytest.fixture(scope="session", autouse=True)
def many_files() -> Iterator[None]:
    raise_file_limit()
    yield


@pytest_asyncio.fixture
async def service(sqlite_url: str, tmp_path: Path) -> AsyncIterator[ServiceProcess]:
    async with ServiceProcess(sqlite_url, tmp_path / "service", environment=BOUNDS) as running:
        yield running
        assert not running.tracebacks()


@pytest_asyncio.fixture
async def ordinary(service: ServiceProcess) -> AsyncIterator[Ordinary]:
    founded = await Ordinary.founded(service)
    yield founded
    founded.town.close()

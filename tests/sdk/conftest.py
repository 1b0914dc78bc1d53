"""The real service with a town hall, its listing and a project, for the tests of the whole SDK."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.sdk.people import Place, place
from tests.support.server import running_service


@pytest.fixture
async def here(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Place]:
    """A service on SQLite, nobody enrolled yet."""
    async with running_service(sqlite_url, tmp_path) as service:
        yield await place(service)

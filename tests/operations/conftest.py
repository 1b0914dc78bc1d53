"""What the tests of operations share: deployments as real processes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.processes import ServiceProcess


@pytest.fixture
async def deployed(sqlite_url: str, tmp_path: Path) -> AsyncIterator[ServiceProcess]:
    """An embedded service that runs."""
    async with ServiceProcess(sqlite_url, tmp_path / "service") as service:
        yield service


@pytest.fixture
def postgres_url(new_postgres_url: str) -> str:
    """One that nobody migrated: what is tested here begins with that."""
    return new_postgres_url

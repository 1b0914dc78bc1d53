"""Every test of the suite has a service of its own that may lie, with the same past."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.hostile_server.ground import Ground, Template, copied, make_template


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The past, played once a process."""
    return asyncio.run(make_template(tmp_path_factory.mktemp("hostile") / "past"))


@pytest.fixture
async def ground(template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ground]:
    async with copied(template, tmp_path / "service", monkeypatch) as ground:
        yield ground

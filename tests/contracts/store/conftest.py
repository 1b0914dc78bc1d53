"""One suite, both stores: every test that takes `world` runs on SQLite and on PostgreSQL.

The schema is made once a run; each test gets a copy of the SQLite file, or the PostgreSQL database emptied.
"""

import os
from collections.abc import AsyncIterator

import pytest

from messaging.store import create_store
from tests.contracts.conftest import RING
from tests.contracts.store.world import World


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def migrated_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database with the newest schema and nothing in it."""
    url: str = request.getfixturevalue("migrated_sqlite" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
async def world(migrated_url: str) -> AsyncIterator[World]:
    store = create_store(migrated_url, RING, os.urandom)
    await store.start()
    try:
        yield World(store)
    finally:
        await store.close()

"""One suite, both stores: every test that takes `world` runs on SQLite and on PostgreSQL.

The schema is made once a run; each test gets a copy of the SQLite file, or the PostgreSQL database emptied.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator

import pytest

from messaging.store import create_store, migrate
from messaging.store.tables import metadata
from tests.contracts.conftest import RING
from tests.contracts.store.world import World
from tests.support.postgres import PostgresServer


@pytest.fixture(scope="session")
def shared_database(postgres: PostgresServer) -> str:
    name = postgres.create_database()
    asyncio.run(migrate(postgres.url(name)))
    return name


@pytest.fixture
def migrated_postgres(postgres: PostgresServer, shared_database: str) -> Iterator[str]:
    yield postgres.url(shared_database)
    # Emptied, since to make and drop a database takes seconds; as a replica does it, without triggers and references.
    empty = "".join(f"DELETE FROM {table.name};" for table in metadata.sorted_tables)
    postgres.sql(f"SET session_replication_role = replica; {empty}", shared_database)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def migrated_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database with the newest schema and nothing in it."""
    url: str = request.getfixturevalue("migrated_sqlite" if request.param == "sqlite" else "migrated_postgres")
    return url


@pytest.fixture
async def world(migrated_url: str) -> AsyncIterator[World]:
    store = create_store(migrated_url, RING, os.urandom)
    await store.start()
    try:
        yield World(store)
    finally:
        await store.close()

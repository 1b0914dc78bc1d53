"""One suite, both stores: every test that takes `world` runs on SQLite and on PostgreSQL.

The schema is made once a run; each test gets a copy of the SQLite file, or the PostgreSQL database emptied.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from messaging.store import KeyRing, create_store, migrate
from messaging.store.tables import metadata
from tests.contracts.store.world import World
from tests.support.postgres import PostgresServer

RING = KeyRing({1: b"\x01" * 32}, 1, b"\x02" * 32)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "pli.sqlite3"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def shared_database(postgres: PostgresServer) -> str:
    name = postgres.create_database()
    asyncio.run(migrate(postgres.url(name)))
    return name


@pytest.fixture
def migrated_sqlite(sqlite_template: Path, tmp_path: Path) -> str:
    shutil.copy(sqlite_template, tmp_path / "pli.sqlite3")
    return f"sqlite:///{tmp_path / 'pli.sqlite3'}"


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

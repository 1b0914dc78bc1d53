"""Servers for tests that break them."""

from collections.abc import Iterator

import pytest

from tests.support.postgres import PostgresServer
from tests.support.processes import postgres_of_its_own
from tests.support.redis import RedisServer, redis_of_its_own


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    with postgres_of_its_own() as server:
        yield server


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with redis_of_its_own() as server:
        yield server


@pytest.fixture
def postgres_url(new_postgres_url: str) -> str:
    """One that nobody migrated: what is tested here begins with that."""
    return new_postgres_url

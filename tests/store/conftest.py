"""Fixtures of the store's own tests."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.postgres import PostgresServer


@pytest.fixture
def another_database(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Makes further empty databases of the same kind as `database_url`, and returns their URLs."""
    made: list[str] = []
    numbers = itertools.count(1)
    server: PostgresServer | None = (
        request.getfixturevalue("postgres") if database_url.startswith("postgresql") else None
    )

    def make() -> str:
        if server is None:
            return f"sqlite:///{tmp_path / f'another-{next(numbers)}.sqlite3'}"
        made.append(server.create_database())
        return server.url(made[-1])

    yield make
    for name in made:
        assert server is not None
        server.drop_database(name)


@pytest.fixture
def postgres_url(new_postgres_url: str) -> str:
    """One that nobody migrated: what is tested here begins with that."""
    return new_postgres_url

"""A database that one test after the other has to itself, emptied in between."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from messaging.store import migrate
from messaging.store.tables import metadata
from tests.support.postgres import PostgresServer


class EmptiedDatabase:
    """Made when a test first asks for it, and anew where it could not be emptied after the last one."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._clean: str | None = None

    @contextmanager
    def lent(self) -> Iterator[str]:
        """The URL of it, with the newest schema and nothing in it. Raises: PostgresFailed, where it is not emptied."""
        name, self._clean = self._clean or self._made(), None
        yield self._server.url(name)
        self._server.empty_database(name, [table.name for table in metadata.sorted_tables])
        self._clean = name

    def _made(self) -> str:
        name = self._server.create_database()
        asyncio.run(migrate(self._server.url(name)))
        return name

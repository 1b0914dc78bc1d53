"""A statement on SQLite is one step of the connection's thread, and leaves what it left to the driver."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from messaging.store.address import parse
from messaging.store.engine import create_engine
from messaging.store.sqlite_connection import SqliteConnection


async def test_a_statement_is_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[object] = []
    by_itself = SqliteConnection._execute

    async def counted(connection: SqliteConnection, function: Any, *arguments: Any, **options: Any) -> Any:
        steps.append(function)
        return await by_itself(connection, function, *arguments, **options)  # type: ignore[no-untyped-call]

    engine = create_engine(parse(f"sqlite+aiosqlite:///{tmp_path / 'steps.sqlite3'}"))
    try:
        async with engine.connect() as connection:
            await connection.execute(text("CREATE TABLE kept (id INTEGER PRIMARY KEY, word TEXT UNIQUE)"))
            monkeypatch.setattr(SqliteConnection, "_execute", counted)
            put = await connection.execute(text("INSERT INTO kept (word) VALUES ('one')"))
            assert put.rowcount == 1
            add = text("INSERT INTO kept (word) VALUES (:word)")
            assert (await connection.execute(add, [{"word": "two"}, {"word": "three"}])).rowcount == 2
            back = await connection.execute(text("INSERT INTO kept (word) VALUES ('four') RETURNING id"))
            assert back.scalar_one() == 4
            assert (await connection.execute(text("UPDATE kept SET word = word || '!' WHERE id > 2"))).rowcount == 2
            words = await connection.execute(text("SELECT word FROM kept ORDER BY id"))
            assert words.scalars().all() == ["one", "two", "three!", "four!"]
            assert (await connection.execute(text("SELECT word FROM kept WHERE id = 5"))).first() is None
            assert len(steps) == 6
            with pytest.raises(IntegrityError):
                await connection.execute(text("INSERT INTO kept (word) VALUES ('one')"))
            assert (await connection.execute(text("SELECT count(*) FROM kept"))).scalar_one() == 4
    finally:
        await engine.dispose()

"""The migrations make exactly the schema that the code believes in."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from messaging.store import current_revision, migrate, migrating
from messaging.store.address import Kind, parse
from messaging.store.engine import create_engine, create_sqlite_file
from messaging.store.tables import metadata

T = TypeVar("T")

_POSTGRES_SCHEMA = (
    """SELECT table_name, column_name, rank() OVER (PARTITION BY table_name ORDER BY ordinal_position),
       data_type, is_nullable, column_default
       FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 3""",
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
    """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
       WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2""",
    "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2",
    "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1",
    "SELECT relname, reloptions FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1",
)
_SQLITE_SCHEMA = ("SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2",)


async def test_the_migrated_schema_is_the_schema_of_the_code(
    database_url: str, another_database: Callable[[], str]
) -> None:
    other = another_database()
    await migrate(database_url)
    await _run(other, metadata.create_all)

    migrated, declared = await _schema(database_url), await _schema(other)

    assert migrated == declared
    assert len(declared) > 20


async def test_to_migrate_again_changes_nothing(database_url: str) -> None:
    revision = await migrate(database_url)
    before = await _schema(database_url)

    assert await migrate(database_url) == revision == await current_revision(database_url)
    assert await _schema(database_url) == before


def test_the_revisions_are_those_of_alembic() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrating.__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    assert tuple(script.revision for script in scripts)[::-1] == migrating.REVISIONS


async def _schema(url: str) -> list[str]:
    """Everything that the database tells of its schema, white space and quotes aside."""
    queries = _SQLITE_SCHEMA if parse(url).kind is Kind.SQLITE else _POSTGRES_SCHEMA

    def read(connection: Connection) -> list[str]:
        rows = [tuple(row) for query in queries for row in connection.execute(text(query))]
        return [" ".join(str(row).replace("\\n", " ").replace("\\t", " ").replace('"', "").split()) for row in rows]

    return [line for line in await _run(url, read) if "alembic_version" not in line]


async def _run(url: str, step: Callable[[Connection], T]) -> T:
    address = parse(url)
    if address.kind is Kind.SQLITE:
        create_sqlite_file(address.file)
    engine = create_engine(address)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(step)
    finally:
        await engine.dispose()

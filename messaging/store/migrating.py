"""The schema: which revision the database has, which one this version needs, and the way there (alembic)."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from messaging.store.address import Address, Kind, parse
from messaging.store.engine import check_reachable, create_engine, create_sqlite_file
from messaging.store.errors import SchemaMismatch
from messaging.store.process_lock import ProcessLock
from messaging.store.unit import transaction

_FOLDER: Final = Path(__file__).parent / "migrations"
REVISIONS: Final = tuple(sorted(path.name.partition("_")[0] for path in _FOLDER.glob("versions/[0-9]*.py")))
"""Of this version, the oldest first: each file of a migration is named after its own."""
_MIGRATE_LOCK: Final = 0x706C69_0002
"""Number of the advisory lock of PostgreSQL: two releases at once migrate one after the other."""


async def migrate(url: str) -> str:
    """Brings the database to the newest schema, all or nothing, and returns its revision. Makes a missing SQLite file.

    Raises: StoreError.
    """
    address = parse(url)
    if address.kind is Kind.POSTGRESQL:
        return await _migrate(address)
    create_sqlite_file(address.file)
    lock = ProcessLock.take(address.file)
    try:
        return await _migrate(address)
    finally:
        lock.release()


async def _migrate(address: Address) -> str:
    engine = create_engine(address, statement_s=None)
    try:
        await check_reachable(engine, address)
        async with transaction(engine, address.kind, writable=True) as (connection, _):
            if address.kind is Kind.POSTGRESQL:
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATE_LOCK})
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()
    return _newest()


async def current_revision(url: str) -> str | None:
    """The revision of the database; None where nobody migrated yet. Raises: StoreError."""
    address = parse(url)
    lock = ProcessLock.take(address.file) if address.kind is Kind.SQLITE and address.file.exists() else None
    engine = create_engine(address)
    try:
        await check_reachable(engine, address)
        async with engine.connect() as connection:
            return await connection.run_sync(_revision)
    finally:
        await engine.dispose()
        if lock is not None:
            lock.release()


async def check_current(connection: AsyncConnection) -> None:
    """Raises: SchemaMismatch."""
    revision = await connection.run_sync(_revision)
    if revision == _newest():
        return
    if revision is None:
        raise SchemaMismatch("The database has no tables yet. Run `pli migrate`.")
    if _is_known(revision):
        raise SchemaMismatch(f"The database has an older schema ({revision}). Stop the service and run `pli migrate`.")
    raise SchemaMismatch(
        f"The database has the schema of a newer version ({revision}). Install that version of pli again."
    )


def _upgrade(connection: Connection) -> None:
    revision = _revision(connection)
    if revision == _newest():
        return
    if revision is not None and not _is_known(revision):
        raise SchemaMismatch(
            f"The database has the schema of a newer version ({revision}). Install that version of pli."
        )
    from alembic import command  # a sixth of what starting a process loads, and few of them migrate
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    """As alembic wrote it down."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _newest() -> str:
    return REVISIONS[-1]


def _is_known(revision: str) -> bool:
    return revision in REVISIONS

"""The engine of each kind of database, and the settings that durability rests on.

Both drivers run in autocommit: the unit of work writes BEGIN and COMMIT itself, so that Core statements and the
driver's own batch statements share one transaction, and SQLite gets BEGIN IMMEDIATE.

SQLite: one connection for all transactions that write, so that the pool puts them one after the other; WAL with
synchronous=FULL; deleted content is overwritten (escrowed shares, old wraps). Whoever only reads has connections of
their own, whose snapshots keep nobody waiting. The WAL is checkpointed beside them (see `checkpoints`).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from messaging.store.address import Address, Kind
from messaging.store.errors import CannotConnect, DatabaseMissing, UnsafeDurability
from messaging.store.sqlite_connection import SqliteConnection

postgres_connections_max: Final = 10
"""Of one process. One of them is the writer's; PostgreSQL serves about 100 by default."""
connection_wait_s: Final = 30.0
"""How long a transaction waits for a free connection; on SQLite for all that came before it."""
connect_s: Final = 10.0
statement_s: Final = 60.0
"""PostgreSQL: how long one statement may take, waiting for locks included."""
lock_wait_ms: Final = 5_000
"""PostgreSQL: how long a statement waits for another transaction's lock; one stuck row must not stop everybody."""
idle_in_transaction_ms: Final = 30_000
sqlite_busy_ms: Final = 10_000
sqlite_cache_kib: Final = 65_536
sqlite_readers_max: Final = 2
"""One that reads long, for a report say, must not keep all others waiting."""
sqlite_reader_cache_kib: Final = 16_384
sqlite_wal_bytes_max: Final = 67_108_864
"""To this the WAL file is cut back once it was checkpointed whole."""

_PRAGMAS: Final = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA recursive_triggers=ON",
    "PRAGMA secure_delete=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA wal_autocheckpoint=0",
    f"PRAGMA journal_size_limit={sqlite_wal_bytes_max}",
    f"PRAGMA cache_size=-{sqlite_cache_kib}",
    f"PRAGMA busy_timeout={sqlite_busy_ms}",
)
_READER_PRAGMAS: Final = (*_PRAGMAS, f"PRAGMA cache_size=-{sqlite_reader_cache_kib}", "PRAGMA query_only=ON")

_POSTGRES_WAITS: Final = {
    "lock_timeout": str(lock_wait_ms),
    "idle_in_transaction_session_timeout": str(idle_in_transaction_ms),
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
"""A process that vanished in a transaction must not hold a thread's row, and with it the writers of the others."""

_SQLITE_DURABLE: Final = {
    "PRAGMA journal_mode": ("wal",),
    "PRAGMA synchronous": (2, 3),
    "PRAGMA foreign_keys": (1,),
}
_POSTGRES_DURABLE: Final = {
    "SHOW fsync": ("on",),
    "SHOW full_page_writes": ("on",),
    "SHOW synchronous_commit": ("on", "remote_apply"),
}


def create_engine(
    address: Address, *, statement_s: float | None = statement_s, reads_only: bool = False
) -> AsyncEngine:
    """An engine that has not connected yet. Without `statement_s` a statement takes the time it needs. `reads_only`:
    on SQLite, its connections cannot write.
    """
    common: dict[str, Any] = {
        "isolation_level": "AUTOCOMMIT",
        "hide_parameters": True,
        "max_overflow": 0,
        "pool_timeout": connection_wait_s,
        "pool_reset_on_return": None,
    }
    if address.kind is Kind.POSTGRESQL:
        return create_async_engine(
            address.url,
            pool_size=postgres_connections_max,
            pool_use_lifo=True,
            connect_args={
                "timeout": connect_s,
                "command_timeout": statement_s,
                "server_settings": {"application_name": "pli", **({} if statement_s is None else _POSTGRES_WAITS)},
            },
            **common,
        )
    engine = create_async_engine(
        address.url,
        pool_size=sqlite_readers_max if reads_only else 1,
        pool_use_lifo=True,
        connect_args={
            "async_creator_fn": SqliteConnection,
            "cached_statements": 256,
            "check_same_thread": False,
        },
        **common,
    )
    event.listen(engine.sync_engine, "connect", _set_reader_pragmas if reads_only else _set_pragmas)
    event.listen(engine.sync_engine, "before_cursor_execute", _overhear)
    return engine


def _overhear(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
    """What is written by others is nothing that the writer may still remember."""
    driver: Any = connection.connection.driver_connection
    driver.heads.overhear(statement)


def _set_pragmas(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    _execute_all(connection, _PRAGMAS)


def _set_reader_pragmas(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    _execute_all(connection, _READER_PRAGMAS)


def _execute_all(connection: DBAPIConnection, pragmas: Sequence[str]) -> None:
    cursor = connection.cursor()
    try:
        for pragma in pragmas:
            cursor.execute(pragma)
    finally:
        cursor.close()


async def check_reachable(engine: AsyncEngine, address: Address) -> None:
    """Raises: DatabaseMissing, CannotConnect."""
    if address.kind is Kind.SQLITE and not address.file.exists():
        raise DatabaseMissing(f"There is no database at {address.file}. Run `pli migrate` to make it.")
    try:
        async with engine.connect():
            pass
    except Exception as error:
        raise _cannot_connect(error, address) from None


def _cannot_connect(error: Exception, address: Address) -> Exception:
    """What the driver said, in words that hold no password. asyncpg tells its errors apart by SQLSTATE."""
    cause = getattr(error, "orig", None) or error
    state = getattr(cause, "sqlstate", None)
    if state == "3D000":
        return DatabaseMissing(
            f"The server has no database {address.url.database!r} ({address.shown}). "
            f"Create it: createdb {address.url.database}"
        )
    if state is not None and state.startswith("28"):
        return CannotConnect(f"{address.shown} refuses this user or password. Check PLI_DATABASE_URL.")
    reason = type(cause).__name__ if state is None else f"{type(cause).__name__} {state}"
    return CannotConnect(
        f"{address.shown} cannot be opened ({reason}). Check PLI_DATABASE_URL, and that the database runs."
    )


async def check_durability(connection: AsyncConnection, kind: Kind) -> None:
    """Raises: UnsafeDurability, naming the setting."""
    for query, safe in (_SQLITE_DURABLE if kind is Kind.SQLITE else _POSTGRES_DURABLE).items():
        value = (await connection.execute(text(query))).scalar_one()
        if value not in safe:
            name = query.split()[1]
            raise UnsafeDurability(
                f"The database would lose acknowledged messages in a power cut: {name} is {value!r}. "
                f"Set it to {safe[0]!r}"
                + (" in postgresql.conf." if kind is Kind.POSTGRESQL else ": use a local disk.")
            )


def create_sqlite_file(path: Path) -> None:
    """Makes an empty file that only its owner may read, if there is none. Raises: CannotConnect."""
    try:
        path.touch(mode=0o600, exist_ok=True)
    except OSError as error:
        raise CannotConnect(f"{path} cannot be made: {error.strerror}. Make the folder, or check its owner.") from None

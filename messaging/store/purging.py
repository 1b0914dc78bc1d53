"""PostgreSQL: deleted rows leave the database's files.

A deleted row stays in its page, also after VACUUM, until something else is written over it. VACUUM FULL writes the
table anew without it, and its indexes; nobody can use the table meanwhile, so that this is for tables that are written
anew in a moment. Rows that an open transaction still sees would be copied: it is waited for.

What was in the write-ahead log goes with its old segments (docs/platform.md says how they end).
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from messaging.domain import limits
from messaging.store.tables import metadata

log = logging.getLogger("pli.store")

_POLL_S: Final = 0.1
_OLDER: Final = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_xmin IS NOT NULL "
    "AND pid <> pg_backend_pid() AND extract(epoch FROM xact_start)::float8 < :began"
)
_SIZE: Final = text(
    "SELECT coalesce(sum(pg_total_relation_size(relid)), pg_total_relation_size(CAST(:table AS text)::regclass)) "
    "FROM pg_partition_tree(CAST(:table AS text)::regclass)"
)
"""Of a table with its partitions: one that has some is empty itself, and one that has none is in no tree."""


async def rewrite(engine: AsyncEngine, tables: Sequence[str]) -> Mapping[str, str]:
    """Each table written anew, or at least vacuumed; which of the two, by table."""
    async with engine.connect() as connection:
        alone = await _unseen(connection)
        return {table: await _clear(connection, metadata.tables[table].name, alone) for table in tables}


async def _unseen(connection: AsyncConnection) -> bool:
    """Waits until no transaction is open that began before now. Whether that was so in time."""
    began = (await connection.execute(text("SELECT extract(epoch FROM clock_timestamp())::float8"))).scalar_one()
    for _ in range(int(limits.purge_wait_s / _POLL_S)):
        if (await connection.execute(_OLDER, {"began": began})).scalar_one() == 0:
            return True
        await asyncio.sleep(_POLL_S)
    return False


async def _clear(connection: AsyncConnection, table: str, alone: bool) -> str:
    size = (await connection.execute(_SIZE, {"table": table})).scalar_one()
    if alone and size <= limits.purge_rewrite_bytes_max:
        try:
            await connection.execute(text(f"VACUUM (FULL) {table}"))
        except DBAPIError as error:
            log.warning("%s could not be rewritten now (%s)", table, type(error.orig).__name__)
        else:
            return "rewritten"
    await connection.execute(text(f"VACUUM {table}"))
    return "vacuumed"

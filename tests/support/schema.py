"""A deployment prepared as `pli migrate` does it, but that the schema is made once a run, and copied."""

import asyncio
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Final

import asyncpg
from sqlalchemy import URL

from messaging import keys
from messaging.app import initialise
from messaging.config import Settings
from messaging.e2ee.entropy import Entropy
from messaging.store import KeyRing, current_revision, migrate
from messaging.store.address import Kind, parse

_TEMPLATE: Final = "pli_schema"
"""The database of a server that is copied."""


async def prepared(settings: Settings, entropy: Entropy) -> None:
    """`initialise`; a database that nobody migrated becomes a copy of one."""
    if await _is_new(settings.database_url):
        # In the same order as there: it draws from the same entropy.
        keys.make_folder(settings.data_dir)
        keys.make_missing(settings.data_dir, entropy)
        if settings.key_ring is None and not settings.key_ring_file.exists():
            KeyRing.generate(entropy).create_file(settings.key_ring_file)
        address = parse(settings.database_url)
        if address.kind is Kind.SQLITE:
            await asyncio.to_thread(_copy_file, address.file)
        else:
            await _copy_database(address.url)
    await initialise(settings, entropy)


async def _is_new(database_url: str) -> bool:
    address = parse(database_url)
    if address.kind is Kind.SQLITE:
        return not address.file.exists()
    return await current_revision(database_url) is None


def _copy_file(file: Path) -> None:
    file.touch(0o600, exist_ok=False)
    file.write_bytes(_schema())


@lru_cache(maxsize=1)
def _schema() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pli.sqlite3"
        asyncio.run(migrate(f"sqlite+aiosqlite:///{file}"))
        return file.read_bytes()


async def _copy_database(url: URL) -> None:
    """In the place of an empty one."""
    server = await asyncpg.connect(host=url.host, port=url.port, user=url.username, database="postgres")
    try:
        if not await server.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", _TEMPLATE):
            await server.execute(f"CREATE DATABASE {_TEMPLATE} TEMPLATE template0")
            await migrate(url.set(database=_TEMPLATE).render_as_string())
        await server.execute(f"DROP DATABASE {url.database}")
        await server.execute(f"CREATE DATABASE {url.database} TEMPLATE {_TEMPLATE}")
    finally:
        await server.close()

"""A deployment prepared as `pli migrate` does it, but that the schema is made once a run, and copied or emptied."""

import asyncio
import tempfile
from functools import lru_cache
from pathlib import Path

from messaging import keys
from messaging.app import initialise
from messaging.config import Settings
from messaging.e2ee.entropy import Entropy
from messaging.store import KeyRing, migrate
from messaging.store.address import Kind, parse


async def prepared(settings: Settings, entropy: Entropy) -> None:
    """`initialise`; a folder without a key ring is a new deployment, and its database has no row yet."""
    if settings.key_ring is None and not settings.key_ring_file.exists():
        # In the same order as there: it draws from the same entropy.
        keys.make_folder(settings.data_dir)
        keys.make_missing(settings.data_dir, entropy)
        KeyRing.generate(entropy).create_file(settings.key_ring_file)
        address = parse(settings.database_url)
        if address.kind is Kind.SQLITE:
            await asyncio.to_thread(_copy_file, address.file)
    await initialise(settings, entropy)


def _copy_file(file: Path) -> None:
    file.touch(0o600, exist_ok=False)
    file.write_bytes(_schema())


@lru_cache(maxsize=1)
def _schema() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pli.sqlite3"
        asyncio.run(migrate(f"sqlite+aiosqlite:///{file}"))
        return file.read_bytes()

"""A database with many sealed values, and what of it opens."""

import os
from collections import Counter
from pathlib import Path

from messaging.app import initialise, make_store
from messaging.domain.ids import MailboxId
from messaging.domain.vocabulary import MailboxKind
from messaging.store import SqlStore
from messaging.store.sealing import Column
from messaging.wire.rest import Dimensions
from messaging.wire.types import Presentation
from tests.support.server import settings_for


def shown(number: int) -> Presentation:
    return Presentation("Commune", "Finistère", True, f"Annonce {number}")


def ref(number: int) -> str:
    return f"sealed-{number}"


async def plant(store: SqlStore, count: int) -> None:
    """Registers mailboxes, each with a sealed presentation."""
    async with store.transaction() as tx:
        for number in range(count):
            new_id = MailboxId(os.urandom(16))
            await tx.mailboxes.put(ref(number), new_id, MailboxKind.TERRITORY, shown(number), Dimensions())


async def planted(url: str, folder: Path, count: int) -> None:
    """A new deployment with its keys in this folder and so many sealed values in its database."""
    settings = settings_for(url, folder, folder / "jwks.json")
    await initialise(settings)
    store = make_store(settings)
    await store.start()
    try:
        await plant(store, count)
    finally:
        await store.close()


async def check_readable(store: SqlStore, count: int) -> None:
    """Everything that was planted opens, and says what it said."""
    async with store.reading() as tx:
        found = await tx.mailboxes.find([ref(number) for number in range(count)])
        rows = await tx.mailboxes.alternatives(list(found.values()), 1)
    assert [rows[found[ref(number)]] for number in range(count)] == [[(shown(n), 1)] for n in range(count)]


async def under(store: SqlStore) -> dict[int, int]:
    """How many values of all columns are sealed under which key."""
    total: Counter[int] = Counter()
    for column in Column:
        total.update(await store.resealing().count(column))
    return dict(total)

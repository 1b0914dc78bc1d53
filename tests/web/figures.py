"""A service whose figures are of simulated relations, for tests of who reads them."""

from messaging.reporting.calendar import Month
from messaging.reporting.simulation import simulate
from messaging.services import reporting
from messaging.services.reporting import PublishedCell
from messaging.store import SqlStore
from tests.reporting.events import NOW, every_figure

FIRST, UNTIL = Month(2024, 1).begins, Month(2026, 6).begins


async def published(store: SqlStore, relations: int) -> list[PublishedCell]:
    """Fills an empty book, publishes what is due, and returns it."""
    async with store.transaction() as tx:
        await tx.book.append([row for told in simulate(3, relations, FIRST, UNTIL) for row in told])
    await reporting.publish_due(store, NOW)
    async with store.reading() as tx:
        return await every_figure(tx)

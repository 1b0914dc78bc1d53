"""One database transaction from BEGIN to its end, with all repositories on it.

A transaction is run in a task of its own and never cancelled from outside (the pipeline sees to that). Should it be
cancelled all the same, the end of it is not: the rollback runs to its end, or the connection is thrown away, so that no
open transaction goes back into the pool.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any, Final, ParamSpec, TypeVar

import asyncpg
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from messaging import ports
from messaging.domain.errors import Busy, PliError
from messaging.store.accounts import Accounts
from messaging.store.address import Kind
from messaging.store.alerts import Alerts
from messaging.store.answers import Answers
from messaging.store.audit import AuditLog
from messaging.store.batches import Batches
from messaging.store.batches_postgresql import PostgresBatches
from messaging.store.batches_sqlite import SqliteBatches
from messaging.store.book import Book
from messaging.store.cases import Cases
from messaging.store.consents import Consents
from messaging.store.desks import Desks
from messaging.store.engine import postgres_connections_max
from messaging.store.erasing import Erasing
from messaging.store.events import Events
from messaging.store.holdings import Holdings
from messaging.store.link import Link
from messaging.store.mailboxes import Mailboxes
from messaging.store.measures import Measures
from messaging.store.moderation_keys import ModerationKeys
from messaging.store.outbox import Outbox
from messaging.store.platform_keys import PlatformKeys
from messaging.store.progress import Progresses
from messaging.store.resets import Resets
from messaging.store.retiring import Retiring
from messaging.store.rosters import Rosters
from messaging.store.sealing import Sealer
from messaging.store.seats import Seats
from messaging.store.sqlite_connection import SqliteConnection
from messaging.store.targets import Targets
from messaging.store.thirds import Thirds
from messaging.store.threads import Threads
from messaging.store.tickets import Tickets
from messaging.store.vaults import Vaults
from messaging.store.webhooks import Webhooks

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger("pli.store")

_GONE: Final = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)
"""How a pooled connection shows that the server went away behind its back."""
_AWAY: Final = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)
"""How a server says that it takes no connection now: it stopped, starts, or has no room. Another time it may."""
_AWAY_RETRY_MS: Final = 1_000


class Unit:
    """The repositories of one transaction (`messaging.ports.Transaction`)."""

    def __init__(self, link: Link) -> None:
        self.accounts: ports.Accounts = Accounts(link)
        self.tickets: ports.Tickets = Tickets(link)
        self.platform_keys: ports.PlatformKeys = PlatformKeys(link)
        self.answers: ports.Answers = Answers(link)
        self.vaults: ports.Vaults = Vaults(link)
        self.mailboxes: ports.Mailboxes = Mailboxes(link)
        self.rosters: ports.Rosters = Rosters(link)
        self.resets: ports.Resets = Resets(link)
        self.seats: ports.Seats = Seats(link)
        self.targets: ports.Targets = Targets(link)
        self.threads: ports.Threads = Threads(link)
        self.progress: ports.Progresses = Progresses(link)
        self.thirds: ports.Thirds = Thirds(link)
        self.events: ports.Events = Events(link)
        self.desks: ports.Desks = Desks(link)
        self.consents: ports.Consents = Consents(link)
        self.audit: ports.AuditLog = AuditLog(link)
        self.moderation_keys: ports.ModerationKeys = ModerationKeys(link)
        self.webhooks: ports.Webhooks = Webhooks(link)
        self.book: ports.Book = Book(link)
        self.outbox: ports.Outbox = Outbox(link)
        self.alerts: ports.Alerts = Alerts(link)
        self.cases: ports.Cases = Cases(link)
        self.measures: ports.Measures = Measures(link)
        self.erasing: ports.Erasing = Erasing(link)
        self.holdings: ports.Holdings = Holdings(link)
        self.retiring: ports.Retiring = Retiring(link)


@asynccontextmanager
async def unit(engine: AsyncEngine, kind: Kind, sealer: Sealer, *, writable: bool) -> AsyncIterator[Unit]:
    """A transaction with its repositories. Raises: what `transaction` raises."""
    async with transaction(engine, kind, writable=writable) as (connection, batches):
        yield Unit(Link(kind, connection, batches, sealer, writable))


@asynccontextmanager
async def transaction(
    engine: AsyncEngine, kind: Kind, *, writable: bool
) -> AsyncIterator[tuple[AsyncConnection, Batches]]:
    """Committed on leaving, rolled back on an exception; one that only reads is always rolled back.

    Raises: Busy, when no connection came free in time, or the server is away or goes away; nothing was written then.
    Where it goes away in the commit, what the driver raises: nobody knows.
    """
    connection, batches = await _begun(engine, kind, writable=writable)
    ended = False
    try:
        try:
            yield connection, batches
        except Exception as error:
            if isinstance(error, PliError) or not (batches.is_lost or _is_shut(error)):
                raise
            log.warning("a database connection was lost (%s); its transaction is undone", type(error).__name__)
            raise Busy("the database went away", retry_after_ms=_AWAY_RETRY_MS) from None
        if writable:
            await to_its_end(batches.commit)
            ended = True
    finally:
        await to_its_end(_give_back, connection, batches, ended=ended)


@asynccontextmanager
async def connected(engine: AsyncEngine) -> AsyncIterator[SqliteConnection]:
    """SQLite: the one connection, with no transaction begun; nobody else has it meanwhile. Whoever begins one ends it.

    Raises: Busy, when it did not come free in time.
    """
    connection = await _opened(engine)
    try:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        try:
            yield driver
        finally:
            if driver.in_transaction:
                await _discard(connection)
    finally:
        await connection.close()


async def glance(engine: AsyncEngine, kind: Kind, look: Callable[[Batches], Awaitable[T]]) -> T:
    """What one statement reads: a transaction around it would cost more than it does. It may be made again.

    Raises: Busy, when no connection came free in time, or the server is away.
    """
    tries_left = postgres_connections_max
    while True:
        connection = await _opened(engine)
        try:
            found = await look(await _batches(connection, kind))
        except BaseException as error:
            await to_its_end(_discard, connection)
            if not isinstance(error, _GONE) and not (isinstance(error, Exception) and _is_shut(error)):
                raise
            if tries_left == 0:
                raise Busy("the database went away", retry_after_ms=_AWAY_RETRY_MS) from None
            log.warning("a database connection was lost (%s); trying another", type(error).__name__)
            tries_left -= 1
        else:
            await connection.close()
            return found


async def _begun(engine: AsyncEngine, kind: Kind, *, writable: bool) -> tuple[AsyncConnection, Batches]:
    """A connection with a transaction begun. Pooled connections that died meanwhile are thrown away: nothing was sent
    on them, so that a restart of PostgreSQL costs nobody an error. Raises: Busy."""
    tries_left = postgres_connections_max
    while True:
        connection = await _opened(engine)
        try:
            batches = await _batches(connection, kind)
            await batches.begin(writable=writable)
        except BaseException as error:
            await to_its_end(_discard, connection)
            if not isinstance(error, _GONE) or tries_left == 0:
                raise
            log.warning("a database connection was lost (%s); trying another", type(error).__name__)
            tries_left -= 1
        else:
            return connection, batches


async def _opened(engine: AsyncEngine) -> AsyncConnection:
    """A connection of the pool, for which nothing was asked yet. Raises: Busy, where none is to be had now."""
    try:
        return await engine.connect()
    except PoolTimeout:
        raise Busy("the database has too much to do", retry_after_ms=_AWAY_RETRY_MS) from None
    except Exception as error:
        away = next((cause for cause in _causes(error) if isinstance(cause, _AWAY)), None)
        if away is None:
            raise
        raise Busy(f"the database is away ({type(away).__name__})", retry_after_ms=_AWAY_RETRY_MS) from None


def _is_shut(error: Exception) -> bool:
    """The server's last word on a connection, which may come before its end is seen."""
    return any(isinstance(cause, asyncpg.AdminShutdownError | asyncpg.CrashShutdownError) for cause in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it came from: SQLAlchemy wraps what the driver raised, twice where the server answered."""
    while error is not None:
        yield error
        error = error.__cause__


async def _batches(connection: AsyncConnection, kind: Kind) -> Batches:
    driver: Any = (await connection.get_raw_connection()).driver_connection
    return SqliteBatches(driver) if kind is Kind.SQLITE else PostgresBatches(driver)


async def _give_back(connection: AsyncConnection, batches: Batches, *, ended: bool) -> None:
    """Returns the connection to the pool in autocommit, or throws it away. Never raises: it would hide the reason."""
    try:
        if not ended and not connection.invalidated:
            await batches.rollback()
        await connection.close()
    except Exception as error:
        log.warning("a rollback failed (%s); its connection is thrown away", type(error).__name__)
        await _discard(connection)


async def _discard(connection: AsyncConnection) -> None:
    try:
        await connection.invalidate()
    finally:
        await connection.close()


async def to_its_end(step: Callable[P, Coroutine[Any, Any, None]], *args: P.args, **options: P.kwargs) -> None:
    """Runs a step that no cancellation may cut short; the cancellation is raised after it, instead of its error."""
    task = asyncio.create_task(step(*args, **options))
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    failed = task.exception()
    if cancelled is not None:
        raise cancelled
    if failed is not None:
        raise failed

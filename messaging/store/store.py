"""The store as the service sees it: opens, gives out transactions, closes (`messaging.ports.Store`)."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from sqlalchemy import Row, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from messaging.domain import limits
from messaging.domain.errors import Busy
from messaging.domain.ids import SeatId
from messaging.e2ee.entropy import Entropy, draw
from messaging.e2ee.suite import kdf
from messaging.ports import Appending, Transaction
from messaging.store import engine, migrating, purging
from messaging.store.address import Address, Kind, parse
from messaging.store.appending import appending
from messaging.store.beat import BeatFile
from messaging.store.checkpoints import Checkpointer
from messaging.store.engine import check_durability, check_reachable, create_engine, sqlite_busy_ms
from messaging.store.errors import BadKeyRing
from messaging.store.inspection import Inspection
from messaging.store.keyring import KeyRing, RingFile
from messaging.store.process_lock import ProcessLock
from messaging.store.recent import Recent
from messaging.store.resealing import Resealing
from messaging.store.sealing import Sealer
from messaging.store.tables import meta
from messaging.store.unit import glance, transaction, unit

log = logging.getLogger("pli.store")

_SERVICE_ID_BYTES: Final = 16
_WAL_FRAMES_MAX: Final = 16_384
"""SQLite: from here on, 64 MiB in pages of 4 KiB, a checkpoint makes the WAL start over, however busy it is."""


def create_store(url: str, keys: KeyRing, entropy: Entropy, ring_file: RingFile | None = None) -> "SqlStore":
    """A store for this database URL; `start` opens it. `ring_file`: where the ring may get new keys while the store is
    open. Raises: BadAddress.
    """
    return SqlStore(parse(url), keys, entropy, ring_file)


@contextlib.asynccontextmanager
async def _in_turn(turn: asyncio.Lock, begun: AbstractAsyncContextManager[Transaction]) -> AsyncIterator[Transaction]:
    """Raises: Busy, when its turn did not come in time."""
    try:
        async with asyncio.timeout(engine.connection_wait_s):
            await turn.acquire()
    except TimeoutError:
        raise Busy("the database has too much to do", retry_after_ms=limits.busy_retry_after_ms) from None
    try:
        async with begun as tx:
            yield tx
    finally:
        turn.release()


class SqlStore:
    """On SQLite or PostgreSQL. `service_id` and `stream_epoch` are known after `start`."""

    service_id: bytes
    stream_epoch: int
    exclusive: bool

    def __init__(self, address: Address, keys: KeyRing, entropy: Entropy, ring_file: RingFile | None = None) -> None:
        self.address: Final = address
        self.ring_file: Final = ring_file
        self.restored = False
        """Whether `start` found that this database is older than it was: a backup came back."""
        self._entropy = entropy
        self._sealer = Sealer(keys, entropy, ring_file)
        self._engine = create_engine(address)
        self._readers = create_engine(address, reads_only=True) if address.kind is Kind.SQLITE else self._engine
        self._turn = asyncio.Lock()
        """SQLite has one connection that writes. One transaction at a time waits for it: messages never have more than
        that one before them."""
        self._lock: ProcessLock | None = None
        self._beat_file = BeatFile(address.file) if address.kind is Kind.SQLITE else None
        self._checkpointer = Checkpointer(address.file) if address.kind is Kind.SQLITE else None
        self._checkpointing = asyncio.Lock()
        """SQLite does not wait for a checkpoint beside its own: it refuses (sqlite.org/c3ref/wal_checkpoint_v2)."""
        self._recent = [Recent() for _ in range(limits.writers_per_process)]
        self._started = False
        self._written = 0
        """Transactions since the last beat."""
        self.exclusive = address.kind is Kind.SQLITE
        self._quiet_frames = 0
        """Of the WAL at the last checkpoint: as many at the next one, and nothing was committed in between."""

    async def start(self) -> None:
        """Raises: StoreError, each kind of which says what to do."""
        if self.address.kind is Kind.SQLITE and self.address.file.exists():
            self._lock = ProcessLock.take(self.address.file)
        try:
            await check_reachable(self._engine, self.address)
            async with self._engine.connect() as connection:
                await check_durability(connection, self.address.kind)
                await migrating.check_current(connection)
            await self._read_meta()
        except BaseException:
            await self.close()
            raise
        self._started = True

    async def close(self) -> None:
        """Waits for nobody: end the transactions first. May be called again."""
        if self._started:
            self._started = False
            await self._last_beat()
        if self._checkpointer is not None:
            await self._checkpointer.close()
        await self._readers.dispose()
        await self._engine.dispose()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    @property
    def ring(self) -> KeyRing:
        """The keys that this process has at the moment."""
        return self._sealer.ring

    def adopt_ring(self, ring: KeyRing) -> None:
        """Goes on with other column keys. Raises: BadKeyRing."""
        self._sealer.adopt(ring)

    def shared_key(self, label: str) -> bytes:
        """32 bytes for a use of its own, the same in every process of this deployment as long as it lives."""
        return kdf(self._sealer.ring.index_key, label, self.service_id)

    def resealing(self) -> Resealing:
        """For `pli keys`."""
        return Resealing(self._engine, self.address.kind, self._sealer)

    def inspection(self) -> Inspection:
        """For `pli doctor`."""
        return Inspection(self._readers, self.address.kind)

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        self._written += 1
        begun = unit(self._engine, self.address.kind, self._sealer, writable=True)
        return _in_turn(self._turn, begun) if self.address.kind is Kind.SQLITE else begun

    def appending(self, lane: int = 0) -> AbstractAsyncContextManager[Appending]:
        self._written += 1
        return appending(self._engine, self.address.kind, self._recent[lane])

    def reading(self) -> AbstractAsyncContextManager[Transaction]:
        return unit(self._readers, self.address.kind, self._sealer, writable=False)

    async def active_seats(self, seats: Sequence[SeatId]) -> set[SeatId]:
        rows = await glance(self._readers, self.address.kind, lambda batches: batches.active_seats(seats))
        return {SeatId(row[0]) for row in rows}

    async def purge(self, tables: Sequence[str]) -> Mapping[str, str]:
        if self.address.kind is Kind.POSTGRESQL:
            return await purging.rewrite(self._engine, tables)
        if not await self._checkpoint_alone("TRUNCATE"):
            raise Busy("another program reads the database; it is not cleared yet", retry_after_ms=sqlite_busy_ms)
        self._quiet_frames = 0
        return dict.fromkeys(tables, "overwritten")

    async def checkpoint(self) -> None:
        """SQLite: copies what the WAL holds into the database file, between two transactions. To be called every half
        second or so by whoever runs the service; without it the WAL grows. PostgreSQL does it by itself.

        A quiet WAL is emptied: what was deleted (an escrowed card, say) must not stay readable in its old frames. One
        that grew long although it is copied, since commits came all the while, gets its rest copied between two of
        them, so that the next one starts it over.
        """
        if self._checkpointer is None:
            return
        frames = await self._copied(self._checkpointer)
        if frames >= _WAL_FRAMES_MAX:
            frames = await self._copied(self._checkpointer)
            await self._checkpoint_alone("PASSIVE")
        elif 0 < frames == self._quiet_frames:
            await self._checkpoint_alone("TRUNCATE", wait_ms=0)
        self._quiet_frames = frames

    async def _copied(self, checkpointer: Checkpointer) -> int:
        async with self._checkpointing:
            return await checkpointer.copy()

    async def _checkpoint_alone(self, mode: str, *, wait_ms: int | None = None) -> bool:
        """On the connection of the writer, who waits meanwhile. `wait_ms`: for another program that reads the file, a
        backup say. False, where that one kept it from being whole.
        """
        async with self._checkpointing, self._engine.connect() as connection:
            waits_ms = sqlite_busy_ms if wait_ms is None else wait_ms
            await connection.execute(text(f"PRAGMA busy_timeout={waits_ms}"))
            try:
                busy, _, _ = (await connection.execute(text(f"PRAGMA wal_checkpoint({mode})"))).one()
            finally:
                if not connection.invalidated:  # as it is where this was cancelled
                    await connection.execute(text(f"PRAGMA busy_timeout={sqlite_busy_ms}"))
        return not busy

    async def watch(self) -> bool:
        """Every few seconds: notes how far the database is (SQLite), and asks it which stream epoch it is in: another
        process may have said that a backup was restored. True if it is another one than before.
        """
        if self._beat_file is not None:
            await self._beat()
            return False
        async with transaction(self._engine, self.address.kind, writable=False) as (connection, _):
            stored = (await connection.execute(select(meta.c.stream_epoch))).scalar_one()
        changed = bool(stored != self.stream_epoch)
        self.stream_epoch = stored
        if changed:
            self._forget()
        return changed

    def _forget(self) -> None:
        """The database is another than it was."""
        for recent in self._recent:
            recent.forget()

    async def renew_stream_epoch(self) -> int:
        """A backup was restored: every client compares everything from now on. Returns the new epoch."""
        async with transaction(self._engine, self.address.kind, writable=True) as (connection, _):
            row = (await connection.execute(select(meta).with_for_update())).one()
            self.stream_epoch = await self._new_epoch(connection, row)
        return self.stream_epoch

    async def _new_epoch(self, connection: AsyncConnection, row: Row[Any]) -> int:
        """Further than any before, and not by one: a backup restored twice must not give the same epoch twice."""
        epoch: int = row.stream_epoch + 1 + int.from_bytes(draw(self._entropy, 4), "big")
        await connection.execute(update(meta).values(stream_epoch=epoch))
        return epoch

    async def _beat(self) -> None:
        """Counts a beat if anything was written since the last one: first in the database, then beside it."""
        if self._beat_file is None or not self._written:
            return
        self._written = 0
        async with transaction(self._engine, self.address.kind, writable=True) as (connection, _):
            counted = update(meta).values(beat=meta.c.beat + 1).returning(meta.c.beat)
            beat = (await connection.execute(counted)).scalar_one()
        await asyncio.to_thread(self._beat_file.write, self.service_id, beat)

    async def _last_beat(self) -> None:
        try:
            await self._beat()
        except Exception as error:
            log.warning("the last beat failed (%s); a restored backup may go unnoticed", type(error).__name__)

    async def _read_meta(self) -> None:
        """The first start draws the service's id, and notes which key ring the database belongs to.

        Raises: BadKeyRing, if it is another one: every account and mailbox would be a stranger to it.
        """
        async with transaction(self._engine, self.address.kind, writable=True) as (connection, _):
            if self.address.kind is Kind.POSTGRESQL:
                await connection.execute(text("LOCK TABLE meta IN EXCLUSIVE MODE"))
            row = (await connection.execute(select(meta))).one_or_none() or await self._first_meta(connection)
            if row.ring_check != self._ring_check(row.service_id):
                raise BadKeyRing(
                    "The key ring is not the one that this database was made with. Restore the ring that belongs to it."
                )
            await self._check_seal_key(connection, row)
            self.service_id, self.stream_epoch = row.service_id, row.stream_epoch
            beat = 0 if self._beat_file is None else await self._notice_restored(connection, row, self._beat_file)
        if self._beat_file is not None:
            await asyncio.to_thread(self._beat_file.write, self.service_id, beat)

    async def _first_meta(self, connection: AsyncConnection) -> Row[Any]:
        drawn = draw(self._entropy, _SERVICE_ID_BYTES)
        values = {"one": 1, "service_id": drawn, "stream_epoch": 1, "ring_check": self._ring_check(drawn)}
        made: Row[Any] = (await connection.execute(insert(meta).values(values).returning(meta))).one()
        return made

    async def _check_seal_key(self, connection: AsyncConnection, row: Row[Any]) -> None:
        """The first start says which key is in use; every later one must have that key. Raises: BadKeyRing."""
        if row.seal_key is not None:
            self._sealer.check_key(row.seal_key, row.seal_check)
            return
        current = self._sealer.ring.current
        values = {"seal_key": current, "seal_check": self._sealer.check_of(current)}
        await connection.execute(update(meta).values(values))

    async def _notice_restored(self, connection: AsyncConnection, row: Row[Any], beside: BeatFile) -> int:
        """A database that is behind its beat file was restored from a backup: a new stream epoch. Every start is a
        beat; returns its number.
        """
        reached = beside.read(row.service_id)
        self.restored = reached > row.beat
        if self.restored:
            self.stream_epoch = await self._new_epoch(connection, row)
            log.warning("the database was restored from a backup; clients compare everything (new stream epoch)")
        beat: int = max(reached, row.beat) + 1
        await connection.execute(update(meta).values(beat=beat))
        return beat

    def _ring_check(self, service_id: bytes) -> bytes:
        return self._sealer.fingerprint("ring", service_id)

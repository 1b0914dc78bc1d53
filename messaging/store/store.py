"""The store as the service sees it: opens, gives out transactions, closes (`messaging.ports.Store`)."""

from contextlib import AbstractAsyncContextManager

from sqlalchemy import insert, select, text

from messaging.e2ee.entropy import Entropy, draw
from messaging.ports import Transaction
from messaging.store import migrating
from messaging.store.address import Address, Kind, parse
from messaging.store.engine import check_durability, check_reachable, create_engine
from messaging.store.errors import BadKeyRing
from messaging.store.keyring import KeyRing
from messaging.store.process_lock import ProcessLock
from messaging.store.sealing import Sealer
from messaging.store.tables import meta
from messaging.store.unit import transaction, unit

_SERVICE_ID_BYTES = 16


def create_store(url: str, keys: KeyRing, entropy: Entropy) -> "SqlStore":
    """A store for this database URL; `start` opens it. Raises: BadAddress."""
    return SqlStore(parse(url), keys, entropy)


class SqlStore:
    """On SQLite or PostgreSQL. `service_id` and `stream_epoch` are known after `start`."""

    service_id: bytes
    stream_epoch: int
    exclusive: bool

    def __init__(self, address: Address, keys: KeyRing, entropy: Entropy) -> None:
        self._address = address
        self._entropy = entropy
        self._sealer = Sealer(keys, entropy)
        self._engine = create_engine(address)
        self._lock: ProcessLock | None = None
        self.exclusive = address.kind is Kind.SQLITE
        self._quiet_frames = 0
        """Of the WAL at the last checkpoint: as many at the next one, and nothing was committed in between."""

    async def start(self) -> None:
        """Raises: StoreError, each kind of which says what to do."""
        if self._address.kind is Kind.SQLITE and self._address.file.exists():
            self._lock = ProcessLock.take(self._address.file)
        try:
            await check_reachable(self._engine, self._address)
            async with self._engine.connect() as connection:
                await check_durability(connection, self._address.kind)
                await migrating.check_current(connection)
            await self._read_meta()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Waits for nobody: end the transactions first. May be called again."""
        await self._engine.dispose()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        return unit(self._engine, self._address.kind, self._sealer, writable=True)

    def reading(self) -> AbstractAsyncContextManager[Transaction]:
        return unit(self._engine, self._address.kind, self._sealer, writable=False)

    async def checkpoint(self) -> None:
        """SQLite: copies what the WAL holds into the database file, between two transactions. To be called every half
        second or so by whoever runs the service; without it the WAL grows. PostgreSQL does it by itself.

        A quiet WAL is emptied: what was deleted (an escrowed card, say) must not stay readable in its old frames.
        """
        if self._address.kind is not Kind.SQLITE:
            return
        async with self._engine.connect() as connection:
            _, frames, _ = (await connection.execute(text("PRAGMA wal_checkpoint(PASSIVE)"))).one()
            if 0 < frames == self._quiet_frames:
                await connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
            self._quiet_frames = frames

    async def _read_meta(self) -> None:
        """The first start draws the service's id, and notes which key ring the database belongs to.

        Raises: BadKeyRing, if it is another one: every account and mailbox would be a stranger to it.
        """
        async with transaction(self._engine, self._address.kind, writable=True) as (connection, _):
            if self._address.kind is Kind.POSTGRESQL:
                await connection.execute(text("LOCK TABLE meta IN EXCLUSIVE MODE"))
            row = (await connection.execute(select(meta))).one_or_none()
            if row is None:
                drawn = draw(self._entropy, _SERVICE_ID_BYTES)
                values = {"one": 1, "service_id": drawn, "stream_epoch": 1, "ring_check": self._ring_check(drawn)}
                row = (await connection.execute(insert(meta).values(values).returning(meta))).one()
        if row.ring_check != self._ring_check(row.service_id):
            raise BadKeyRing(
                "The key ring is not the one that this database was made with. Restore the ring that belongs to it."
            )
        self.service_id, self.stream_epoch = row.service_id, row.stream_epoch

    def _ring_check(self, service_id: bytes) -> bytes:
        return self._sealer.fingerprint("ring", service_id)

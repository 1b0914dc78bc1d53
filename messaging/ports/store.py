"""The store: transactions over all repositories, and the writer's way to append."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from messaging.domain.ids import (
    MessageId,
    SeatId,
    ThreadId,
)
from messaging.ports.accounts import Accounts, Answers, PlatformKeys, Tickets, Vaults
from messaging.ports.alerts import Alerts
from messaging.ports.audit import AuditLog, ModerationKeys
from messaging.ports.consents import Consents
from messaging.ports.mailboxes import Mailboxes, Resets, Rosters, Seats, Targets
from messaging.ports.moderation import Cases, Measures
from messaging.ports.relations import Book, Outbox, OutboxRow, Webhooks
from messaging.ports.retention import Erasing, Holdings, Retiring
from messaging.ports.threads import Desks, EventRow, Events, Progresses, Thirds, ThreadRow, Threads


class Transaction(Protocol):
    """One database transaction: all or nothing."""

    accounts: Accounts
    tickets: Tickets
    platform_keys: PlatformKeys
    answers: Answers
    vaults: Vaults
    mailboxes: Mailboxes
    rosters: Rosters
    resets: Resets
    seats: Seats
    targets: Targets
    threads: Threads
    progress: Progresses
    thirds: Thirds
    events: Events
    desks: Desks
    consents: Consents
    audit: AuditLog
    moderation_keys: ModerationKeys
    outbox: Outbox
    webhooks: Webhooks
    book: Book
    alerts: Alerts
    cases: Cases
    measures: Measures
    erasing: Erasing
    holdings: Holdings
    retiring: Retiring


class Overtaken(Exception):
    """What was decided does not fit what is stored; nothing was written. Decide again, on what is stored now."""


class Appending(Protocol):
    """The way of messages into the logs: what a whole batch is decided on, read and written in as few steps as the
    database allows."""

    async def lock(self, threads: Sequence[ThreadId]) -> Mapping[ThreadId, ThreadRow]:
        """Those that exist. Nobody else changes them before `store` has returned, or this was left."""

    async def active(self, seats: Sequence[SeatId]) -> set[SeatId]:
        """Those that are active, and stay it as long as the threads are locked."""

    async def find(
        self,
        keys: Sequence[tuple[ThreadId, int, MessageId]],
        again: Sequence[tuple[ThreadId, int, MessageId]] = (),
    ) -> Mapping[tuple[ThreadId, int, MessageId], EventRow]:
        """Those of the messages (thread, party, msg_id) that stand among the last `limits.sent_again_within` events of
        their thread, which is locked; of those in `again`, `limits.sent_again_within_long`."""

    async def store(self, events: Sequence[EventRow], threads: Sequence[ThreadRow], facts: Sequence[OutboxRow]) -> None:
        """Appends to the locked threads, moves their heads, and commits: to be called once, and last.

        Raises: Overtaken, when another program wrote to the database."""


class Store(Protocol):
    """The truth. Every acknowledged write survives `kill -9` and a power cut: `start` asserts what that rests on."""

    service_id: bytes
    """16 random bytes of this deployment, drawn once."""
    stream_epoch: int
    """Changes when the database is restored from a backup: clients then resync."""
    exclusive: bool
    """Whether no other process can have this database open."""

    async def start(self) -> None:
        """Opens. Raises: StoreError (with what to do) on an old or missing schema, or on unsafe durability settings."""

    async def close(self) -> None: ...

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Read and write; commits on leaving, rolls back on an exception. Never cancel it: await it in its own task."""

    def appending(self, lane: int = 0) -> AbstractAsyncContextManager[Appending]:
        """The hot path. One at a time in a lane, a few lanes a process (`limits.writers_per_process`; one where the
        store is `exclusive`), and a thread always in the same one; as a transaction, it is never cancelled."""

    def reading(self) -> AbstractAsyncContextManager[Transaction]:
        """Committed data only; nothing is written."""

    async def active_seats(self, seats: Sequence[SeatId]) -> set[SeatId]:
        """Which of these are active, in what was committed when it is looked: by one statement, in no transaction, for
        who looks many times a second and wants nothing else. Raises: Busy."""

    async def watch(self) -> bool:
        """Every few seconds: notes how far the database is. True if `stream_epoch` is another one than before, since
        another process said that a backup was restored."""

    async def purge(self, tables: Sequence[str]) -> Mapping[str, str]:
        """Clears the database's files of what was deleted from these tables before; how it was done, by table:
        `overwritten`, `rewritten`, or `vacuumed` where a table is too large or too busy to be rewritten now."""

    async def checkpoint(self) -> None:
        """Upkeep off the commit path, twice a second: what a write-ahead log holds goes into its database."""

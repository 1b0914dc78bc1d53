"""What the tests of the store stand on: ids, grants and rows, made in few words."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from msgspec.structs import replace

from messaging.domain.authorization import Grant, Operation
from messaging.domain.consent import Card, CardState
from messaging.domain.ids import AccountId, CardId, EntryId, MailboxId, MessageId, SeatId, TargetId, ThreadId
from messaging.domain.receipt import ReadPosition
from messaging.domain.relation import Safety, Stage
from messaging.domain.vocabulary import MailboxKind, Role
from messaging.ports import (
    EscrowRow,
    EventRow,
    OutboxRow,
    PartyRow,
    RegisterRow,
    RosterHead,
    SeatRow,
    ThreadRow,
    Transaction,
)
from messaging.store import SqlStore
from messaging.wire.rest import Dimensions, Prekey
from messaging.wire.types import Presentation

A = TypeVar("A")
T = TypeVar("T")

PRESENTATION = Presentation("Commune", "Côtes-d’Armor", True, "Un cabinet attend son médecin.")
DIMENSIONS = Dimensions(territory_type="commune", population_tier="500-1,999", departement="22", region="53")


@dataclass
class World:
    """A started store, and everything random from one seed."""

    store: SqlStore
    rng: random.Random = field(default_factory=lambda: random.Random(7))

    def raw(self, size: int = 16) -> bytes:
        return self.rng.randbytes(size)

    def thread_id(self) -> ThreadId:
        return ThreadId(self.raw())

    def message_id(self) -> MessageId:
        return MessageId(self.raw())

    def entry_id(self) -> EntryId:
        return EntryId(self.raw())

    def card_id(self) -> CardId:
        return CardId(self.raw())

    async def commit(self, write: Callable[[Transaction], Awaitable[T]]) -> T:
        """Runs it in a transaction of its own."""
        async with self.store.transaction() as tx:
            return await write(tx)

    async def commit_each(self, given: Iterable[A], write: Callable[[Transaction, A], Awaitable[T]]) -> list[T]:
        """Runs it for each item in a transaction of its own, one after the other."""
        return [await self._commit_one(write, item) for item in given]

    async def race(self, given: Iterable[A], write: Callable[[Transaction, A], Awaitable[T]]) -> list[T | Exception]:
        """Runs it for each item in a transaction of its own, all at once; what was raised stands for the result."""
        raced = await asyncio.gather(*(self._commit_one(write, item) for item in given), return_exceptions=True)
        return [_unless_fatal(result) for result in raced]

    async def _commit_one(self, write: Callable[[Transaction, A], Awaitable[T]], item: A) -> T:
        return await self.commit(lambda tx: write(tx, item))

    async def read(self, query: Callable[[Transaction], Awaitable[T]]) -> T:
        async with self.store.reading() as tx:
            return await query(tx)

    async def account(self) -> AccountId:
        new = AccountId(self.raw())
        return await self.commit(lambda tx: tx.accounts.ensure("https://platform.example", new.hex(), new))

    async def mailbox(self, ref: str | None = None) -> MailboxId:
        new = MailboxId(self.raw())
        kind = MailboxKind.TERRITORY
        return await self.commit(lambda tx: tx.mailboxes.put(ref or new.hex(), new, kind, PRESENTATION, DIMENSIONS))

    async def target(self, mailbox: MailboxId, prekeys: int = 0) -> TargetId:
        new = TargetId(self.raw())
        target = await self.commit(lambda tx: tx.targets.put(new.hex(), new, mailbox, None))
        if prekeys:
            batch = [self.prekey(n) for n in range(prekeys)]
            await self.commit(lambda tx: tx.targets.publish(of_target(mailbox, target), batch))
        return target

    def prekey(self, index: int) -> Prekey:
        return Prekey(index, self.raw(32), self.raw(1216), self.raw(64))

    def seat_row(self, mailbox: MailboxId, account: AccountId, state: str = "active", asked_at: int = 1) -> SeatRow:
        seat = SeatId(self.raw())
        return SeatRow(seat, mailbox, account, self.raw(32), self.raw(1216), Role.MAYOR, True, state, asked_at)

    async def seat(self, mailbox: MailboxId, account: AccountId | None = None, state: str = "active") -> SeatRow:
        row = self.seat_row(mailbox, account or await self.account(), state)
        await self.commit(lambda tx: tx.seats.put(of_mailbox(mailbox), row))
        return row

    def roster_head(self, index: int) -> RosterHead:
        return RosterHead(index, self.raw(32), 0, self.raw(32))

    def thread_row(self, mailboxes: tuple[MailboxId, MailboxId], at: int = 1_000) -> ThreadRow:
        return ThreadRow(
            thread=self.thread_id(),
            mailboxes=mailboxes,
            target=TargetId(self.raw()),
            epoch=0,
            record_hash=self.raw(32),
            first_record_hash=self.raw(32),
            head_seq=0,
            head=self.raw(32),
            opened_at=at,
            last_at=at,
            stage=Stage.SOLICITED,
            safety=Safety.NORMAL,
            humans=0,
            revealed=False,
            subject=self.raw(),
            relation_n=0,
        )

    def sides(self, row: ThreadRow) -> tuple[PartyRow, PartyRow]:
        return self._side(row, 0), self._side(row, 1)

    def _side(self, row: ThreadRow, party: int) -> PartyRow:
        return PartyRow(
            thread=row.thread,
            party=party,
            mailbox=row.mailboxes[party],
            presentation=Presentation(f"Partie {party}", "Bretagne"),
            pk_sign=self.raw(32),
            pk_kem=self.raw(1216),
            own=self.raw(64),
            prekey_index=3 if party else None,
            position=ReadPosition(),
        )

    async def thread(self, mailboxes: tuple[MailboxId, MailboxId] | None = None, at: int = 1_000) -> ThreadRow:
        """An open thread, without events."""
        row = self.thread_row(mailboxes or (MailboxId(self.raw()), MailboxId(self.raw())), at)
        grant = Grant(Operation.THREAD_OPEN, mailbox=row.mailboxes[0], thread=row.thread, party=0)
        await self.commit(lambda tx: tx.threads.create(grant, row, self.sides(row)))
        return row

    def event(self, thread: ThreadId, seq: int, party: int = 0, size: int = 100) -> EventRow:
        msg_id = self.message_id()
        return EventRow(thread, seq, 1_000 + seq, "message", party, msg_id, self.raw(size), self.raw(80))

    async def say(self, thread: ThreadId, party: int = 0) -> EventRow:
        """Appends a message as the service does: lock, next seq, event, head and outbox in one transaction."""
        async with self.store.transaction() as tx:
            row = (await tx.threads.lock([thread]))[thread]
            event = self.event(thread, row.head_seq + 1, party)
            await tx.events.append([event])
            head = self.raw(32)
            await tx.threads.update([replace(row, head_seq=event.seq, head=head, relation_n=row.relation_n + 1)])
            await tx.outbox.append([OutboxRow(row.subject, row.relation_n, "said", event.at, b"{}")])
        return event

    def card(self, party: int, seat: SeatId | None = None) -> Card:
        return Card(self.card_id(), party, seat or SeatId(self.raw()), CardState.WAITING)

    async def consent(self, thread: ThreadId, card: Card, share: bytes | None = None) -> EscrowRow:
        """Puts a card in escrow."""
        held = EscrowRow(card.card, card.party, self.raw(600), share or self.raw(32))
        await self.commit(lambda tx: tx.consents.put(of_card(thread, card), card, 0b101, 5_000, held))
        return held

    def register_row(self, thread: ThreadId, card: Card, action: str = "give") -> RegisterRow:
        statement, signature = self.raw(200), self.raw(64)
        return RegisterRow(thread, 0, card.card, card.party, card.seat, action, statement, signature, 6_000)


def _unless_fatal(result: T | BaseException) -> T | Exception:
    if isinstance(result, BaseException) and not isinstance(result, Exception):
        raise result
    return result


def of_account(account: AccountId) -> Grant:
    return Grant(Operation.VAULT_READ, account=account)


def of_mailbox(mailbox: MailboxId, seat: SeatId | None = None) -> Grant:
    return Grant(Operation.ROSTER_READ, mailbox=mailbox, seat=seat)


def of_target(mailbox: MailboxId, target: TargetId) -> Grant:
    return Grant(Operation.PREKEYS_PUBLISH, mailbox=mailbox, target=target)


def of_party(row: ThreadRow, party: int) -> Grant:
    return Grant(Operation.EVENTS_PULL, mailbox=row.mailboxes[party], thread=row.thread, party=party)


def of_card(thread: ThreadId, card: Card) -> Grant:
    return Grant(Operation.CONSENT_GIVE, thread=thread, party=card.party, seat=card.seat)

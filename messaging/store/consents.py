"""Consents: the cards of each thread, what of them waits in escrow, and the register that proves every consent."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, and_, delete, func, insert, or_, select, update

from messaging.domain.authorization import Grant
from messaging.domain.consent import Card, CardAction, CardState
from messaging.domain.errors import Conflict
from messaging.domain.ids import CardId, SeatId, ThreadId
from messaging.ports import EscrowRow, OwnCardRow, RegisterRow
from messaging.store.link import Link, required
from messaging.store.sealing import Column
from messaging.store.tables import cards, consent_register, escrow, threads


class Consents:
    """`messaging.ports.Consents`"""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._connection = link.connection

    async def cards(self, thread: ThreadId) -> list[Card]:
        query = select(cards).where(cards.c.thread == thread).order_by(cards.c.party, cards.c.card)
        return [_card(row) for row in await self._connection.execute(query)]

    async def own_cards(self, grant: Grant) -> list[OwnCardRow]:
        own = (cards.c.thread == required(grant.thread)) & (cards.c.party == required(grant.party))
        register = consent_register.c
        of_the_same_seat = and_(
            register.thread == cards.c.thread,
            register.card == cards.c.card,
            register.action == CardAction.GIVE.value,
            register.seat == required(grant.seat),
        )
        query = (
            select(cards, register.statement, register.signature)
            .outerjoin_from(cards, consent_register, of_the_same_seat)
            .where(own)
            .order_by(cards.c.given_at, cards.c.card)
        )
        rows = await self._connection.execute(query)
        return [OwnCardRow(_card(row), row.bits, row.given_at, row.statement, row.signature) for row in rows]

    async def put(self, grant: Grant, card: Card, bits: int, at: int, waiting: EscrowRow) -> None:
        """Thread, party and seat are the grant's."""
        thread, party = required(grant.thread), required(grant.party)
        row = {
            "thread": thread,
            "card": card.card,
            "party": party,
            "seat": required(grant.seat),
            "state": card.state.value,
            "bits": bits,
            "given_at": at,
        }
        if not await self._link.insert_new(cards, row):
            raise Conflict("this card id was used before")
        held = {
            "thread": thread,
            "card": card.card,
            "party": party,
            "payload": waiting.payload,
            "s_server": await self._link.seal(Column.ESCROW_SHARE, thread + card.card, waiting.s_server),
        }
        await self._connection.execute(insert(escrow).values(held))

    async def set_state(self, thread: ThreadId, ids: Sequence[CardId], state: CardState) -> None:
        named = (cards.c.thread == thread) & cards.c.card.in_(ids)
        await self._connection.execute(update(cards).where(named).values(state=state.value))

    async def take_escrow(self, thread: ThreadId, ids: Sequence[CardId]) -> list[EscrowRow]:
        """By (party, card id)."""
        named = (escrow.c.thread == thread) & escrow.c.card.in_(ids)
        rows = (await self._connection.execute(delete(escrow).where(named).returning(escrow))).all()
        return sorted((self._escrow_row(row) for row in rows), key=lambda row: (row.party, row.card))

    async def waiting_of(self, grant: Grant, seat: SeatId) -> Sequence[tuple[ThreadId, Card]]:
        own = or_(*(mailbox == required(grant.mailbox) for mailbox in (threads.c.mailbox_0, threads.c.mailbox_1)))
        query = (
            select(cards)
            .join(threads, threads.c.thread == cards.c.thread)
            .where(cards.c.seat == seat, cards.c.state == CardState.WAITING.value, own)
            .order_by(cards.c.thread, cards.c.card)
        )
        return [(ThreadId(row.thread), _card(row)) for row in await self._connection.execute(query)]

    async def record(self, row: RegisterRow) -> None:
        number = select(func.coalesce(func.max(consent_register.c.n), 0) + 1)
        line = {
            "thread": row.thread,
            "n": number.where(consent_register.c.thread == row.thread).scalar_subquery(),
            "card": row.card,
            "party": row.party,
            "seat": row.seat,
            "action": str(row.action),
            "statement": row.statement,
            "signature": row.signature,
            "at": row.at,
        }
        await self._connection.execute(insert(consent_register).values(line))

    async def statement(self, grant: Grant, card: CardId) -> RegisterRow | None:
        register = consent_register.c
        query = select(consent_register).where(
            register.thread == required(grant.thread),
            register.card == card,
            register.seat == required(grant.seat),
            register.action == CardAction.GIVE.value,
        )
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else _register_row(row)

    async def register(self, thread: ThreadId) -> list[RegisterRow]:
        query = select(consent_register).where(consent_register.c.thread == thread).order_by(consent_register.c.n)
        return [_register_row(row) for row in await self._connection.execute(query)]

    def _escrow_row(self, row: Row[Any]) -> EscrowRow:
        share = self._link.sealer.open(Column.ESCROW_SHARE, row.thread + row.card, row.s_server)
        return EscrowRow(CardId(row.card), row.party, row.payload, share)


def _card(row: Row[Any]) -> Card:
    return Card(CardId(row.card), row.party, SeatId(row.seat), CardState(row.state))


def _register_row(row: Row[Any]) -> RegisterRow:
    return RegisterRow(
        thread=ThreadId(row.thread),
        n=row.n,
        card=CardId(row.card),
        party=row.party,
        seat=SeatId(row.seat),
        action=row.action,
        statement=row.statement,
        signature=row.signature,
        at=row.at,
    )

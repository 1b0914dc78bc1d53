"""Tickets: single use, known by their SHA-256 only."""

from typing import Final

import msgspec
from sqlalchemy import BigInteger, Integer, bindparam, delete, select

from messaging.ports import Ticket
from messaging.store.link import Link
from messaging.store.prepared import Prepared
from messaging.store.tables import tickets

expired_per_take_max: Final = 100
"""How many expired tickets one use clears away: nobody's hello waits for the tickets of a flood."""

_TAKE: Final = Prepared(
    delete(tickets).where(tickets.c.digest == bindparam("taken")).returning(tickets.c.ticket, tickets.c.expires_at)
)
_EXPIRED: Final = Prepared(
    delete(tickets).where(
        tickets.c.digest.in_(
            select(tickets.c.digest)
            .where(tickets.c.expires_at <= bindparam("now", type_=BigInteger))
            .order_by(tickets.c.expires_at)
            .limit(bindparam("most", type_=Integer))
            .with_for_update(skip_locked=True)
        )
    )
)

_decoder: Final = msgspec.json.Decoder(Ticket)


class Tickets:
    """`messaging.ports.Tickets`"""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def put(self, digest: bytes, ticket: Ticket, expires_at: int) -> None:
        row = {
            "digest": digest,
            "account": ticket.account,
            "expires_at": expires_at,
            "ticket": msgspec.json.encode(ticket),
        }
        await self._link.insert(tickets, row)

    async def take(self, digest: bytes, now: int) -> Ticket | None:
        row = await self._link.one(_TAKE, taken=digest)
        await self._clear(now)
        if row is None or row.expires_at <= now:
            return None
        return _decoder.decode(row.ticket)

    async def _clear(self, now: int) -> None:
        """Leaves alone what another transaction is taking or clearing."""
        await self._link.change(_EXPIRED, now=now, most=expired_per_take_max)

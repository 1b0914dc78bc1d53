"""Tickets: single use, known by their SHA-256 only."""

from typing import Final

import msgspec
from sqlalchemy import delete, select

from messaging.ports import Ticket
from messaging.store.link import Link
from messaging.store.tables import tickets

expired_per_take_max: Final = 100
"""How many expired tickets one use clears away: nobody's hello waits for the tickets of a flood."""

_decoder: Final = msgspec.json.Decoder(Ticket)


class Tickets:
    """`messaging.ports.Tickets`"""

    def __init__(self, link: Link) -> None:
        self._connection = link.connection

    async def put(self, digest: bytes, ticket: Ticket, expires_at: int) -> None:
        row = {
            "digest": digest,
            "account": ticket.account,
            "expires_at": expires_at,
            "ticket": msgspec.json.encode(ticket),
        }
        await self._connection.execute(tickets.insert().values(row))

    async def take(self, digest: bytes, now: int) -> Ticket | None:
        taken = delete(tickets).where(tickets.c.digest == digest).returning(tickets.c.ticket, tickets.c.expires_at)
        row = (await self._connection.execute(taken)).one_or_none()
        await self._clear(now)
        if row is None or row.expires_at <= now:
            return None
        return _decoder.decode(row.ticket)

    async def _clear(self, now: int) -> None:
        """Leaves alone what another transaction is taking or clearing."""
        expired = (
            select(tickets.c.digest)
            .where(tickets.c.expires_at <= now)
            .order_by(tickets.c.expires_at)
            .limit(expired_per_take_max)
            .with_for_update(skip_locked=True)
        )
        await self._connection.execute(delete(tickets).where(tickets.c.digest.in_(expired)))

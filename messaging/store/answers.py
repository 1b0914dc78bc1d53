"""Kept answers: the same request with the same Idempotency-Key is carried out once, and answered alike each time.

The row is inserted before the work and completed after it, in the work's own transaction: a second request waits at
the insert for the first one's end. Only where the work takes two transactions there is a row without its answer for
others to see in between.
"""

from sqlalchemy import delete, select, update

from messaging.domain import limits
from messaging.domain.errors import TooMany
from messaging.ports import KeptAnswer
from messaging.store.link import Link
from messaging.store.tables import answers

_HOUR_MS = 3_600_000


class Answers:
    """`messaging.ports.Answers`"""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._connection = link.connection

    async def begin(self, caller: bytes, key: bytes, request: bytes, now: int) -> KeptAnswer | None:
        expired = now - limits.idempotency_h * _HOUR_MS
        await self._clear(expired)
        row = {"caller": caller, "key": key, "request": request, "status": 0, "body": b"", "at": now}
        if await self._link.insert_new(answers, row):
            await self._check_room(caller)
            return None
        own = (answers.c.caller == caller) & (answers.c.key == key)
        # The insert waited for whoever came first, so the row is there now.
        kept = (await self._connection.execute(self._link.locked(select(answers).where(own)))).one()
        if kept.at <= expired:
            await self._connection.execute(update(answers).where(own).values(row))
            return None
        return KeptAnswer(kept.request, kept.status, kept.body)

    async def finish(self, caller: bytes, key: bytes, status: int, body: bytes) -> None:
        own = (answers.c.caller == caller) & (answers.c.key == key)
        await self._connection.execute(update(answers).where(own).values(status=status, body=body))

    async def _check_room(self, caller: bytes) -> None:
        """Walks no more rows of the index than the caller has."""
        beyond = select(answers.c.key).where(answers.c.caller == caller).offset(limits.idempotency_answers_max).limit(1)
        if (await self._connection.execute(beyond)).first() is not None:
            raise TooMany("too many requests with an Idempotency-Key today", retry_after_ms=_HOUR_MS)

    async def _clear(self, expired: int) -> None:
        """Leaves alone what another transaction is using or clearing."""
        oldest = (
            select(answers.c.caller, answers.c.key)
            .where(answers.c.at <= expired)
            .order_by(answers.c.at)
            .limit(limits.idempotency_cleared_max)
            .with_for_update(skip_locked=True)
        )
        for row in (await self._connection.execute(oldest)).all():
            own = (answers.c.caller == row.caller) & (answers.c.key == row.key)
            await self._connection.execute(delete(answers).where(own))

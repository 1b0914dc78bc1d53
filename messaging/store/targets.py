"""Targets and their prekeys: what a first contact aims at, and the keys handed out for it, each once.

A prekey row is also its claim: claimed, it carries claim id and claimant; once it opened a thread, the thread.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Row, Select, delete, func, insert, select, update

from messaging.domain.authorization import Grant
from messaging.domain.errors import Conflict, NotFound
from messaging.domain.ids import MailboxId, TargetId, ThreadId
from messaging.ports import ClaimRow, TargetRow
from messaging.store.link import Link, required
from messaging.store.tables import prekeys, targets
from messaging.wire.rest import Dimensions, Prekey

_dimensions: Final = msgspec.json.Decoder(Dimensions)
_free: Final = prekeys.c.claim.is_(None)


class Targets:
    """`messaging.ports.Targets`"""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._connection = link.connection

    async def put(self, ref: str, new_id: TargetId, mailbox: MailboxId, dimensions: Dimensions | None) -> TargetId:
        index = self._link.sealer.index("target", ref)
        encoded = None if dimensions is None else msgspec.json.encode(dimensions)
        row = {"target": new_id, "ref": index, "mailbox": mailbox, "dimensions": encoded}
        if await self._link.insert_new(targets, row):
            return new_id
        stored = (await self._connection.execute(select(targets).where(targets.c.ref == index).with_for_update())).one()
        if stored.mailbox != mailbox:
            raise Conflict("this reference belongs to another mailbox")
        change = update(targets).where(targets.c.target == stored.target).values(dimensions=encoded)
        await self._connection.execute(change)
        return TargetId(stored.target)

    async def get(self, target: TargetId) -> TargetRow | None:
        row = (await self._connection.execute(select(targets).where(targets.c.target == target))).one_or_none()
        if row is None:
            return None
        dimensions = None if row.dimensions is None else _dimensions.decode(row.dimensions)
        return TargetRow(TargetId(row.target), MailboxId(row.mailbox), dimensions)

    async def owned(self, grant: Grant) -> list[tuple[TargetId, int, int]]:
        available = select(func.count()).where(prekeys.c.target == targets.c.target, _free).scalar_subquery()
        last = select(func.max(prekeys.c.n)).where(prekeys.c.target == targets.c.target).scalar_subquery()
        query = (
            select(targets.c.target, available.label("available"), func.coalesce(last + 1, 0).label("next_n"))
            .where(targets.c.mailbox == required(grant.mailbox))
            .order_by(targets.c.target)
        )
        return [(TargetId(row.target), row.available, row.next_n) for row in await self._connection.execute(query)]

    async def publish(self, grant: Grant, batch: Sequence[Prekey]) -> None:
        target = required(grant.target)
        # One publisher at a time for a target: the check below then holds until the insert.
        await self._connection.execute(select(targets.c.target).where(targets.c.target == target).with_for_update())
        await self._add(TargetId(target), batch)

    async def replace(self, grant: Grant, given: Mapping[TargetId, Sequence[Prekey]]) -> None:
        owned = select(targets.c.target).where(targets.c.mailbox == required(grant.mailbox))
        locked = await self._connection.execute(owned.order_by(targets.c.target).with_for_update())
        if not given.keys() <= set(locked.scalars()):
            raise NotFound("unknown, or not yours")
        # What a claimant is taking at this moment is waited for, and stays: by then it is claimed.
        await self._connection.execute(delete(prekeys).where(prekeys.c.target.in_(owned), _free))
        for target in sorted(given):
            if given[target]:
                await self._add(target, given[target])

    async def _add(self, target: TargetId, batch: Sequence[Prekey]) -> None:
        """The target's row is locked. Raises: Conflict."""
        indices = {prekey.index for prekey in batch}
        used = select(func.count()).where(prekeys.c.target == target, prekeys.c.n.in_(indices))
        if len(indices) != len(batch) or (await self._connection.execute(used)).scalar_one():
            raise Conflict("a prekey index was used before")
        rows = [{"target": target, "n": p.index, "pk_sign": p.pk_sign, "pk_kem": p.pk_kem, "own": p.own} for p in batch]
        await self._connection.execute(insert(prekeys), rows)

    async def available(self, target: TargetId) -> int:
        query = select(func.count()).where(prekeys.c.target == target, _free)
        count: int = (await self._connection.execute(query)).scalar_one()
        return count

    async def claim(self, grant: Grant, target: TargetId, claim: bytes, now: int) -> ClaimRow | None:
        """A prekey that another transaction is claiming is passed over: should that one fail, a later claim gets it."""
        claimant = required(grant.mailbox)
        lowest = select(prekeys).where(prekeys.c.target == target, _free).order_by(prekeys.c.n).limit(1)
        row = (await self._connection.execute(lowest.with_for_update(skip_locked=True))).one_or_none()
        if row is None:
            return None
        taken = update(prekeys).where(prekeys.c.target == target, prekeys.c.n == row.n)
        await self._connection.execute(taken.values(claim=claim, claimant=claimant, claimed_at=now))
        return ClaimRow(claim, target, claimant, row.n, row.pk_sign, row.pk_kem, row.own, now, opened=False)

    async def claims_since(self, claimant: MailboxId, since: int) -> Mapping[TargetId, int]:
        claimed = (prekeys.c.claimant == claimant) & (prekeys.c.claimed_at >= since)
        query = select(prekeys.c.target, func.count()).where(claimed).group_by(prekeys.c.target)
        return {TargetId(row[0]): row[1] for row in await self._connection.execute(query)}

    async def lock_claim(self, grant: Grant, claim: bytes) -> ClaimRow | None:
        query = self._link.locked(_claim_of(required(grant.mailbox), claim))
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else _claim_row(row)

    async def close_claim(self, grant: Grant, claim: bytes, thread: ThreadId) -> None:
        """Raises: Conflict, if the mailbox has no such claim, or it opened a thread before."""
        own = (prekeys.c.claim == claim) & (prekeys.c.claimant == required(grant.mailbox)) & prekeys.c.thread.is_(None)
        if (await self._connection.execute(update(prekeys).where(own).values(thread=thread))).rowcount != 1:
            raise Conflict("this claim cannot open a thread")

    async def note_wanted(self, target: TargetId, now: int, not_since: int) -> int | None:
        due = targets.c.wanted_at.is_(None) | (targets.c.wanted_at <= not_since)
        change = update(targets).where(targets.c.target == target, due)
        noted = change.values(wanted_at=now, wanted_n=targets.c.wanted_n + 1).returning(targets.c.wanted_n)
        n: int | None = (await self._connection.execute(noted)).scalar_one_or_none()
        return None if n is None else n - 1


def _claim_of(claimant: MailboxId, claim: bytes) -> Select[Any]:
    return select(prekeys).where(prekeys.c.claim == claim, prekeys.c.claimant == claimant)


def _claim_row(row: Row[Any]) -> ClaimRow:
    return ClaimRow(
        claim=row.claim,
        target=TargetId(row.target),
        claimant=MailboxId(row.claimant),
        index=row.n,
        pk_sign=row.pk_sign,
        pk_kem=row.pk_kem,
        own=row.own,
        claimed_at=row.claimed_at,
        opened=row.thread is not None,
    )

"""Targets and their prekeys: what a first contact aims at, and the keys handed out for it, each once.

A prekey row is also its claim: claimed, it carries claim id and claimant; once it opened a thread, the thread.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, delete, func, insert, select, update

from messaging.domain.authorization import Grant
from messaging.domain.errors import Conflict, NotFound
from messaging.domain.ids import MailboxId, TargetId, ThreadId
from messaging.ports import ClaimRow, TargetRow
from messaging.store.link import Link, required
from messaging.store.prepared import Locking, Prepared
from messaging.store.tables import prekeys, targets
from messaging.wire.rest import Dimensions, Prekey

_dimensions: Final = msgspec.json.Decoder(Dimensions)
_free: Final = prekeys.c.claim.is_(None)

_GET: Final = Prepared(select(targets).where(targets.c.target == bindparam("target")))
_HOLD: Final = Prepared(select(targets.c.target).where(targets.c.target == bindparam("target")).with_for_update())
_USED: Final = Prepared(
    select(func.count()).where(
        prekeys.c.target == bindparam("target"), prekeys.c.n.in_(bindparam("indices", expanding=True))
    )
)
_AVAILABLE: Final = Prepared(select(func.count()).where(prekeys.c.target == bindparam("target"), _free))
_LOWEST: Final = Prepared(
    select(prekeys)
    .where(prekeys.c.target == bindparam("target"), _free)
    .order_by(prekeys.c.n)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_TAKE: Final = Prepared(
    update(prekeys)
    .where(prekeys.c.target == bindparam("of_target"), prekeys.c.n == bindparam("index"))
    .values(claim=bindparam("claim"), claimant=bindparam("claimant"), claimed_at=bindparam("claimed_at"))
)
_CLAIMS_SINCE: Final = Prepared(
    select(prekeys.c.target, func.count())
    .where(prekeys.c.claimant == bindparam("claimant"), prekeys.c.claimed_at >= bindparam("since"))
    .group_by(prekeys.c.target)
)
_CLAIM: Final = Locking(
    select(prekeys).where(prekeys.c.claim == bindparam("claim"), prekeys.c.claimant == bindparam("claimant"))
)
_CLOSE: Final = Prepared(
    update(prekeys)
    .where(
        prekeys.c.claim == bindparam("of_claim"),
        prekeys.c.claimant == bindparam("of_claimant"),
        prekeys.c.thread.is_(None),
    )
    .values(thread=bindparam("thread"))
)


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
        row = await self._link.one(_GET, target=target)
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
        await self._link.all(_HOLD, target=target)
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
        if len(indices) != len(batch) or await self._link.value(_USED, target=target, indices=indices):
            raise Conflict("a prekey index was used before")
        rows = [{"target": target, "n": p.index, "pk_sign": p.pk_sign, "pk_kem": p.pk_kem, "own": p.own} for p in batch]
        await self._connection.execute(insert(prekeys), rows)

    async def available(self, target: TargetId) -> int:
        count: int = await self._link.value(_AVAILABLE, target=target)
        return count

    async def claim(self, grant: Grant, target: TargetId, claim: bytes, now: int) -> ClaimRow | None:
        """A prekey that another transaction is claiming is passed over: should that one fail, a later claim gets it."""
        claimant = required(grant.mailbox)
        row = await self._link.one(_LOWEST, target=target)
        if row is None:
            return None
        taken = {"claim": claim, "claimant": claimant, "claimed_at": now}
        await self._link.change(_TAKE, of_target=target, index=row.n, **taken)
        return ClaimRow(claim, target, claimant, row.n, row.pk_sign, row.pk_kem, row.own, now, opened=False)

    async def claims_since(self, claimant: MailboxId, since: int) -> Mapping[TargetId, int]:
        rows = await self._link.all(_CLAIMS_SINCE, claimant=claimant, since=since)
        return {TargetId(row[0]): row[1] for row in rows}

    async def lock_claim(self, grant: Grant, claim: bytes) -> ClaimRow | None:
        row = await self._link.one(_CLAIM, claim=claim, claimant=required(grant.mailbox))
        return None if row is None else _claim_row(row)

    async def close_claim(self, grant: Grant, claim: bytes, thread: ThreadId) -> None:
        """Raises: Conflict, if the mailbox has no such claim, or it opened a thread before."""
        own = {"of_claim": claim, "of_claimant": required(grant.mailbox)}
        if await self._link.change(_CLOSE, **own, thread=thread) != 1:
            raise Conflict("this claim cannot open a thread")

    async def note_wanted(self, target: TargetId, now: int, not_since: int) -> int | None:
        due = targets.c.wanted_at.is_(None) | (targets.c.wanted_at <= not_since)
        change = update(targets).where(targets.c.target == target, due)
        noted = change.values(wanted_at=now, wanted_n=targets.c.wanted_n + 1).returning(targets.c.wanted_n)
        n: int | None = (await self._connection.execute(noted)).scalar_one_or_none()
        return None if n is None else n - 1


def _claim_row(row: Any) -> ClaimRow:
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

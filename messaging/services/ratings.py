"""Satisfaction: what a side thinks of a relation, for the figures alone (PROTOCOL.md section 4.14)."""

from msgspec.structs import replace

from messaging.domain.authorization import Actor, Operation, authorize
from messaging.domain.errors import Conflict, NotFound
from messaging.domain.ids import ThreadId
from messaging.ports import Transaction
from messaging.relations import facts
from messaging.services.context import Context
from messaging.services.outcome import Outcome
from messaging.wire.commands import Rate
from messaging.wire.events import Ok


async def rate(tx: Transaction, actor: Actor, command: Rate, context: Context) -> Outcome[Ok]:
    """Once for each side; the same answers again are taken as said. Raises: NotFound, Conflict."""
    thread = ThreadId(command.thread)
    grant = authorize(actor, Operation.RELATION_RATE, await tx.threads.parties(thread))
    row = (await tx.threads.lock([thread])).get(thread)
    if row is None or grant.seat is None or grant.party is None or not await tx.seats.active([grant.seat]):
        raise NotFound("unknown, or not yours")
    answers = (command.satisfied, command.recommends)
    before = await tx.progress.rating(grant)
    if before is not None:
        if before != answers:
            raise Conflict("this side has rated the relation already")
        return Outcome(Ok(ref=command.ref))
    await tx.progress.rate(grant, *answers)
    at = max(context.clock(), row.last_at)
    fact = facts.rated(
        row.subject, row.relation_n, at, grant.party, satisfied=command.satisfied, recommends=command.recommends
    )
    await tx.outbox.append([fact])
    await tx.threads.update([replace(row, relation_n=row.relation_n + 1)])
    return Outcome(Ok(ref=command.ref))

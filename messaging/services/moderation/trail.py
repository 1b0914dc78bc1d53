"""The audit log as a moderator sees it, and what leaves a console as a file: both are entries of it themselves."""

from typing import Final

from messaging.domain import limits
from messaging.domain.authorization import Actor, Operation, authorize
from messaging.domain.errors import NotFound
from messaging.domain.ids import CaseId, SeatId
from messaging.e2ee import merkle
from messaging.e2ee.audit import AuditLeaf, parse_leaf
from messaging.ports import Transaction
from messaging.services.context import Context
from messaging.services.moderation import audited
from messaging.services.moderation.subjects import locked, subject_of
from messaging.services.outcome import Outcome
from messaging.wire.moderation import AuditAsked, AuditEntry, AuditProof, AuditTrail, Exported, Exporting

_EXCERPT: Final = b"excerpt"
_LOG: Final = b"log"


async def export(tx: Transaction, actor: Actor, case: CaseId, body: Exporting, context: Context) -> Outcome[Exported]:
    """The leaf without which no statement of the case leaves a console. Raises: NotFound."""
    held = await locked(tx, actor, Operation.CASE_EXPORT, case, context)
    if all(each.subject != body.subject for each in await tx.cases.statements(case)):
        raise NotFound("unknown, or not yours")
    return Outcome(
        Exported(await audited.note(tx, context, "exported", held.grant, about=body.subject, detail=_EXCERPT))
    )


async def note(tx: Transaction, actor: Actor, body: AuditAsked, context: Context) -> Outcome[AuditProof]:
    """The leaf of a look at the log, committed before the look, which takes many queries. Raises: NotFound."""
    grant = authorize(actor, Operation.AUDIT_TRAIL)
    if grant.seat is None or not await tx.seats.active([grant.seat]):
        raise NotFound("unknown, or not yours")
    if body.export:
        return Outcome(await audited.note(tx, context, "exported", grant, detail=_LOG))
    return Outcome(await audited.note(tx, context, "trail", grant))


async def read(tx: Transaction, actor: Actor, body: AuditAsked, proof: AuditProof, context: Context) -> AuditTrail:
    """Entries of the log, proven under the checkpoint of the look. Raises: NotFound."""
    grant = authorize(actor, Operation.AUDIT_TRAIL)
    if grant.seat is None or not await tx.seats.active([grant.seat]):
        raise NotFound("unknown, or not yours")
    size = proof.position + 1
    end = size if body.before is None else min(body.before, size)
    first = max(0, end - limits.audit_entries_max)
    readable: dict[bytes, bool] = {}
    entries = []
    for position, data in await tx.audit.leaves(first, end - first):
        leaf = parse_leaf(data)
        if leaf.case not in readable:
            readable[leaf.case] = await _reads(tx, actor, grant.seat, leaf, context)
        shown = grant.seat in (leaf.actor, leaf.second) or readable[leaf.case]
        path = await tx.audit.path(position, size)
        entries.append(AuditEntry(position, merkle.leaf_hash(data), path, data if shown else None))
    return AuditTrail(entries[::-1], proof)


async def _reads(tx: Transaction, actor: Actor, seat: SeatId, leaf: AuditLeaf, context: Context) -> bool:
    """Whether what the log says of a case is this moderator's to read: theirs now, or of no case at all."""
    if not leaf.case:
        return True
    row = await tx.cases.get(CaseId(leaf.case))
    if row is None or seat not in (row.holder, row.second):
        return False
    try:
        authorize(actor, Operation.AUDIT_TRAIL, await subject_of(tx, row, context.clock()))
    except NotFound:
        return False
    return True

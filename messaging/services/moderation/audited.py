"""An act of a moderator and its leaf in the audit log: one transaction, the leaf last, when all rows are locked."""

from messaging.domain.authorization import Grant
from messaging.domain.ids import SeatId
from messaging.e2ee.audit import HIDING_BYTES, AuditLeaf
from messaging.moderation.audit import record
from messaging.ports import Transaction
from messaging.services.context import Context
from messaging.wire.moderation import AuditProof


async def note(
    tx: Transaction,
    context: Context,
    kind: str,
    grant: Grant,
    *,
    second: SeatId | None = None,
    about: bytes = b"",
    detail: bytes = b"",
) -> AuditProof:
    """`kind`, `about`, `detail`: SPEC.md section 10.6. The actor is the seat of a moderator's grant.

    What is random in a case's leaf keeps it from being guessed by who is shown its hash alone.
    """
    hiding = context.entropy(HIDING_BYTES) if grant.case else b""
    leaf = AuditLeaf(
        time=context.clock(),
        kind=kind,
        actor=grant.seat or b"",
        second=second or b"",
        case=grant.case or b"",
        about=about + hiding,
        detail=detail,
    )
    recorded = await record(tx, context.auditor, leaf)
    return AuditProof(recorded.position, recorded.leaf, recorded.path, recorded.checkpoint)

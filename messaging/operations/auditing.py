"""`pli audit verify | checkpoint`: whether the moderators' audit log is what was signed."""

from typing import Final

from msgspec import Struct

from messaging.e2ee.tree_head import verifier_key
from messaging.moderation.audit_examination import examine
from messaging.operations.moderation_keys import auditor_of
from messaging.operations.operation import Nothing, Operation, OperationFailed, Workplace


class Against(Struct):
    """What the log is held against."""

    earlier: list[str]
    """Checkpoints that were kept elsewhere."""
    key: bytes | None = None
    """The pinned public key of its checkpoints; None: that of the key file."""


class Wrong(Struct):
    what: str
    at: int
    says: str


class Verdict(Struct):
    entries: int
    """How many follow each other from the first one on."""
    wrong: list[Wrong]


class Newest(Struct):
    note: str
    """A signed note; to be kept where the service cannot write."""
    key: str
    """What verifies it, in the form of C2SP's tools."""


async def _verify(at: Workplace, against: Against) -> Verdict:
    """Raises: KeyFileError."""
    auditor = auditor_of(at)
    public = auditor.public if against.key is None else against.key
    found = await at.read(lambda tx: examine(tx.audit, origin=auditor.origin, public=public, earlier=against.earlier))
    return Verdict(found.size, [Wrong(*finding) for finding in found.findings])


async def _checkpoint(at: Workplace, _: Nothing) -> Newest:
    """Raises: OperationFailed, KeyFileError."""
    auditor = auditor_of(at)
    newest = await at.read(lambda tx: tx.audit.checkpoint())
    if newest is None:
        raise OperationFailed("The audit log is empty: moderators did nothing yet.")
    return Newest(newest[1], verifier_key(auditor.origin, auditor.public))


VERIFY: Final = Operation("audit.verify", Against, Verdict, _verify)
CHECKPOINT: Final = Operation("audit.checkpoint", Nothing, Newest, _checkpoint)

OPERATIONS: Final = (VERIFY, CHECKPOINT)

"""The keys that reports are sealed to: which one is certified, and the change to the next (SPEC.md section 10.1)."""

from messaging.domain.authorization import Grant, Operation
from messaging.domain.ids import MailboxId
from messaging.e2ee import roster
from messaging.e2ee.audit import AuditLeaf
from messaging.e2ee.encoding import u32
from messaging.e2ee.errors import BadModerationKey
from messaging.e2ee.moderation_key import ModerationKey, open_certificate, parse_certificate
from messaging.e2ee.roster import RosterState
from messaging.moderation.audit import Auditor, record
from messaging.ports import Transaction


async def newest(tx: Transaction) -> ModerationKey | None:
    """The key that new reports are sealed to; None while none is certified."""
    certificate = await tx.moderation_keys.newest()
    return None if certificate is None else parse_certificate(certificate)


async def roster_records(tx: Transaction, mailbox: MailboxId) -> list[bytes]:
    """The signed roster of a mailbox of moderators."""
    return await tx.rosters.records(Grant(Operation.ROSTER_READ, mailbox=mailbox))


async def install(tx: Transaction, auditor: Auditor, certificate: bytes, root: bytes, now: int) -> ModerationKey:
    """Takes a certificate: from now on reports are sealed to its key.

    Raises: BadModerationKey (out of its time, older than the newest, of a key that no mailbox of moderators has, or
    installed already), BadSignature (not by this root), BadKey, BadEncoding.
    """
    before = await newest(tx)
    key = open_certificate(certificate, root, now=now, seen=None if before is None else before.checkpoint)
    if not any(_has(state, key) for state in await rosters(tx)):
        raise BadModerationKey("no mailbox of moderators has this key in this generation")
    if not await tx.moderation_keys.put(key.g, key.not_after, certificate, now):
        raise BadModerationKey("a certificate of this generation with this end is installed already")
    await record(tx, auditor, AuditLeaf(now, "key_changed", about=key.hash, detail=u32(key.g)))
    return key


async def rosters(tx: Transaction) -> list[RosterState]:
    """Of every mailbox of moderators, replayed."""
    found = await tx.moderation_keys.mailboxes()
    return [roster.replay(await roster_records(tx, mailbox), mailbox) for mailbox in found]


def _has(state: RosterState, key: ModerationKey) -> bool:
    """Whether the key is that of the generation in force: one from before is known to who was removed since."""
    return (state.g, state.identity_kem) == (key.g, key.kem)

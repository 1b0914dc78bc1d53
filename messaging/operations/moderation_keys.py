"""`pli keys moderation roster | install | list`: the service's side of the moderation root."""

from typing import Final

from msgspec import Struct

from messaging import keys as key_files
from messaging.domain.ids import MailboxId
from messaging.e2ee.errors import E2EEError
from messaging.e2ee.moderation_key import parse_certificate
from messaging.e2ee.suite import SigningKey
from messaging.moderation import keys
from messaging.moderation.audit import Auditor
from messaging.operations.moderation_root import RosterFile
from messaging.operations.operation import Nothing, Operation, OperationFailed, Workplace
from messaging.ports import Transaction
from messaging.services.outcome import Outcome


class Wanted(Struct):
    """Which mailbox of moderators, 16 bytes; None where there is only one."""

    mailbox: bytes | None = None


class Certificate(Struct):
    certificate: bytes


class KeyUse(Struct):
    """One certificate."""

    g: int
    key_hash: str
    not_before: int
    not_after: int
    state: str
    """`in use`, `replaced`, `expired`, or `not yet`."""


class KeyUses(Struct):
    keys: list[KeyUse]
    behind: list[int]
    """Generations of moderators' mailboxes that no certificate names: a seat was removed since."""


def auditor_of(at: Workplace) -> Auditor:
    """Who signs the audit log here. Raises: KeyFileError."""
    if at.service is not None:
        return at.service.context.auditor
    return Auditor(at.store.service_id, SigningKey(key_files.load(at.settings.data_dir).audit_seed))


async def _roster(at: Workplace, wanted: Wanted) -> RosterFile:
    """Raises: OperationFailed."""

    async def read(tx: Transaction) -> RosterFile:
        found = await tx.moderation_keys.mailboxes()
        if wanted.mailbox is not None:
            found = [each for each in found if each == wanted.mailbox]
        if len(found) != 1:
            raise OperationFailed(_which(found, wanted.mailbox))
        return RosterFile(found[0].hex(), await keys.roster_records(tx, found[0]))

    return await at.read(read)


def _which(found: list[MailboxId], wanted: bytes | None) -> str:
    if found:
        return f"Name one mailbox with --mailbox: {', '.join(each.hex() for each in found)}."
    if wanted is not None:
        return "There is no such mailbox of moderators."
    return "No moderator was seated yet: the first one founds the mailbox."


async def _install(at: Workplace, given: Certificate) -> KeyUse:
    """Raises: OperationFailed, KeyFileError."""
    root, now, auditor = at.settings.moderation_root, at.clock(), auditor_of(at)
    if root is None:
        raise OperationFailed("PLI_MODERATION_ROOT is not set: nothing says whose certificates count.")

    async def use(tx: Transaction) -> Outcome[KeyUse]:
        key = await keys.install(tx, auditor, given.certificate, root, now)
        return Outcome(KeyUse(key.g, key.hash.hex(), key.not_before, key.not_after, "in use"))

    try:
        return await at.run(use)
    except E2EEError as error:
        raise OperationFailed(f"The certificate was not taken: {error}.") from None


async def _list(at: Workplace, _: Nothing) -> KeyUses:
    now = at.clock()

    async def read(tx: Transaction) -> KeyUses:
        in_use = await tx.moderation_keys.newest()
        found = [_use(each, now, in_use=each == in_use) for each in await tx.moderation_keys.all()]
        newest = None if in_use is None else parse_certificate(in_use)
        states = await keys.rosters(tx)
        behind = [state.g for state in states if newest is None or state.identity_kem != newest.kem]
        return KeyUses(found, behind)

    return await at.read(read)


def _use(certificate: bytes, now: int, *, in_use: bool) -> KeyUse:
    key = parse_certificate(certificate)
    state = "in use" if in_use else "replaced"
    if key.not_after <= now:
        state = "expired"
    elif key.not_before > now:
        state = "not yet"
    return KeyUse(key.g, key.hash.hex(), key.not_before, key.not_after, state)


ROSTER: Final = Operation("moderation_keys.roster", Wanted, RosterFile, _roster)
INSTALL: Final = Operation("moderation_keys.install", Certificate, KeyUse, _install)
LIST: Final = Operation("moderation_keys.list", Nothing, KeyUses, _list)

OPERATIONS: Final = (ROSTER, INSTALL, LIST)

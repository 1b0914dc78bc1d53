"""Targets and their prekeys: how someone who is offline can be written to (SPEC.md section 5)."""

from messaging.domain import limits
from messaging.domain.authorization import Actor, Grant, Operation, OwnedTarget, Person, authorize
from messaging.domain.errors import NotFound, Suspended, TargetNotReady, TooMany, Unverifiable
from messaging.domain.ids import MailboxId, TargetId
from messaging.e2ee import pseudonym, suite
from messaging.e2ee.errors import E2EEError
from messaging.ports import Transaction
from messaging.relations import facts
from messaging.services import presentations
from messaging.services.context import Context
from messaging.services.outcome import Outcome
from messaging.services.suspensions import suspended_until
from messaging.wire.rest import Claim, ClaimRequest, OwnTarget, OwnTargets, PrekeyBatch

_DAY_MS = 86_400_000
_NOT_READY = "nobody can receive a first message here yet; keep it and try again later"


async def list_own(tx: Transaction, actor: Actor, mailbox: MailboxId) -> OwnTargets:
    """The mailbox's targets, and how many prekeys each has left. Raises: NotFound."""
    owned = await tx.targets.owned(authorize(actor, Operation.TARGETS_LIST, mailbox))
    return OwnTargets([OwnTarget(target, available, next_index) for target, available, next_index in owned])


def check_prekeys(batch: PrekeyBatch) -> None:
    """Encapsulates once to each key, outside of any transaction: a key that cannot receive is refused here.

    Raises: Unverifiable.
    """
    try:
        for prekey in batch.prekeys:
            suite.check_kem_public(prekey.pk_kem)
    except E2EEError as error:
        raise Unverifiable(str(error)) from error


async def owner(tx: Transaction, actor: Actor, target: TargetId) -> Grant:
    """The right to publish, asked for before the keys are looked at, which costs time. Raises: NotFound."""
    row = await tx.targets.get(target)
    owned = None if row is None else OwnedTarget(row.target, row.mailbox)
    return authorize(actor, Operation.PREKEYS_PUBLISH, owned)


async def publish(tx: Transaction, actor: Actor, target: TargetId, batch: PrekeyBatch) -> Outcome[None]:
    """Adds prekeys, each vouched for by the mailbox's identity. Raises: NotFound, Unverifiable, Conflict, TooMany."""
    grant = await owner(tx, actor, target)
    if grant.mailbox is None or grant.seat is None or not await tx.seats.active([grant.seat]):
        raise NotFound("unknown, or not yours")
    head = await tx.rosters.lock(grant.mailbox)
    if head is None:
        raise NotFound("unknown, or not yours")
    if await tx.targets.available(target) + len(batch.prekeys) > limits.prekeys_per_target_max:
        raise TooMany("this target has enough prekeys")
    try:
        for prekey in batch.prekeys:
            pseudonym.verify_own(head.identity_sign, grant.mailbox, prekey.pk_sign, prekey.pk_kem, prekey.own)
    except E2EEError as error:
        raise Unverifiable(str(error)) from error
    await tx.targets.publish(grant, batch.prekeys)
    return Outcome(None)


def first_contacts_max(actor: Actor, most: int) -> int:
    """`most`, or the lower quota of the actor's token. It is held against what their mailbox did in the last day."""
    return actor.first_contacts_max(most) if isinstance(actor, Person) else most


async def claim(
    tx: Transaction, actor: Actor, target: TargetId, body: ClaimRequest, context: Context
) -> Outcome[Claim]:
    """Hands out one prekey, once. What is answered depends on this target and this claimant only.

    Raises: NotFound, TooMany, TargetNotReady.
    """
    grant = authorize(actor, Operation.PREKEY_CLAIM, MailboxId(body.mailbox))
    if grant.seat is None or grant.mailbox is None or not await tx.seats.active([grant.seat]):
        raise NotFound("unknown, or not yours")
    row = await tx.targets.get(target)
    if row is None or row.mailbox == grant.mailbox:
        raise NotFound("unknown, or not yours")
    # One claim at a time for one claimant: counted together they would all be within the bound.
    await tx.rosters.lock(grant.mailbox)
    now = context.clock()
    claimed = await tx.targets.claims_since(grant.mailbox, now - _DAY_MS)
    if (
        sum(claimed.values()) >= first_contacts_max(actor, limits.claims_per_claimant_per_day_max)
        or claimed.get(target, 0) >= limits.claims_per_claimant_and_target_per_day_max
    ):
        raise TooMany("too many first contacts today", retry_after_ms=_DAY_MS // 24)
    if now < await suspended_until(tx, grant.mailbox):
        raise Suspended("moderation suspended this mailbox")
    if await tx.measures.blocked(grant.mailbox, row.mailbox, now):
        # As for an empty pool: that two targets have one owner is nothing that a claimant finds out here.
        raise TargetNotReady(_NOT_READY)
    handed = await tx.targets.claim(grant, target, context.entropy(16), now)
    if handed is None:
        raise TargetNotReady(_NOT_READY)
    owner = await tx.mailboxes.get([row.mailbox])
    shown = (await presentations.shown(tx, owner.values(), context))[row.mailbox]
    return Outcome(Claim(handed.claim, handed.pk_sign, handed.pk_kem, shown))


async def want(tx: Transaction, actor: Actor, target: TargetId, body: ClaimRequest, context: Context) -> Outcome[None]:
    """Tells the platform's back end, at most once a day, that somebody would write where nobody can receive.

    Of the target it says a reference, of the claimant nothing. Raises: NotFound.
    """
    authorize(actor, Operation.PREKEY_CLAIM, MailboxId(body.mailbox))
    now, row = context.clock(), await tx.targets.get(target)
    if row is None or await tx.measures.blocked(MailboxId(body.mailbox), row.mailbox, now):
        return Outcome(None)
    n = await tx.targets.note_wanted(target, now, now - limits.target_wanted_every_h * 3_600_000)
    if n is not None:
        reference = facts.report_ref(context.reporting_key, "target", target)
        await tx.outbox.append([facts.target_wanted(reference, n, now)])
    return Outcome(None)

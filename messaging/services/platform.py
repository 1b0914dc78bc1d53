"""What the platform's back end registers: mailboxes under its own references, and the targets that lead to them."""

from messaging.domain.authorization import Actor, Operation, authorize
from messaging.domain.errors import Conflict, NotFound
from messaging.domain.ids import MailboxId, TargetId
from messaging.domain.vocabulary import MailboxKind
from messaging.ports import Transaction
from messaging.relations import facts
from messaging.services import presentations
from messaging.services.context import Context
from messaging.services.outcome import Outcome
from messaging.wire.rest import MailboxPut, MailboxRegistered, TargetPut, TargetRegistered


async def put_mailbox(tx: Transaction, actor: Actor, body: MailboxPut, context: Context) -> Outcome[MailboxRegistered]:
    """Registers or updates; the same reference gives the same mailbox. Raises: NotFound, Conflict."""
    authorize(actor, Operation.PLATFORM_MAILBOX_PUT)
    if body.kind is MailboxKind.MODERATION:
        await _check_only(tx, body.ref)
    new_id = MailboxId(context.entropy(16))
    mailbox = await tx.mailboxes.put(
        body.ref, new_id, body.kind, body.presentation, body.dimensions, coarser=body.coarser
    )
    rows = await tx.mailboxes.get([mailbox])
    return Outcome(MailboxRegistered(mailbox, (await presentations.shown(tx, rows.values(), context))[mailbox]))


async def _check_only(tx: Transaction, ref: str) -> None:
    """There is one mailbox of moderators: who registers another one does not moderate. Raises: Conflict."""
    moderators = await tx.mailboxes.moderators()
    if moderators is not None and (await tx.mailboxes.find([ref])).get(ref) != moderators:
        raise Conflict("there is a mailbox of moderators already")


async def put_target(tx: Transaction, actor: Actor, body: TargetPut, context: Context) -> Outcome[TargetRegistered]:
    """Registers or updates a listing, a territory's page or a project. Raises: NotFound, Conflict."""
    authorize(actor, Operation.PLATFORM_TARGET_PUT)
    mailbox = (await tx.mailboxes.find([body.mailbox_ref])).get(body.mailbox_ref)
    if mailbox is None:
        raise NotFound("unknown, or not yours")
    target = await tx.targets.put(body.ref, TargetId(context.entropy(16)), mailbox, body.dimensions)
    report_ref = facts.report_ref(context.reporting_key, "target", target)
    return Outcome(TargetRegistered(target, report_ref.hex()))

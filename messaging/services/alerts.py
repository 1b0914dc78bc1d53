"""Alerts as a person sets them (a confirmed address, quiet hours, browsers), and what a mail's link leads to."""

from dataclasses import replace
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from messaging.alerts.alerter import CONFIRM, OPEN, OPEN_CASES, UNSUBSCRIBE, VOID, VOID_UNSUBSCRIBE
from messaging.domain import limits
from messaging.domain.alerts import Ledger, Quiet, check_address, check_quiet
from messaging.domain.authorization import Actor, Grant, Operation, authorize
from messaging.domain.errors import NotFound, TooMany, Unverifiable
from messaging.domain.ids import ID_BYTES, AccountId, MailboxId, SubscriptionId, ThreadId
from messaging.domain.push import parse_endpoint
from messaging.domain.tokens import token_digest
from messaging.ports import AlertLinkRow, AlertRow, PushChannel, Transaction
from messaging.services import sync
from messaging.services.context import Context
from messaging.services.outcome import Outcome
from messaging.wire.alerts import (
    AlertLink,
    AlertOpened,
    AlertSettings,
    AlertsView,
    ColleaguesUnreached,
    PushSubscribed,
    PushSubscription,
)

_DAY_MS: Final = 86_400_000


async def view(tx: Transaction, actor: Actor, context: Context) -> AlertsView:
    """One's own settings."""
    grant = authorize(actor, Operation.ALERTS_READ)
    row = await _row(tx, grant, context)
    return AlertsView(
        settings=AlertSettings(
            row.wanted, row.address, row.quiet.zone, row.quiet.begins, row.quiet.ends, row.quiet.sundays
        ),
        pending=row.pending,
        failing_since=row.failing_since,
        mails=context.sends_mails,
        push_key=context.push_key,
        subscriptions=[channel.subscription for channel in await tx.alerts.pushes(grant)],
    )


async def write(tx: Transaction, actor: Actor, body: AlertSettings, context: Context) -> Outcome[None]:
    """A new address waits until its owner confirmed it, and the one before is used until then.

    Raises: Malformed, TooMany (addresses to be written to in a day).
    """
    grant = authorize(actor, Operation.ALERTS_WRITE)
    quiet = check_quiet(Quiet(body.zone, body.quiet_begins, body.quiet_ends, body.quiet_sundays))
    row, now = await _row(tx, grant, context), context.clock()
    row = replace(row, wanted=body.wanted, quiet=quiet, look_at=now)
    if body.address is not None and (body.address != row.address or row.failing_since is not None):
        row = await _ask(tx, grant, row, check_address(body.address), now)
    else:
        await tx.alerts.void_links(grant, CONFIRM, VOID)
        if body.address is None:
            await tx.alerts.void_links(grant, UNSUBSCRIBE, VOID_UNSUBSCRIBE)
        failing_since = None if body.address is None else row.failing_since
        row = replace(row, address=body.address, pending=None, failing_since=failing_since)
    await tx.alerts.put(grant, row)
    return Outcome(None)


async def _ask(tx: Transaction, grant: Grant, row: AlertRow, address: str, now: int) -> AlertRow:
    """The worker writes to it. Links of an address that was asked before are void: they must not confirm this one. The
    same address is written to again once no link to it works any more: a mail may have been lost.
    """
    if address == row.pending and (not row.asked or await _is_asked(tx, grant, now)):
        return row
    await tx.alerts.void_links(grant, CONFIRM, VOID)
    if await tx.alerts.links_since(grant, (CONFIRM, VOID), now - _DAY_MS) >= limits.mail_confirms_per_day_max:
        raise TooMany("too many addresses were written to today", retry_after_ms=_DAY_MS // 24)
    return replace(row, pending=address, asked=False)


async def _is_asked(tx: Transaction, grant: Grant, now: int) -> bool:
    """Whether a link that was sent still confirms the address that waits."""
    return await tx.alerts.links_since(grant, (CONFIRM,), now - limits.mail_confirm_h * 3_600_000 + 1) > 0


async def subscribe(tx: Transaction, actor: Actor, body: PushSubscription, context: Context) -> Outcome[PushSubscribed]:
    """Raises: Malformed, Unverifiable."""
    grant = authorize(actor, Operation.PUSH_SUBSCRIBE)
    parse_endpoint(body.endpoint, loopback=context.push_loopback)
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), body.p256dh)
    except ValueError as error:
        raise Unverifiable("not a point of P-256") from error
    row, now = await _row(tx, grant, context), context.clock()
    await tx.alerts.put(grant, replace(row, look_at=now))
    drawn = SubscriptionId(context.entropy(ID_BYTES))
    subscription = await tx.alerts.put_push(grant, PushChannel(drawn, body.endpoint, body.p256dh, body.auth, now))
    return Outcome(PushSubscribed(subscription))


async def unsubscribe_push(tx: Transaction, actor: Actor, subscription: SubscriptionId) -> Outcome[None]:
    """Of one's own; one that is not there is gone already."""
    await tx.alerts.delete_push(authorize(actor, Operation.PUSH_UNSUBSCRIBE), subscription)
    return Outcome(None)


async def open_link(tx: Transaction, actor: Actor, body: AlertLink, context: Context) -> AlertOpened:
    """The thread that a mail's link leads to, for the person who was written to, as long as they have a seat there; or
    that it leads to their cases.
    """
    grant = authorize(actor, Operation.ALERTS_OPEN)
    link = await tx.alerts.link(token_digest(body.token), context.clock())
    if link is None or link.account != grant.account:
        return AlertOpened(None)
    if link.purpose != OPEN or link.thread is None:
        return AlertOpened(None, cases=link.purpose == OPEN_CASES)
    return AlertOpened(link.thread if await _may_read(tx, actor, link.thread) else None)


async def _may_read(tx: Transaction, actor: Actor, thread: ThreadId) -> bool:
    try:
        await sync.seated(tx, authorize(actor, Operation.EVENTS_PULL, await tx.threads.parties(thread)))
    except NotFound:
        return False
    return True


async def unreached(tx: Transaction, actor: Actor, mailbox: MailboxId) -> ColleaguesUnreached:
    """Raises: NotFound."""
    grant = await sync.seated(tx, authorize(actor, Operation.ALERTS_UNREACHED, mailbox))
    return ColleaguesUnreached(list(await tx.alerts.unreached(grant)))


async def confirm(tx: Transaction, token: str, context: Context) -> Outcome[bool]:
    """Whoever holds the token reads the mails of the address that waits: it is the one from now on. Works once."""
    link = await _link(tx, token, CONFIRM, context)
    if link is None:
        return Outcome(False)
    grant, now = Grant(Operation.ALERTS_WRITE, account=link.account), context.clock()
    row = await tx.alerts.get(grant)
    # Looked up again now that the row is locked: of two at once, or of one and a newer address, one counts.
    if row is None or row.pending is None or await _link(tx, token, CONFIRM, context) is None:
        return Outcome(False)
    await tx.alerts.void_links(grant, CONFIRM, VOID)
    if row.address != row.pending:
        # Whoever reads the mails of the address before must not turn off those to this one.
        await tx.alerts.void_links(grant, UNSUBSCRIBE, VOID_UNSUBSCRIBE)
    await tx.alerts.put(grant, replace(row, address=row.pending, pending=None, failing_since=None, look_at=now))
    return Outcome(True)


async def unsubscribe(tx: Transaction, token: str, context: Context) -> Outcome[bool]:
    """No more mails to whom this token was sent; may be asked again and again (RFC 8058)."""
    link = await _link(tx, token, UNSUBSCRIBE, context)
    if link is None:
        return Outcome(False)
    grant = Grant(Operation.ALERTS_WRITE, account=link.account)
    row = await tx.alerts.get(grant)
    if row is not None:
        await tx.alerts.put(grant, replace(row, wanted=False))
    return Outcome(True)


async def _link(tx: Transaction, token: str, purpose: str, context: Context) -> AlertLinkRow | None:
    """As with a ticket, the token says whom it is for."""
    link = await tx.alerts.link(token_digest(token), context.clock())
    return link if link is not None and link.purpose == purpose else None


async def _row(tx: Transaction, grant: Grant, context: Context) -> AlertRow:
    """What is set, or what holds until somebody sets it: alerts then begin with what comes from now on."""
    found = await tx.alerts.get(grant)
    now = context.clock()
    return found or AlertRow(AccountId(grant.account or b""), Ledger(covered_until=now), now)

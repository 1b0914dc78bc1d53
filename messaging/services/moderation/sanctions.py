"""Sanctions: what a decision in force does to threads and mailboxes, and how it ends. Enforced by the admission rule.

A freeze stands in the log as an event that both sides get, under the lock of the thread: no message has a seq above it.
A suspension is noted in all threads of the mailbox, under their locks, and shows to no peer. Several decisions may rest
on one thread or mailbox: what ends one of them leaves the others.
"""

from typing import Final

from msgspec import structs

from messaging.domain import limits
from messaging.domain.authorization import Grant
from messaging.domain.errors import Busy
from messaging.domain.ids import MailboxId
from messaging.domain.relation import Safety
from messaging.domain.vocabulary import SERVICE, EventKind, Measure
from messaging.e2ee.freeze import make_frozen
from messaging.ports import DecisionRow, OutboxRow, ThreadRow, Transaction
from messaging.services import presenting
from messaging.services.context import Context
from messaging.services.messages import NewEvent, append_events
from messaging.services.outcome import Publication
from messaging.services.suspensions import suspended_until

_STOPPED: Final = frozenset((Safety.FROZEN, Safety.BLOCKED))


async def hold(tx: Transaction, grant: Grant, mailbox: MailboxId) -> None:
    """Locks all threads of a mailbox, and keeps others from coming while this transaction lasts. To be done first.

    Raises: Busy.
    """
    own = structs.replace(grant, mailbox=mailbox)
    threads = await tx.measures.hold(own)
    await tx.rosters.lock(mailbox)
    if await tx.measures.hold(own) != threads:
        raise Busy("a conversation was opened at this very moment", retry_after_ms=limits.busy_retry_after_ms)


async def settle(
    tx: Transaction, grant: Grant, decision: DecisionRow, thread: ThreadRow | None, context: Context
) -> tuple[ThreadRow | None, list[Publication]]:
    """Makes threads and mailbox what the decisions in force say, once the state of this one is stored; its thread as it
    then is, and who hears of it. For a suspension the mailbox is held.
    """
    if decision.measure is Measure.SUSPENSION and decision.mailbox is not None:
        own = structs.replace(grant, mailbox=decision.mailbox)
        await tx.measures.bar(own, await suspended_until(tx, decision.mailbox))
    if decision.measure in (Measure.FREEZE, Measure.BLOCK) and thread is not None:
        return await _settle(tx, thread, context)
    return thread, []


async def _settle(tx: Transaction, thread: ThreadRow, context: Context) -> tuple[ThreadRow, list[Publication]]:
    """Makes a thread what the decisions in force on it say."""
    measures = {row.measure for row in await tx.measures.in_force_on(thread.thread)}
    safety = Safety.NORMAL
    if measures:
        safety = Safety.BLOCKED if Measure.BLOCK in measures else Safety.FROZEN
    was_stopped, is_stopped = thread.safety in _STOPPED, safety in _STOPPED
    after = structs.replace(thread, safety=safety)
    if was_stopped == is_stopped:
        await tx.threads.update([after])
        return after, []
    event = NewEvent(EventKind.FROZEN, SERVICE, make_frozen(frozen=is_stopped))
    after, written = await append_events(tx, after, [event], context.clock(), context.stamper)
    return after, [Publication(after.audience, presenting.event(each), to_sender=True) for each in written]


async def tell_relation(tx: Transaction, thread: ThreadRow, *told: OutboxRow) -> ThreadRow:
    """Writes relation events that were numbered from `thread.relation_n` on."""
    await tx.outbox.append(list(told))
    after = structs.replace(thread, relation_n=thread.relation_n + len(told))
    await tx.threads.update([after])
    return after

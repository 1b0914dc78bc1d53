"""What time does to cases: claims expire, measures end, cases close; and flags, from metadata alone.

Every pass takes a few, each in a transaction of its own, and looks again once it holds the locks: several processes may
do it at once.
"""

from dataclasses import replace
from typing import Final

from msgspec import structs

from messaging.domain import limits
from messaging.domain.authorization import Grant, Operation
from messaging.domain.ids import ID_BYTES, CaseId, DecisionId, MailboxId
from messaging.domain.relation import Safety
from messaging.domain.vocabulary import CaseOrigin, Measure, ReportCategory
from messaging.moderation import case as rules
from messaging.moderation import decision as decisions
from messaging.moderation import flags
from messaging.moderation.case import CaseAction, CaseState
from messaging.moderation.decision import DecisionAction, DecisionState
from messaging.moderation.flags import Flag, Seen
from messaging.ports import CaseRow, Looks, Transaction
from messaging.relations import facts
from messaging.services.context import Context
from messaging.services.moderation import audited, sanctions
from messaging.services.moderation.casework import released
from messaging.services.moderation.subjects import announce, sides
from messaging.services.outcome import Outcome

_SERVICE: Final = Grant(Operation.MODERATION_QUEUE)
"""Of nobody: for the service's own acts."""
_SILENCE_MS: Final = 3 * 86_400_000
_FLAGGED_THREADS_MAX: Final = 20


async def due(tx: Transaction, now: int) -> tuple[list[CaseId], list[DecisionId]]:
    """Which cases and which measures time has moved on."""
    cases = await tx.cases.due(now, limits.moderation_looks_max)
    ended = await tx.measures.ended(now, limits.moderation_looks_max)
    return cases, [row.decision for row in ended]


async def move_on(tx: Transaction, case: CaseId, context: Context) -> Outcome[None]:
    """Ends a claim that expired, or a case that is over."""
    row = await tx.cases.lock(case)
    now = context.clock()
    if row is None:
        return Outcome(None)
    grant = _about(row)
    if row.holder is not None and not rules.is_held(row.holder, row.held_until, now):
        row = released(row)
        await tx.cases.update(row)
        await audited.note(tx, context, "claim_expired", grant)
        return Outcome(None, await announce(tx))
    is_over = row.closes_at is not None and row.closes_at <= now
    if not is_over or (CaseState(row.state), CaseAction.CLOSE) not in rules.TRANSITIONS:
        return Outcome(None)
    row = replace(row, state=rules.advance(CaseState(row.state), CaseAction.CLOSE), closes_at=None)
    await tx.cases.update(row)
    await audited.note(tx, context, "closed", grant)
    return Outcome(None, await announce(tx, *await sides(tx, row)))


async def end_measure(tx: Transaction, decision: DecisionId, context: Context) -> Outcome[None]:
    """Ends a measure whose time is up."""
    found = await tx.measures.get(decision)
    if found is None:
        return Outcome(None)
    if found.measure is Measure.SUSPENSION and found.mailbox is not None:
        await sanctions.hold(tx, _SERVICE, found.mailbox)
    rows = await tx.threads.lock([] if found.thread is None else [found.thread])
    row = await tx.measures.get(decision)
    now = context.clock()
    if row is None or row.state != DecisionState.IN_FORCE or row.ends_at is None or now < row.ends_at:
        return Outcome(None)
    state = decisions.advance(DecisionState.IN_FORCE, DecisionAction.LAPSE)
    await tx.measures.set_state(decision, state, row.second)
    thread = None if row.thread is None else rows.get(row.thread)
    _, heard = await sanctions.settle(tx, _SERVICE, row, thread, context)
    await audited.note(tx, context, "measure_ended", structs.replace(_SERVICE, case=row.case), about=decision)
    case = await tx.cases.get(row.case)
    told = [] if case is None else await announce(tx, *await sides(tx, case))
    return Outcome(None, [*heard, *told])


async def find_flags(tx: Transaction, now: int) -> list[tuple[MailboxId, Flag]]:
    """Which mailboxes meet a rule, and were not flagged by it lately."""
    looks = Looks(
        burst=now - flags.BURST_MS,
        silent=now - flags.SILENT_MS,
        answered_by=now - _SILENCE_MS,
        reports=now - flags.REPORTS_MS,
    )
    found = []
    for seen in await tx.cases.contacts(looks):
        for flag in flags.flags(Seen(seen.burst, seen.opened, seen.silent, seen.reported)):
            if not await tx.cases.flagged_since(seen.mailbox, flag.rule, now - flags.AGAIN_MS):
                found.append((seen.mailbox, flag))
    return found


async def raise_flag(tx: Transaction, mailbox: MailboxId, flag: Flag, context: Context) -> Outcome[None]:
    """Opens a case that shows the rule and what it counted. Nothing else follows."""
    now = context.clock()
    rows = await tx.threads.lock(sorted(await tx.cases.recent_threads(mailbox, _FLAGGED_THREADS_MAX)))
    # One at a time for one mailbox: two processes must not open two cases.
    await tx.rosters.lock(mailbox)
    if await tx.cases.flagged_since(mailbox, flag.rule, now - flags.AGAIN_MS):
        return Outcome(None)
    row = CaseRow(
        case=CaseId(context.entropy(ID_BYTES)),
        origin=CaseOrigin.FLAG,
        category=ReportCategory.OTHER,
        state=CaseState.RECEIVED,
        opened_at=now,
        accused=mailbox,
        flag=flag.rule.value,
        measured=flag.measured,
    )
    await tx.cases.add(row)
    for thread in rows.values():
        safety = Safety.FLAGGED if thread.safety is Safety.NORMAL else thread.safety
        after = structs.replace(thread, safety=safety)
        fact = facts.flagged(thread.subject, thread.relation_n, max(now, thread.last_at), "rule")
        await sanctions.tell_relation(tx, after, fact)
    await audited.note(tx, context, "flagged", _about(row), detail=flag.rule.value.encode())
    return Outcome(None, await announce(tx))


def _about(row: CaseRow) -> Grant:
    """The service's own, about a case."""
    return structs.replace(_SERVICE, case=row.case)

"""What participants do: report, answer, appeal, and see where their case stands. Everything they say is sealed to the
moderators (SPEC.md sections 10.2 and 10.3); what the service checks is that they can read what they show.
"""

from dataclasses import replace
from typing import Final

from messaging.domain import limits
from messaging.domain.authorization import Actor, Grant, Operation, authorize
from messaging.domain.errors import Conflict, Malformed, NotFound, TooMany, Unverifiable
from messaging.domain.ids import ID_BYTES, CaseId, MailboxId, ReportId, ThreadId
from messaging.domain.vocabulary import THIRD, CaseOrigin
from messaging.e2ee.report import StatementKind
from messaging.moderation import case as rules
from messaging.moderation import keys
from messaging.moderation.case import TRANSITIONS, CaseAction, CaseState
from messaging.ports import CaseRow, StatementRow, ThreadRow, Transaction
from messaging.relations import facts
from messaging.relations.vocabulary import PartyName
from messaging.services.context import Context
from messaging.services.moderation import audited, sanctions, stays
from messaging.services.moderation.subjects import Locked, announce, locked, sides
from messaging.services.outcome import Outcome
from messaging.wire.moderation import Answer, ModerationKeyView, Report, ReportTaken

_DAY_MS: Final = 86_400_000
_NAMES: Final[tuple[PartyName, ...]] = ("initiator", "recipient", "third")
_FINAL: Final = frozenset((CaseState.UPHELD, CaseState.OVERTURNED, CaseState.CLOSED))


async def read_key(tx: Transaction, actor: Actor) -> ModerationKeyView:
    """The newest certificate, which clients verify under the root that they pinned. Raises: NotFound: there is none."""
    authorize(actor, Operation.MODERATION_KEY)
    newest = await tx.moderation_keys.newest()
    if newest is None:
        raise NotFound("unknown, or not yours")
    return ModerationKeyView(newest)


async def report(
    tx: Transaction, actor: Actor, thread: ThreadId, body: Report, context: Context
) -> Outcome[ReportTaken]:
    """Takes a report: it opens a case, or joins the one that nobody decided yet. The same bytes get the same receipt.

    Raises: NotFound, Malformed, Conflict, TooMany, Unverifiable.
    """
    grant = authorize(actor, Operation.REPORT_MAKE, await tx.threads.parties(thread), party=body.party)
    row = (await tx.threads.lock([thread])).get(thread)
    if row is not None:
        grant = authorize(actor, Operation.REPORT_MAKE, row.parties, party=body.party)
    if row is None or grant.mailbox is None or grant.seat is None or not await tx.seats.active([grant.seat]):
        raise NotFound("unknown, or not yours")
    before = await tx.cases.report(ReportId(body.report))
    if before is not None:
        if (before.mailbox, before.sealed) != (grant.mailbox, body.sealed):
            raise Conflict("this id was used for another report")
        return Outcome(ReportTaken(before.case, before.at))
    now = context.clock()
    await _check_range(tx, grant, row, body.first, body.last)
    accused = await _accused(tx, grant, row, body)
    await check_key(tx, body.key)
    if await tx.cases.count_reports_since(grant.mailbox, now - _DAY_MS) >= limits.reports_per_mailbox_per_day_max:
        raise TooMany("too many reports today", retry_after_ms=_DAY_MS // 24)
    case, is_new = await _joined(tx, row, accused, body, now, context)
    statement = StatementRow(
        case=case.case,
        kind=StatementKind.REPORT.value,
        subject=body.report,
        mailbox=grant.mailbox,
        party=body.party,
        category=body.category,
        first=body.first,
        last=body.last,
        key=body.key,
        sealed=body.sealed,
        at=now,
    )
    if not await tx.cases.put_statement(statement):
        raise Conflict("this id was used for another report")
    fact = facts.flagged(row.subject, row.relation_n, max(now, row.last_at), _NAMES[body.party])
    await sanctions.tell_relation(tx, row, fact)
    about = Grant(grant.operation, case=case.case)
    await audited.note(tx, context, "opened" if is_new else "joined", about, about=body.report)
    return Outcome(ReportTaken(case.case, now), await announce(tx, grant.mailbox))


async def answer(tx: Transaction, actor: Actor, case: CaseId, body: Answer, context: Context) -> Outcome[None]:
    """Words and further messages of one who is concerned. From the accused it is the answer that is waited for.

    Raises: NotFound, Malformed, Conflict, TooMany, Unverifiable.
    """
    held = await locked(tx, actor, Operation.CASE_ANSWER, case, context)
    row, now = held.row, context.clock()
    if await _said_before(tx, held, body):
        return Outcome(None)
    if row.state in _FINAL:
        raise Conflict("this case is over")
    await _put(tx, held, body, now, is_appeal=False)
    if held.grant.mailbox == row.accused and (CaseState(row.state), CaseAction.ANSWER) in TRANSITIONS:
        is_waited_for = row.state == CaseState.AWAITING
        row = replace(row, state=rules.advance(CaseState(row.state), CaseAction.ANSWER))
        if is_waited_for and row.holder is not None:
            row = replace(row, held_until=rules.claim_ends(now, None, limits.case_claim_h * 3_600_000))
        await tx.cases.update(row)
    await audited.note(tx, context, "answered", Grant(held.grant.operation, case=case))
    return Outcome(None, await announce(tx, held.grant.mailbox))


async def appeal(tx: Transaction, actor: Actor, case: CaseId, body: Answer, context: Context) -> Outcome[None]:
    """Contests the decision, before another moderator. Raises: NotFound, Malformed, Conflict, TooMany, Unverifiable."""
    held = await locked(tx, actor, Operation.CASE_APPEAL, case, context)
    row, now = held.row, context.clock()
    if await _said_before(tx, held, body):
        return Outcome(None)
    state = rules.advance(CaseState(row.state), CaseAction.APPEAL)
    if row.closes_at is None or now >= row.closes_at:
        raise Conflict("the time to contest this decision is over")
    party = await _put(tx, held, body, now, is_appeal=True)
    row = replace(row, state=state, holder=None, held_until=None, due_at=None, closes_at=None)
    await tx.cases.update(row)
    if held.thread is not None:
        thread = held.thread
        fact = facts.appealed(thread.subject, thread.relation_n, max(now, thread.last_at), _NAMES[party])
        await sanctions.tell_relation(tx, thread, fact)
    await audited.note(tx, context, "appealed", Grant(held.grant.operation, case=case))
    return Outcome(None, await announce(tx, *await sides(tx, row)))


async def check_key(tx: Transaction, key: bytes) -> None:
    """What is sealed to an older key may be read by whoever held it. Raises: Conflict."""
    newest = await keys.newest(tx)
    if newest is None or newest.hash != key:
        raise Conflict("the moderators have another key now; read it, verify it, and seal again")


async def _accused(tx: Transaction, grant: Grant, row: ThreadRow, body: Report) -> MailboxId:
    if body.about == body.party:
        raise Malformed("a report is about another party of the conversation")
    if body.about == THIRD:
        return await stays.of_range(tx, grant, body.first, body.last)
    return row.mailboxes[body.about]


async def _check_range(tx: Transaction, grant: Grant, row: ThreadRow, first: int, last: int) -> None:
    if not 1 <= first <= last < first + limits.report_range_events_max:
        raise Malformed(f"a range has 1 to {limits.report_range_events_max} events")
    stay = await tx.thirds.present(grant) if grant.mailbox == row.third else None
    reads_from = 1 if stay is None or stay.history else stay.joined_seq
    if last > row.head_seq or first < reads_from:
        raise NotFound("unknown, or not yours")


async def _joined(
    tx: Transaction, thread: ThreadRow, accused: MailboxId, body: Report, now: int, context: Context
) -> tuple[CaseRow, bool]:
    found = await tx.cases.open_about(thread.thread, accused)
    if found is not None:
        row = await tx.cases.lock(found.case) or found
        if row.reports >= limits.reports_per_case_max:
            raise TooMany("this was reported often enough; moderators will look at it")
        row = replace(row, reports=row.reports + 1)
        await tx.cases.update(row)
        return row, False
    row = CaseRow(
        case=CaseId(context.entropy(ID_BYTES)),
        origin=CaseOrigin.REPORT,
        category=body.category,
        state=CaseState.RECEIVED,
        opened_at=now,
        thread=thread.thread,
        accused=accused,
        accused_party=body.about,
        reports=1,
    )
    await tx.cases.add(row)
    return row, True


async def _said_before(tx: Transaction, held: Locked, body: Answer) -> bool:
    """The same bytes again change nothing."""
    said = await tx.cases.statements(held.row.case)
    return any((each.mailbox, each.sealed) == (held.grant.mailbox, body.sealed) for each in said)


async def _put(tx: Transaction, held: Locked, body: Answer, now: int, *, is_appeal: bool) -> int:
    """Stores what one of the parties says; which it is."""
    row, mailbox = held.row, held.grant.mailbox
    if mailbox is None or held.thread is None:
        raise NotFound("unknown, or not yours")
    audience = held.thread.audience
    is_in = mailbox in audience
    said = [each for each in await tx.cases.statements(row.case) if each.mailbox == mailbox]
    # Who left has the number under which it reported, or is accused.
    was = row.accused_party if mailbox == row.accused else next((each.party for each in said), None)
    party = audience.index(mailbox) if is_in else was
    if party is None or (body.last and not is_in):
        raise NotFound("unknown, or not yours")
    answers = [each for each in said if each.kind == StatementKind.ANSWER.value]
    if len(answers) >= limits.answers_per_mailbox_and_case_max and not is_appeal:
        raise TooMany("enough was said in this case; moderators will read it")
    if (body.first == 0) != (body.last == 0):
        raise Malformed("an answer without a range has first and last 0")
    if body.last:
        in_thread = Grant(held.grant.operation, mailbox=mailbox, thread=row.thread, party=party)
        await _check_range(tx, in_thread, held.thread, body.first, body.last)
    await check_key(tx, body.key)
    statement = StatementRow(
        case=row.case,
        kind=StatementKind.ANSWER.value,
        subject=row.case,
        mailbox=mailbox,
        party=party,
        category=None,
        first=body.first,
        last=body.last,
        key=body.key,
        sealed=body.sealed,
        at=max(now, held.thread.last_at),  # so that what the log had before it is told from what came after
        is_appeal=is_appeal,
    )
    if not await tx.cases.put_statement(statement):
        raise Unverifiable("this answer cannot be kept")
    return party

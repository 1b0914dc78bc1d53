"""A case as each side sees it: where it stands, what they were told; never who moderates, never the other's words."""

from types import MappingProxyType
from typing import Final

from messaging.domain import limits
from messaging.domain.authorization import Actor, Grant, Operation, authorize
from messaging.domain.errors import NotFound
from messaging.domain.ids import MailboxId
from messaging.e2ee.report import StatementKind
from messaging.moderation.case import CaseState
from messaging.moderation.decision import DecisionState
from messaging.moderation.statement import Side
from messaging.ports import CaseRow, DecisionRow, Transaction, UnmaskingRow
from messaging.services.context import Context
from messaging.wire.moderation import CasesList, CaseView, StatementView

_DAY_MS: Final = 86_400_000
_UNMASKED_TOLD_MS: Final = limits.unmask_told_after_days * _DAY_MS
_PROGRESS: Final = MappingProxyType({CaseState.CLAIMED: "in_review", CaseState.AWAITING: "in_review"})


async def list_own(tx: Transaction, actor: Actor, mailbox: MailboxId, context: Context) -> CasesList:
    """The cases of a mailbox, the newest first. Raises: NotFound."""
    grant = authorize(actor, Operation.CASES_LIST, mailbox)
    if grant.seat is None or not await tx.seats.active([grant.seat]):
        raise NotFound("unknown, or not yours")
    now = context.clock()
    found = []
    for row in await tx.cases.of_mailbox(grant, now - _UNMASKED_TOLD_MS, limits.cases_listed_max):
        if (row.accused == mailbox and row.accused_told) or mailbox in await tx.cases.reporters(row.case):
            found.append(await _view(tx, row, grant, now))
        else:
            found.append(await _unmasked_view(tx, row, grant, now))
    return CasesList(found)


async def _view(tx: Transaction, row: CaseRow, grant: Grant, now: int) -> CaseView:
    mailbox = grant.mailbox
    is_accused = mailbox == row.accused
    decision = await _in_force(tx, row)
    is_open = row.state == CaseState.DECIDED and row.closes_at is not None and now < row.closes_at
    said = await tx.cases.statements(row.case)
    unmasked = await _unmasked(tx, row, grant, now)
    return CaseView(
        case=row.case,
        side=(Side.ACCUSED if is_accused else Side.REPORTER).value,
        opened_at=_told_at(row, now) if is_accused else row.opened_at,
        progress=progress_of(row),
        thread=row.thread,
        category=None if is_accused else row.category,
        in_question=list(row.in_question) if is_accused else [],
        answer_until=row.due_at if is_accused and row.state == CaseState.AWAITING else None,
        measure=None if decision is None else decision.measure,
        ends_at=None if decision is None else decision.ends_at,
        appeal_until=row.closes_at if is_open else None,
        statements=[
            StatementView(each.at, each.fr, each.en)
            for each in await tx.cases.told(row.case)
            if each.mailbox == mailbox
        ],
        answered=sum(each.mailbox == mailbox and each.kind == StatementKind.ANSWER.value for each in said),
        unmasked_at=None if unmasked is None else unmasked.approved_at,
        unmasked=None if unmasked is None else unmasked.party,
    )


async def _unmasked_view(tx: Transaction, row: CaseRow, grant: Grant, now: int) -> CaseView:
    """For a mailbox that was looked at and knows of nothing else: that it was, and nothing of the report."""
    unmasked = await _unmasked(tx, row, grant, now)
    if unmasked is None:
        raise NotFound("unknown, or not yours")
    return CaseView(
        case=row.case,
        side="unmasked",
        opened_at=_unmasking_told_at(row, unmasked),
        progress=CaseState.CLOSED.value if row.state == CaseState.CLOSED else "in_review",
        thread=row.thread,
        unmasked_at=unmasked.approved_at,
        unmasked=unmasked.party,
    )


def _told_at(row: CaseRow, now: int) -> int:
    """For the accused: when they were asked, or it was decided; never when somebody reported them."""
    if row.decided_at is not None:
        return row.decided_at
    return now if row.due_at is None else row.due_at - limits.case_answer_days * _DAY_MS


def _unmasking_told_at(row: CaseRow, unmasked: UnmaskingRow) -> int:
    """From when on both sides may know: with the decision, or a week after."""
    approved_at = unmasked.approved_at or unmasked.at
    told_at = approved_at + _UNMASKED_TOLD_MS
    return told_at if row.decided_at is None else min(told_at, max(approved_at, row.decided_at))


def progress_of(row: CaseRow) -> str:
    """Where a case stands, in a word of PROTOCOL.md section 9.1."""
    state = CaseState(row.state)
    return _PROGRESS.get(state, state.value)


async def _in_force(tx: Transaction, row: CaseRow) -> DecisionRow | None:
    """The newest decision that stands, or stood until its time was up."""
    stands = (DecisionState.IN_FORCE, DecisionState.LAPSED)
    found = [each for each in await tx.measures.of_case(row.case) if each.state in stands]
    return found[-1] if found else None


async def _unmasked(tx: Transaction, row: CaseRow, grant: Grant, now: int) -> UnmaskingRow | None:
    """The first that grant.mailbox may know of; one of its own before another."""
    own = await tx.measures.unmaskings_of(grant, row.case)
    for each in (*own, *await tx.measures.unmaskings(row.case)):
        if each.state == DecisionState.IN_FORCE and now >= _unmasking_told_at(row, each):
            return each
    return None

"""A case as authorization sees it, and the way to a locked one: threads first, then the case."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from messaging.domain.authorization import Actor, Case, Grant, Operation, Person, authorize
from messaging.domain.errors import NotFound
from messaging.domain.ids import AccountId, CaseId, MailboxId, SeatId
from messaging.moderation.case import CLAIMABLE, CaseState, is_held
from messaging.moderation.decision import DecisionState
from messaging.ports import CaseRow, ThreadRow, Transaction
from messaging.services.context import Context
from messaging.services.outcome import Publication
from messaging.wire.events import CasesChanged


@dataclass(frozen=True, slots=True)
class Locked:
    """A case that this transaction may change, and who is let to."""

    row: CaseRow
    grant: Grant
    thread: ThreadRow | None
    subject: Case


async def subject_of(tx: Transaction, row: CaseRow, now: int) -> Case:
    """The case at this moment."""
    reporters = await tx.cases.reporters(row.case)
    is_free = not is_held(row.holder, row.held_until, now)
    concerned = reporters if row.accused is None else reporters | {row.accused}
    if row.thread is not None:
        parties = await tx.threads.parties(row.thread)
        concerned |= frozenset(() if parties is None else parties.audience)
    deciders = {seat for seat in (row.decider, row.approver) if seat is not None}
    proposed = await proposers(tx, row)
    holders: set[SeatId] = set() if is_free or row.holder is None else {row.holder}
    accounts = await tx.seats.of_same_accounts(holders | deciders | proposed)
    return Case(
        row.case,
        reporters=reporters,
        accused=row.accused if row.accused_told else None,
        holder=None if is_free else row.holder,
        second=row.second,
        holders=_all_seats(accounts, holders),
        deciders=_all_seats(accounts, deciders),
        concerned=concerned,
        claimable=is_free and row.state in CLAIMABLE,
        appealed=row.state == CaseState.APPEALED,
        proposers=_all_seats(accounts, proposed),
        opened_at=row.opened_at,
    )


def _all_seats(accounts: Mapping[SeatId, AccountId], of: AbstractSet[SeatId]) -> frozenset[SeatId]:
    """These seats, and all others of the same accounts."""
    persons = {accounts[seat] for seat in of if seat in accounts}
    return frozenset(of | {seat for seat, account in accounts.items() if account in persons})


async def is_same_person(tx: Transaction, one: SeatId, other: SeatId) -> bool:
    """Whether both seats are of one account."""
    return one == other or other in await tx.seats.of_same_accounts([one])


async def proposers(tx: Transaction, row: CaseRow) -> frozenset[SeatId]:
    """Whose proposals wait for a second moderator."""
    decided = [(each.seat, each.state) for each in await tx.measures.of_case(row.case)]
    unmasked = [(each.seat, each.state) for each in await tx.measures.unmaskings(row.case)]
    return frozenset(seat for seat, state in (*decided, *unmasked) if state == DecisionState.PROPOSED)


async def locked(tx: Transaction, actor: Actor, operation: Operation, case: CaseId, context: Context) -> Locked:
    """Locks thread and case, and authorizes on what then is. Raises: NotFound, Unauthenticated."""
    found = await tx.cases.get(case)
    if found is None:
        authorize(actor, operation, None)
        raise NotFound("unknown, or not yours")
    rows = await tx.threads.lock([] if found.thread is None else [found.thread])
    row = await tx.cases.lock(case)
    if row is None:
        raise NotFound("unknown, or not yours")
    subject = await subject_of(tx, row, context.clock())
    grant = authorize(actor, operation, subject)
    if grant.seat is None or not await tx.seats.active([grant.seat]):
        raise NotFound("unknown, or not yours")
    return Locked(row, grant, None if row.thread is None else rows.get(row.thread), subject)


async def authorize_again(
    tx: Transaction,
    actor: Actor,
    operation: Operation,
    case: CaseId,
    *,
    holder: SeatId | None = None,
    second: SeatId | None = None,
    proposers: frozenset[SeatId] = frozenset(),
) -> None:
    """What was done is answered to who did it, though they have the case no more. Raises: NotFound, Unauthenticated."""
    then = Case(case, reporters=frozenset(), accused=None, holder=holder, second=second, proposers=proposers)
    grant = authorize(actor, operation, then)
    if grant.seat is None or not await tx.seats.active([grant.seat]):
        raise NotFound("unknown, or not yours")


def is_concerned(actor: Actor, subject: Case) -> bool:
    """Whether the case is about a mailbox of this person."""
    return isinstance(actor, Person) and subject.concerns(actor)


async def announce(tx: Transaction, *mailboxes: MailboxId | None) -> list[Publication]:
    """That something changed, to moderators and to these mailboxes: nothing of what."""
    told = {await tx.mailboxes.moderators(), *mailboxes}
    return [
        Publication((mailbox,), CasesChanged(mailbox=mailbox), to_sender=True)
        for mailbox in sorted(each for each in told if each is not None)
    ]


async def sides(tx: Transaction, row: CaseRow) -> set[MailboxId]:
    """Who may see something of it: reporters, and the accused once they know."""
    told = set(await tx.cases.reporters(row.case))
    return told | {row.accused} if row.accused is not None and row.accused_told else told

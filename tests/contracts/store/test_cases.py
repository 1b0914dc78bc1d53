"""Contract of Cases and Measures: what comes back, what counts, and what is in force where."""

import asyncio
from dataclasses import replace

import pytest
from msgspec import structs

from messaging.domain import limits
from messaging.domain.alerts import CaseWord, Waiting
from messaging.domain.authorization import Grant, Operation
from messaging.domain.ids import AccountId, CaseId, DecisionId, MailboxId, ReportId, SeatId, UnmaskingId
from messaging.domain.vocabulary import CaseOrigin, Measure, ReportCategory
from messaging.moderation.case import CaseState
from messaging.moderation.decision import DecisionState
from messaging.ports import (
    CaseRow,
    Contacts,
    DecisionRow,
    Looks,
    OutsideNoticeRow,
    PartyHistory,
    StatementRow,
    ThreadRow,
    ToldRow,
    UnmaskingRow,
)
from tests.contracts.store.test_thirds import entered
from tests.contracts.store.world import World, of_account, of_mailbox, of_party

NOW = 10_000


def case_of(world: World, row: ThreadRow, state: CaseState = CaseState.RECEIVED) -> CaseRow:
    return CaseRow(
        case=CaseId(world.raw()),
        origin=CaseOrigin.REPORT,
        category=ReportCategory.PAYMENT,
        state=state,
        opened_at=NOW,
        thread=row.thread,
        accused=row.mailboxes[0],
        accused_party=0,
        in_question=(3, 5),
        reports=1,
    )


def report_in(world: World, case: CaseRow, mailbox: MailboxId, kind: str = "report") -> StatementRow:
    subject = world.raw() if kind == "report" else case.case
    category = case.category if kind == "report" else None
    return StatementRow(case.case, kind, subject, mailbox, 1, category, 1, 2, world.raw(32), world.raw(90), NOW)


def decision_on(
    world: World, case: CaseRow, measure: Measure, *, ends_at: int | None = None, peer: MailboxId | None = None
) -> DecisionRow:
    return DecisionRow(
        decision=DecisionId(world.raw()),
        case=case.case,
        measure=measure,
        state=DecisionState.IN_FORCE,
        at=NOW,
        seat=SeatId(world.raw()),
        second=None,
        ends_at=ends_at,
        thread=case.thread,
        mailbox=case.accused,
        peer=peer,
        body="Motifs : « ici ».".encode(),
    )


async def added(world: World, case: CaseRow) -> CaseRow:
    await world.commit(lambda tx: tx.cases.add(case))
    return case


async def decided(world: World, row: DecisionRow) -> DecisionRow:
    assert await world.commit(lambda tx: tx.measures.add(row))
    return row


async def test_a_case_comes_back_as_it_was_last(world: World) -> None:
    case = await added(world, case_of(world, await world.thread()))
    after = replace(
        case,
        state=CaseState.DECIDED,
        holder=SeatId(world.raw()),
        held_until=20_000,
        second=SeatId(world.raw()),
        decider=SeatId(world.raw()),
        decided_at=NOW,
        closes_at=30_000,
        accused_told=True,
        in_question=(),
    )
    await world.commit(lambda tx: tx.cases.update(after))
    assert await world.read(lambda tx: tx.cases.get(case.case)) == after
    assert await world.commit(lambda tx: tx.cases.lock(case.case)) == after
    assert await world.read(lambda tx: tx.cases.get(CaseId(world.raw()))) is None


async def test_a_case_is_joined_only_while_nobody_decided_it(world: World) -> None:
    row = await world.thread()
    other = await world.thread((row.mailboxes[0], MailboxId(world.raw())))
    accused = row.mailboxes[0]
    for state in CaseState:
        case = await added(world, case_of(world, row, state))
        found = await world.read(lambda tx: tx.cases.open_about(row.thread, accused))
        is_open = state in (CaseState.RECEIVED, CaseState.CLAIMED, CaseState.AWAITING)
        assert (found == case) is is_open
        await world.commit(lambda tx, c=case: tx.cases.update(replace(c, state=CaseState.CLOSED)))  # type: ignore[misc]
    assert await world.read(lambda tx: tx.cases.open_about(row.thread, row.mailboxes[1])) is None
    first, second = await added(world, case_of(world, row)), await added(world, case_of(world, other))
    assert await world.read(lambda tx: tx.cases.related(first)) == [second]


async def test_what_is_said_is_numbered_and_a_report_taken_once(world: World) -> None:
    row = await world.thread()
    case = await added(world, case_of(world, row))
    said = [report_in(world, case, row.mailboxes[1])]
    said += [report_in(world, case, mailbox, "answer") for mailbox in row.mailboxes]
    for each in said:
        assert await world.commit(lambda tx, s=each: tx.cases.put_statement(s))  # type: ignore[misc]
    assert not await world.commit(lambda tx: tx.cases.put_statement(replace(said[0], sealed=b"other")))
    assert await world.read(lambda tx: tx.cases.statements(case.case)) == said
    assert await world.read(lambda tx: tx.cases.report(ReportId(said[0].subject))) == said[0]
    assert await world.read(lambda tx: tx.cases.reporters(case.case)) == {row.mailboxes[1]}
    assert await world.read(lambda tx: tx.cases.count_reports_since(row.mailboxes[1], NOW)) == 1
    assert await world.read(lambda tx: tx.cases.count_reports_since(row.mailboxes[1], NOW + 1)) == 0
    assert await world.read(lambda tx: tx.cases.count_reports_since(row.mailboxes[0], 0)) == 0


@pytest.mark.parametrize(("finding", "counts"), [("founded", (1, 0)), ("abusive", (0, 1)), ("unfounded", (0, 0))])
async def test_the_history_of_who_reports_and_is_reported(world: World, finding: str, counts: tuple[int, int]) -> None:
    row = await world.thread()
    accused, reporter = row.mailboxes
    case = await added(world, case_of(world, row))
    await world.commit(lambda tx: tx.cases.put_statement(report_in(world, case, reporter)))
    await world.commit(lambda tx: tx.cases.find(case.case, finding))
    await decided(world, decision_on(world, case, Measure.WARNING))
    await decided(world, decision_on(world, case, Measure.NONE))
    assert await world.read(lambda tx: tx.cases.history(reporter, 0, 0)) == PartyHistory(0, 0, 0, 1, *counts)
    assert await world.read(lambda tx: tx.cases.history(accused, 0, 0)) == PartyHistory(1, 1, 1, 0, 0, 0)
    assert await world.read(lambda tx: tx.cases.history(accused, NOW, NOW + 1)) == PartyHistory(0, 0, 0, 0, 0, 0)


async def test_each_side_lists_its_own_and_the_accused_what_they_were_told(world: World) -> None:
    row = await world.thread()
    accused, reporter = row.mailboxes
    case = await added(world, case_of(world, row))
    await world.commit(lambda tx: tx.cases.put_statement(report_in(world, case, reporter)))
    assert await world.read(lambda tx: tx.cases.of_mailbox(of_mailbox(reporter), 0, 9)) == [case]
    assert await world.read(lambda tx: tx.cases.of_mailbox(of_mailbox(accused), 0, 9)) == []
    told = replace(case, accused_told=True)
    await world.commit(lambda tx: tx.cases.update(told))
    assert await world.read(lambda tx: tx.cases.of_mailbox(of_mailbox(accused), 0, 9)) == [told]
    rows = [ToldRow(case.case, NOW, "Décision.", "Decision.", mailbox=each) for each in row.mailboxes]
    for each in rows:
        await world.commit(lambda tx, t=each: tx.cases.tell(t))  # type: ignore[misc]
    assert await world.read(lambda tx: tx.cases.told(case.case)) == rows


async def test_what_moderators_ask_and_told_waits_for_those_who_have_the_mailbox(world: World) -> None:
    row = await world.thread((await world.mailbox(), await world.mailbox()))
    accused, reporter = row.mailboxes
    asked_at = NOW * 10
    due_at = asked_at + limits.case_answer_days * 86_400_000
    asked = replace(case_of(world, row, CaseState.AWAITING), accused_told=True, due_at=due_at)
    await added(world, asked)
    account, other = await world.account(), await world.account()
    await world.seat(accused, account)
    await world.seat(reporter, other)

    async def words(account: AccountId, told_after: int = 0) -> list[Waiting]:
        return await world.read(lambda tx: tx.alerts.case_words(of_account(account), told_after, 10))

    waits = [Waiting(None, accused, CaseWord.ASKED.value, asked_at)]
    assert await words(account) == waits
    assert await words(other) == []
    early = report_in(world, asked, accused, "answer")
    await world.commit(lambda tx: tx.cases.put_statement(replace(early, at=asked_at - 1)))
    assert await words(account) == waits, "said before"
    await world.commit(lambda tx: tx.cases.update(replace(asked, state=CaseState.RECEIVED)))
    assert await words(account) == waits, "given back: the time to answer goes on"
    await world.commit(lambda tx: tx.cases.put_statement(replace(early, sealed=world.raw(91), at=asked_at)))
    assert await words(account) == []

    told = ToldRow(asked.case, asked_at + 5, "Décision.", "Decision.", mailbox=reporter)
    await world.commit(lambda tx: tx.cases.tell(told))
    assert await words(other, asked_at + 4) == [Waiting(None, reporter, CaseWord.TOLD.value, told.at)]
    assert (await words(other, told.at), await words(account)) == ([], [])


async def test_a_decided_case_asks_nothing_any_more(world: World) -> None:
    row, account = await world.thread((await world.mailbox(), await world.mailbox())), await world.account()
    await world.seat(row.mailboxes[0], account)
    case = replace(case_of(world, row, CaseState.DECIDED), accused_told=True, due_at=NOW + 30 * 86_400_000)
    await added(world, case)
    assert await world.read(lambda tx: tx.alerts.case_words(of_account(account), 0, 10)) == []


async def test_notices_are_sealed_and_listed_by_who_sent_them(world: World) -> None:
    account = await world.account()
    case = replace(case_of(world, await world.thread()), origin=CaseOrigin.NOTICE, thread=None, accused=None)
    await added(world, case)
    notice = OutsideNoticeRow(ReportId(world.raw()), case.case, account, NOW, "Cette annonce est fausse.")
    assert await world.commit(lambda tx: tx.cases.put_notice(notice))
    assert not await world.commit(lambda tx: tx.cases.put_notice(notice))
    assert await world.read(lambda tx: tx.cases.notices(case.case)) == [notice]
    assert await world.read(lambda tx: tx.cases.notices_of(of_account(account), 9)) == [notice]
    assert await world.read(lambda tx: tx.cases.notices_of(of_account(AccountId(world.raw())), 9)) == []
    assert await world.read(lambda tx: tx.cases.notices_since(NOW)) == (1, 1)
    assert await world.read(lambda tx: tx.cases.notices_since(NOW + 1)) == (0, 1)
    other = of_account(await world.account())
    assert await world.commit(lambda tx: tx.cases.lock_notices_of(of_account(account), NOW)) == (1, 1)
    assert await world.commit(lambda tx: tx.cases.lock_notices_of(of_account(account), NOW + 1)) == (0, 1)
    assert await world.commit(lambda tx: tx.cases.lock_notices_of(other, NOW)) == (0, 0)
    await world.commit(lambda tx: tx.cases.update(replace(case, state=CaseState.DECIDED)))
    assert await world.commit(lambda tx: tx.cases.lock_notices_of(of_account(account), NOW)) == (1, 0)


async def test_who_has_no_account_sends_one_after_the_other(world: World) -> None:
    nobody = of_account(AccountId(bytes(16)))
    case = replace(case_of(world, await world.thread()), origin=CaseOrigin.NOTICE, thread=None, accused=None)
    notice = OutsideNoticeRow(ReportId(world.raw()), case.case, AccountId(bytes(16)), NOW, "Cette annonce est fausse.")
    async with world.store.transaction() as tx:
        assert await tx.cases.lock_notices_of(nobody, NOW) == (0, 0)
        second = asyncio.create_task(world.commit(lambda tx: tx.cases.lock_notices_of(nobody, NOW)))
        await asyncio.wait({second}, timeout=0.3)
        await tx.cases.add(case)
        assert await tx.cases.put_notice(notice)
    assert await second == (1, 1)


async def test_what_time_moves_on(world: World) -> None:
    row = await world.thread()
    held = replace(case_of(world, row, CaseState.CLAIMED), holder=SeatId(world.raw()), held_until=20_000)
    over = replace(case_of(world, row, CaseState.UPHELD), closes_at=20_000)
    appealed = case_of(world, row, CaseState.APPEALED)
    for case in (held, over, appealed):
        await added(world, case)
    assert await world.read(lambda tx: tx.cases.due(19_999, 9)) == []
    assert await world.read(lambda tx: tx.cases.due(20_000, 9)) == sorted([held.case, over.case])
    freeze = await decided(world, decision_on(world, held, Measure.FREEZE, ends_at=20_000))
    await decided(world, decision_on(world, held, Measure.BLOCK))
    assert await world.read(lambda tx: tx.measures.ended(19_999, 9)) == []
    assert await world.read(lambda tx: tx.measures.ended(20_000, 9)) == [freeze]


async def test_a_moderator_s_queue_has_only_what_they_can_take_on(world: World) -> None:
    row, own = await world.thread(), SeatId(world.raw())

    def held(by: SeatId, until: int, second: SeatId | None = None) -> CaseRow:
        return replace(case_of(world, row, CaseState.CLAIMED), holder=by, held_until=until, second=second)

    other = SeatId(world.raw())
    others = [await added(world, held(other, 20_000)), await added(world, held(other, 20_000, SeatId(world.raw())))]
    expired = await added(world, held(other, NOW))
    free = await added(world, replace(case_of(world, row), opened_at=NOW + 1))
    appealed = await added(world, replace(case_of(world, row, CaseState.APPEALED), opened_at=NOW + 2))
    mine = await added(world, held(own, 20_000))
    notice = await added(world, replace(case_of(world, row), origin=CaseOrigin.NOTICE))
    await added(world, case_of(world, row, CaseState.CLOSED))
    queue = await world.read(lambda tx: tx.cases.queue(own, CaseOrigin.REPORT, NOW, 9))
    assert queue == [mine, appealed, expired, free]
    assert await world.read(lambda tx: tx.cases.queue(own, CaseOrigin.REPORT, NOW, 2)) == [mine, appealed]
    assert await world.read(lambda tx: tx.cases.queue(own, CaseOrigin.NOTICE, NOW, 9)) == [notice]
    proposed = replace(decision_on(world, others[0], Measure.SUSPENSION), state=DecisionState.PROPOSED)
    await decided(world, proposed)
    assert others[0] in await world.read(lambda tx: tx.cases.queue(own, CaseOrigin.REPORT, NOW, 9))


async def test_decisions_and_what_of_them_is_in_force(world: World) -> None:
    row = await world.thread()
    accused, peer = row.mailboxes
    case = await added(world, case_of(world, row))
    freeze = await decided(world, decision_on(world, case, Measure.FREEZE))
    block = await decided(world, decision_on(world, case, Measure.BLOCK, ends_at=20_000, peer=peer))
    suspension = await decided(world, decision_on(world, case, Measure.SUSPENSION, ends_at=20_000))
    assert not await world.commit(lambda tx: tx.measures.add(freeze))
    assert await world.read(lambda tx: tx.measures.get(block.decision)) == block
    listed = sorted([freeze, block, suspension], key=lambda each: each.decision)
    assert await world.read(lambda tx: tx.measures.of_case(case.case)) == listed
    stops = {each.decision for each in await world.read(lambda tx: tx.measures.in_force_on(row.thread))}
    assert stops == {freeze.decision, block.decision}
    assert await world.read(lambda tx: tx.measures.in_force_against(accused)) == [suspension]
    assert await world.read(lambda tx: tx.measures.in_force_against(peer)) == []
    for one, other in ((accused, peer), (peer, accused)):
        assert await world.read(lambda tx, o=one, p=other: tx.measures.blocked(o, p, 19_999))  # type: ignore[misc]
        assert not await world.read(lambda tx, o=one, p=other: tx.measures.blocked(o, p, 20_000))  # type: ignore[misc]
    joined = MailboxId(world.raw())
    assert not await world.read(lambda tx: tx.measures.blocked(accused, joined, NOW))
    for kind, blocked in (("answer", False), ("report", True)):
        await world.commit(lambda tx, k=kind: tx.cases.put_statement(report_in(world, case, joined, k)))  # type: ignore[misc]
        for one, other in ((accused, joined), (joined, accused)):
            assert await world.read(lambda tx, o=one, p=other: tx.measures.blocked(o, p, NOW)) is blocked  # type: ignore[misc]
    assert not await world.read(lambda tx: tx.measures.blocked(joined, peer, NOW)), "both reported"
    await world.commit(lambda tx: tx.measures.set_state(suspension.decision, DecisionState.OVERTURNED, None))
    assert await world.read(lambda tx: tx.measures.in_force_against(accused)) == []


async def test_a_bar_is_on_its_own_side_of_every_thread(world: World) -> None:
    row = await world.thread()
    own = row.mailboxes[0]
    other = await world.thread((MailboxId(world.raw()), own))
    foreign = await world.thread()
    grant = Grant(Operation.CASE_DECIDE, mailbox=own)
    assert await world.commit(lambda tx: tx.measures.hold(grant)) == sorted([row.thread, other.thread])
    await world.commit(lambda tx: tx.measures.bar(grant, 77))
    rows = await world.read(lambda tx: tx.threads.get([row.thread, other.thread, foreign.thread]))
    assert [rows[each.thread].barred for each in (row, other, foreign)] == [(77, 0, 0), (0, 77, 0), (0, 0, 0)]
    await world.commit(lambda tx: tx.measures.bar(grant, 0))
    rows = await world.read(lambda tx: tx.threads.get([row.thread, other.thread]))
    assert {each.barred for each in rows.values()} == {(0, 0, 0)}


async def test_unmaskings_wait_for_a_second(world: World) -> None:
    case = await added(world, case_of(world, await world.thread()))
    asked = UnmaskingRow(
        unmasking=UnmaskingId(world.raw()),
        case=case.case,
        party=0,
        state=DecisionState.PROPOSED,
        at=NOW,
        seat=SeatId(world.raw()),
        second=None,
        approved_at=None,
        reason="Une plainte.",
    )
    assert await world.commit(lambda tx: tx.measures.ask_unmasking(asked))
    assert not await world.commit(lambda tx: tx.measures.ask_unmasking(asked))
    second = SeatId(world.raw())
    await world.commit(
        lambda tx: tx.measures.approve_unmasking(asked.unmasking, DecisionState.IN_FORCE, second, 11_000)
    )
    after = replace(asked, state=DecisionState.IN_FORCE, second=second, approved_at=11_000)
    assert await world.read(lambda tx: tx.measures.unmasking(asked.unmasking)) == after
    assert await world.read(lambda tx: tx.measures.unmaskings(case.case)) == [after]


def approved(world: World, case: CaseRow, party: int, at: int) -> UnmaskingRow:
    seats = (SeatId(world.raw()), SeatId(world.raw()))
    return UnmaskingRow(UnmaskingId(world.raw()), case.case, party, DecisionState.IN_FORCE, at, *seats, at, "Plainte.")


async def test_an_unmasked_mailbox_lists_its_case_once_it_may_know(world: World) -> None:
    row = await world.thread()
    accused, reporter = row.mailboxes
    case = await added(world, case_of(world, row))
    asked = approved(world, case, 0, 20_000)
    await world.commit(lambda tx: tx.measures.ask_unmasking(replace(asked, state=DecisionState.PROPOSED)))
    assert await world.read(lambda tx: tx.cases.of_mailbox(of_mailbox(accused), 20_000, 9)) == []
    await world.commit(
        lambda tx: tx.measures.approve_unmasking(asked.unmasking, asked.state, asked.second or asked.seat, 20_000)
    )
    assert await world.read(lambda tx: tx.cases.of_mailbox(of_mailbox(accused), 19_999, 9)) == []
    assert await world.read(lambda tx: tx.cases.of_mailbox(of_mailbox(accused), 20_000, 9)) == [case]
    assert await world.read(lambda tx: tx.cases.of_mailbox(of_mailbox(reporter), 20_000, 9)) == []
    assert await world.read(lambda tx: tx.measures.unmaskings_of(of_mailbox(accused), case.case)) == [asked]
    assert await world.read(lambda tx: tx.measures.unmaskings_of(of_mailbox(reporter), case.case)) == []
    over = replace(case, state=CaseState.DECIDED, decided_at=20_001)
    await world.commit(lambda tx: tx.cases.update(over))
    assert await world.read(lambda tx: tx.cases.of_mailbox(of_mailbox(accused), 0, 9)) == [over]


async def test_the_third_party_that_was_unmasked_is_who_was_in_then(world: World) -> None:
    row = await world.thread()
    stays = []
    for seq in (1, 3, 5):
        said = await world.say(row.thread)
        assert said.seq == seq
        (present, _) = await entered(world, structs.replace(row, head_seq=seq - 1))
        await world.say(row.thread)
        await world.commit(lambda tx, s=present: tx.thirds.leave(of_party(row, 1), s.third))  # type: ignore[misc]
        stays.append(present.mailbox)
    case = await added(world, replace(case_of(world, row), accused_party=0))
    await world.commit(
        lambda tx: tx.cases.put_statement(replace(report_in(world, case, row.mailboxes[1]), first=3, last=4))
    )
    asked = approved(world, case, 2, 1_004)
    await world.commit(lambda tx: tx.measures.ask_unmasking(asked))
    listed = [await world.read(lambda tx, m=each: tx.cases.of_mailbox(of_mailbox(m), NOW, 9)) for each in stays]  # type: ignore[misc]
    assert listed == [[], [case], []]
    # Of the accused it is they, whatever a report shows.
    about = await added(world, replace(case_of(world, row), accused=stays[2], accused_party=2))
    await world.commit(
        lambda tx: tx.cases.put_statement(replace(report_in(world, about, row.mailboxes[1]), first=3, last=4))
    )
    await world.commit(lambda tx: tx.measures.ask_unmasking(approved(world, about, 2, 1_004)))
    listed = [await world.read(lambda tx, m=each: tx.cases.of_mailbox(of_mailbox(m), NOW, 9)) for each in stays]  # type: ignore[misc]
    assert listed == [[], [case], [about]]
    own = of_party(row, 1)
    found = [await world.read(lambda tx, n=seq: tx.thirds.stay_at(own, n)) for seq in range(7)]  # type: ignore[misc]
    assert [None if each is None else each[0].mailbox for each in found[1:]] == [
        each for each in stays for _ in range(2)
    ]
    assert found[0] is None


async def test_what_is_in_force_outlives_its_conversation(world: World) -> None:
    row = await world.thread()
    accused, peer = row.mailboxes
    case = await added(world, case_of(world, row, CaseState.CLOSED))
    block = await decided(world, decision_on(world, case, Measure.BLOCK, peer=peer))
    suspension = await decided(world, decision_on(world, case, Measure.SUSPENSION, ends_at=20_000))
    freeze = await decided(world, decision_on(world, case, Measure.FREEZE))
    ended = await decided(world, decision_on(world, case, Measure.SUSPENSION, ends_at=9_000))
    await world.commit(lambda tx: tx.measures.set_state(ended.decision, DecisionState.LAPSED, None))
    gone = await world.commit(lambda tx: tx.retiring.forget_threads([row.thread]))
    assert gone["moderation_decisions"] == 2
    bare = replace(suspension, case=CaseId(bytes(16)), thread=None, body=b"")
    assert await world.read(lambda tx: tx.measures.in_force_against(accused)) == [bare]
    assert await world.read(lambda tx: tx.measures.ended(20_000, 9)) == [bare]
    assert await world.read(lambda tx: tx.measures.blocked(accused, peer, NOW))
    for each in (freeze, ended):
        assert await world.read(lambda tx, d=each.decision: tx.measures.get(d)) is None  # type: ignore[misc]
    assert await world.read(lambda tx: tx.measures.get(block.decision)) is not None


async def test_who_is_behind_a_party(world: World) -> None:
    row = await world.thread()
    (initiator, _) = world.sides(row)
    found = await world.read(lambda tx: tx.measures.own(row.thread, 0))
    assert found is not None
    assert found[0] == initiator.mailbox
    own = world.raw(64)
    party = Grant(Operation.THREAD_ROTATE, mailbox=initiator.mailbox, thread=row.thread, party=0)
    await world.commit(lambda tx: tx.threads.put_rotation(party, 1, 3, own))
    again = await world.read(lambda tx: tx.measures.own(row.thread, 0))
    assert again == (*found[:3], own)
    assert await world.read(lambda tx: tx.measures.own(row.thread, 2)) is None


async def test_counts_for_flags(world: World) -> None:
    row = await world.thread(at=5_000)
    initiator = row.mailboxes[0]
    for at in (100, 4_000, 9_000):
        await world.thread((initiator, MailboxId(world.raw())), at=at)
    await added(world, case_of(world, row))
    looks = Looks(burst=8_000, silent=1_000, answered_by=6_000, reports=0)
    assert await world.read(lambda tx: tx.cases.contacts(looks)) == [Contacts(initiator, 1, 3, 2, 1)]
    assert await world.read(lambda tx: tx.cases.recent_threads(initiator, 2))
    flagged = replace(case_of(world, row), case=CaseId(world.raw()), thread=None, flag="burst", measured=30)
    assert not await world.read(lambda tx: tx.cases.flagged_since(initiator, "burst", 0))
    await added(world, flagged)
    assert await world.read(lambda tx: tx.cases.flagged_since(initiator, "burst", NOW))
    assert not await world.read(lambda tx: tx.cases.flagged_since(initiator, "burst", NOW + 1))


async def test_the_load_of_moderators(world: World) -> None:
    row = await world.thread()
    for took, state in ((1_000, CaseState.DECIDED), (3_000, CaseState.OVERTURNED), (9_000, CaseState.UPHELD)):
        await added(world, replace(case_of(world, row, state), decided_at=NOW + took))
    await added(world, case_of(world, row))
    load = await world.read(lambda tx: tx.cases.load(NOW))
    assert (load.waiting, load.decided, load.median_ms, load.appealed, load.overturned) == (1, 3, 3_000, 2, 1)

"""What takes two moderators, what time ends, what comes from outside, and what nobody is sanctioned for."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from messaging.domain import limits
from messaging.domain.ids import CaseId, ThreadId
from messaging.domain.retention import DEFAULT_DAYS, Category, Schedule
from messaging.domain.vocabulary import Measure, ReportCategory
from messaging.e2ee import pseudonym, roster
from messaging.e2ee.errors import BadReport
from messaging.moderating import ModerationUpkeep
from messaging.ports import Transaction
from messaging.services import retention
from messaging.services.moderation import outside
from messaging.wire.moderation import CaseView, InBoth, OutsideNotice
from messaging.wire.platform import AccountExport, ErasureProof, ErasureRequest, ExportRequest
from pli_client import CasesChanged, Froze, Mailbox, Moderator
from pli_client.errors import FirstMessageKept, ProblemError
from tests.journeys.clock import MovingClock
from tests.journeys.people import Online, Person, trust_of
from tests.moderation.people import DAY_MS, FACTS, RULE, Bench, bench, moderating
from tests.support.server import RunningService, running_service
from tests.support.waiting import until

pytestmark = pytest.mark.slow

HOUR_MS = 3_600_000
REASONS = InBoth(fr="Le contexte change tout.", en="The context changes everything.")


async def talk(court: Bench, recruiter: Online, mayor: Online, words: str = "Payez 400 € d’avance.") -> list[int]:
    """The recruiter writes twice; the seqs of their messages as the mayor read them."""
    thread = await recruiter.client.mailboxes[0].open(court.people.listing, "Bonjour")
    await mayor.reads("Bonjour")
    await thread.send(words)
    await mayor.reads(words)
    return [each.seq for each in mayor.client.thread(thread.id).messages if not each.own]


async def report(mayor: Online) -> bytes:
    """The newest conversation's last message, reported; the case."""
    thread = mayor.client.threads[0]
    return (await thread.report(thread.messages[-1:], ReportCategory.PAYMENT, "Une arnaque.")).case


async def only(mailbox: Mailbox, case: bytes) -> CaseView:
    (found,) = [each for each in await mailbox.cases() if each.case == case]
    return found


async def state_of(tx: Transaction, case: bytes) -> str:
    row = await tx.cases.get(CaseId(case))
    assert row is not None
    return row.state


def upkeep(service: RunningService) -> ModerationUpkeep:
    return ModerationUpkeep(service.service.store, service.service.pipeline, service.service.context)


async def test_a_suspension_takes_two_and_an_appeal_ends_it(database_url: str, tmp_path: Path) -> None:
    async with running_service(database_url, tmp_path) as service:
        court = await bench(service)
        await court.settle()
        async with (
            court.people.doctor.online() as recruiter,
            court.people.mayor.online() as mayor,
            court.sitting() as (mona, noe, olive),
        ):
            project, village = recruiter.client.mailboxes[0], mayor.client.mailboxes[0]
            await talk(court, recruiter, mayor)
            first = await report(mayor)
            seqs = await talk(court, recruiter, mayor, "Et 200 € de plus.")
            second = await report(mayor)
            assert first != second, "another conversation is another case"
            assert await report(mayor) == second, "reported again while it waits, it joins"

            chair, wing, third = (moderating(each, court) for each in (mona, noe, olive))
            waiting = (await chair.queue()).cases
            assert [each.case for each in waiting] == [second, first], "the more reports, the sooner"
            assert [(each.reports, each.related) for each in waiting] == [(2, 1), (1, 1)]
            assert sorted((await chair.claim(second)).cases) == sorted([first, second]), "one party is one matter"

            await chair.hear(second, seqs[-1:])
            await recruiter.until(CasesChanged)
            asked = await only(project, second)
            assert (asked.progress, asked.in_question) == ("in_review", seqs[-1:])
            assert asked.answer_until is not None
            with pytest.raises(ProblemError, match="conflict"):
                await chair.hear(second, [1])

            proposal = chair.new_decision(Measure.SUSPENSION, rule=RULE, facts=FACTS, seqs=seqs, days=30)
            assert await chair.decide(second, proposal) == "proposed"
            assert (await only(project, second)).progress == "in_review"
            await recruiter.client.threads[0].send("Toujours là.")
            for alone in (chair.second(second), chair.approve(second, proposal.decision)):
                with pytest.raises(ProblemError, match="not_found"):
                    await alone
            with pytest.raises(ProblemError, match="not_found"):
                await wing.approve(second, proposal.decision)
            await wing.second(second)
            with pytest.raises(ProblemError, match="not_found"):
                await third.second(second)
            assert (await wing.open(second)).statements[0].refusal is None
            for _ in range(2):
                assert await wing.approve(second, proposal.decision) == "in_force", "sent again it is the same word"
            with pytest.raises(ProblemError, match="conflict"):
                await wing.approve(second, proposal.decision, approve=False)
            for other in (chair, third):
                with pytest.raises(ProblemError, match="not_found"):
                    await other.approve(second, proposal.decision)

            for thread in recruiter.client.threads:
                with pytest.raises(ProblemError, match="suspended"):
                    await thread.send("Encore moi")
            with pytest.raises(ProblemError, match="suspended"):
                await project.open(court.people.listing, "Une autre annonce")
            await mayor.client.threads[0].send("Vous ne répondez plus ?")
            assert not mayor.heard(Froze), "a suspension shows to no peer"
            told = await only(project, second)
            assert (told.measure, told.progress) == (Measure.SUSPENSION, "decided")
            assert told.ends_at is not None
            assert "Jusqu’au" in told.statements[0].fr

            await recruiter.client.threads[0].appeal(second, "C’était une plaisanterie.")
            for had_part in (chair, wing):
                with pytest.raises(ProblemError, match="not_found"):
                    await had_part.claim(second)
            await third.claim(second)
            instead = third.new_decision(Measure.WARNING, rule=RULE, facts=FACTS, seqs=seqs)
            for _ in range(2):
                await third.review(second, REASONS, overturn=True, instead=instead)
            with pytest.raises(ProblemError, match="conflict"):
                await third.review(second, REASONS, overturn=False)
            with pytest.raises(ProblemError, match="not_found"):
                await wing.review(second, REASONS, overturn=True, instead=instead)
            for thread in recruiter.client.threads:
                await thread.send("Pardon.")
            after = await only(project, second)
            assert (after.progress, after.measure) == ("overturned", Measure.WARNING)
            said = [("annulée" in each.fr, "averti" in each.fr) for each in after.statements[1:]]
            assert said == [(True, False), (False, True)], "each is told once"
            assert (await only(village, second)).progress == "overturned"


async def test_no_file_is_closed_by_renewals_nor_by_what_is_long(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before what was reported, after it, and after an answer in words alone: each is proven, over several answers."""
    monkeypatch.setattr(limits, "excerpt_bytes_max", 9_000)
    monkeypatch.setattr(limits, "excerpt_step_bytes", 2_000)
    async with running_service(database_url, tmp_path) as service:
        court = await bench(service)
        await court.settle()
        async with court.people.doctor.online() as recruiter, court.people.mayor.online() as mayor:
            await talk(court, recruiter, mayor)
            for _ in range(4):
                assert await recruiter.thread.renewal.renew()
            await recruiter.thread.send("Payez donc.")
            await mayor.reads("Payez donc.")
            case = await report(mayor)
            await mayor.thread.answer_case(case, "J’ai refusé.")
            for _ in range(4):
                assert await recruiter.thread.renewal.renew()
            await recruiter.thread.send("Allons !")
            await mayor.reads("Allons !")
            assert await report(mayor) == case
            async with court.sitting() as (mona, _, _):
                chair = moderating(mona, court)
                await chair.claim(case)
                statements = (await chair.open(case)).statements
                trail = [each.leaf.kind for each in await chair.audit_trail() if each.leaf is not None]
    assert [each.refusal for each in statements] == [None, None, None]
    assert [each.statement.last for each in statements] == [8, 0, 13]
    kinds = [[entry.event.kind for entry in each.statement.entries] for each in statements]
    assert kinds == [["epoch"] * 3, ["epoch"] * 5, ["epoch"] * 7]
    assert trail.count("released") > 2 * len(statements), "also what follows is in the log"


async def test_who_is_behind_a_pseudonym_is_a_second_act(sqlite_url: str, tmp_path: Path) -> None:
    clock = MovingClock()
    async with running_service(sqlite_url, tmp_path, clock=clock) as service:
        court = await bench(service)
        await court.settle()
        async with (
            court.people.doctor.online() as recruiter,
            court.people.mayor.online() as mayor,
            court.sitting() as (mona, noe, olive),
        ):
            seqs = await talk(court, recruiter, mayor)
            case = await report(mayor)
            chair, wing = moderating(mona, court), moderating(noe, court)
            await chair.claim(case)
            await recruiter.thread.renew_keys()
            asked = await chair.ask_unmasking(case, 0, "La commune porte plainte.")
            third, file = moderating(olive, court), await chair.open(case)
            (waiting,) = (await wing.queue()).cases
            assert (waiting.case, waiting.mine, waiting.wants_second) == (case, False, True)
            for refused in (chair.unmasked(asked, file), chair.approve(case, asked), third.unmasked(asked, file)):
                with pytest.raises(ProblemError, match="not_found"):
                    await refused
            await wing.second(case)
            reasons = [each.reason for each in (await wing.open(case)).file.unmaskings]
            assert reasons == ["La commune porte plainte."]
            for _ in range(2):
                assert await wing.approve(case, asked) == "in_force"

            found = await chair.unmasked(asked, file)
            project = recruiter.client.mailboxes[0]
            assert found.mailbox == project.id
            identity = roster.replay(found.roster, found.mailbox).identity_sign
            pseudonym.verify_own(identity, found.mailbox, found.pk_sign, found.pk_kem, found.own)
            with pytest.raises(ProblemError, match="not_found"):
                await third.unmasked(asked, file)
            (shown,) = file.statements
            assert shown.verified is not None
            assert shown.verified.pseudonyms[0] == (found.pk_sign, found.pk_kem), "as it wrote, before it renewed"
            with pytest.raises(BadReport):
                await chair.unmasked(asked, replace(file, statements=()))

            village = mayor.client.mailboxes[0]
            assert (await only(village, case)).unmasked_at is None, "not while it is looked at"
            assert await project.cases() == []
            clock.advance(limits.unmask_told_after_days * DAY_MS + HOUR_MS)
            await upkeep(service).look()
            told = await only(project, case)
            at = told.unmasked_at or 0
            assert told == CaseView(
                case=case,
                side="unmasked",
                opened_at=at + limits.unmask_told_after_days * DAY_MS,
                progress="in_review",
                thread=recruiter.client.threads[0].id,
                unmasked_at=at,
                unmasked=0,
            ), "that they were looked at, and nothing of the report"
            assert (await only(village, case)).unmasked == 0

            await third.claim(case)
            assert (await third.open(case)).file.unmaskings
            with pytest.raises(ProblemError, match="not_found"):
                await third.unmasked(asked, file)
            await third.release(case)
            await chair.claim(case)
            assert (await chair.unmasked(asked, file)).mailbox == project.id
            decision = chair.new_decision(Measure.BLOCK, rule=RULE, facts=FACTS, seqs=seqs)
            await chair.decide(case, decision)
            for box in (village, project):
                assert (await only(box, case)).unmasked == 0
                assert (await only(box, case)).unmasked_at is not None
            # Blocked: to the two of them, and in both directions, it is as if nobody could receive.
            await recruiter.until(Froze)
            with pytest.raises(FirstMessageKept):
                await project.open(court.people.listing, "Je recommence")
            assert [each.text for each in project.waiting] == ["Je recommence"]


async def test_what_time_does(database_url: str, tmp_path: Path) -> None:
    clock = MovingClock()
    async with running_service(database_url, tmp_path, clock=clock) as service:
        court = await bench(service)
        await court.settle()
        keeper = upkeep(service)
        async with court.people.doctor.online() as recruiter, court.people.mayor.online() as mayor:
            seqs = await talk(court, recruiter, mayor)
            case = await report(mayor)
            async with court.sitting() as (mona, noe, _):
                chair, wing = moderating(mona, court), moderating(noe, court)
                await chair.claim(case)
                clock.advance(25 * HOUR_MS)
                await keeper.look()
                with pytest.raises(ProblemError, match="not_found"):
                    await chair.open(case)
                await wing.claim(case)
                file = (await wing.open(case)).file
                assert [each.is_accused for each in file.parties] == [True, False]
                decision = wing.new_decision(Measure.FREEZE, rule=RULE, facts=FACTS, seqs=seqs, days=2)
                await wing.decide(case, decision)
            await recruiter.until(Froze, lambda each: each.frozen)
            clock.advance(3 * DAY_MS)
            await keeper.look()
            await recruiter.until(Froze, lambda each: not each.frozen)
            await recruiter.thread.send("Merci.")
            thread = recruiter.thread.id

        schedule, store = Schedule(DEFAULT_DAYS), service.service.store
        days = schedule.hours(Category.THREADS) // 24
        clock.advance((limits.appeal_days - 10) * DAY_MS)
        await keeper.look()
        async with store.reading() as tx:
            assert await state_of(tx, case) == "decided"
        soon = Schedule({**schedule.days, Category.THREADS: 30})
        await retention.apply(store, soon, clock(), 30)
        async with store.reading() as tx:
            assert await tx.threads.parties(ThreadId(thread)) is not None, "held until its case ends"
        clock.advance(20 * DAY_MS)
        await keeper.look()
        async with store.reading() as tx:
            assert await state_of(tx, case) == "closed"
        proof = await retention.apply(store, soon, clock(), 30)
        assert days > 30
        assert proof.categories["threads"].rows["moderation_cases"] == 1
        async with store._engine.connect() as connection:
            for table in ("moderation_cases", "moderation_statements", "moderation_told", "moderation_decisions"):
                assert (await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() == 0, table
        async with store.reading() as tx:
            assert await tx.threads.parties(ThreadId(thread)) is None


async def test_a_notice_from_outside_and_reports_that_abuse(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path) as service:
        court = await bench(service)
        await court.settle()
        outsider = Person(service, await trust_of(service), "un voisin", [])
        api = outsider.api()
        notice = OutsideNotice(b"\x01" * 16, ReportCategory.POSING, "Cette annonce n’est pas de notre commune.", True)
        with pytest.raises(ProblemError, match="malformed"):
            await api.send_notice(msgspec.structs.replace(notice, good_faith=False))
        await api.send_notice(notice)
        await api.send_notice(notice)
        for other in ({"text": "C’est la page 13."}, {"category": ReportCategory.OTHER}):
            with pytest.raises(ProblemError, match="conflict"):
                await api.send_notice(msgspec.structs.replace(notice, **other))
        async with (
            court.people.doctor.online() as recruiter,
            court.people.mayor.online() as mayor,
            court.sitting() as (mona, _, _),
        ):
            chair = moderating(mona, court)
            (waiting,) = (await chair.queue()).cases
            assert waiting.origin == "notice"
            await chair.claim(waiting.case)
            file = (await chair.open(waiting.case)).file
            assert [each.text for each in file.notices] == [notice.text]
            with pytest.raises(ProblemError, match="conflict"):
                await chair.decide(waiting.case, chair.new_decision(Measure.FREEZE, rule=RULE, facts=FACTS, seqs=[2]))
            await chair.decide(waiting.case, chair.new_decision(Measure.NONE, rule=RULE, facts=FACTS))
            (tracked,) = (await api.notices()).notices
            assert (tracked.notice, tracked.progress) == (notice.notice, "decided")
            assert "Aucune mesure" in tracked.statements[0].fr

            code = b"\x02" * 16
            unsigned = OutsideNotice(outside.notice_of(code), ReportCategory.OTHER, "Où : ici", good_faith=True)
            pipeline, context = service.service.pipeline, service.service.context
            await pipeline.run(lambda tx: outside.send_unsigned(tx, unsigned, context))
            (waiting,) = (await chair.queue()).cases
            await chair.claim(waiting.case)
            await chair.decide(waiting.case, chair.new_decision(Measure.NONE, rule=RULE, facts=FACTS))
            followed = await pipeline.read(lambda tx: outside.followed(tx, code))
            assert followed is not None
            assert (followed.progress, "Aucune mesure" in followed.statements[0].fr) == ("decided", True)
            assert await pipeline.read(lambda tx: outside.followed(tx, notice.notice)) is None
            assert len((await api.notices()).notices) == 1, "nobody's are in no account's list"

            await talk(court, recruiter, mayor)
            for _ in range(3):
                await _dismiss(chair, await report(mayor))
            case = await report(mayor)
            (again,) = (await chair.queue()).cases
            assert (again.case, again.abusive_reporter) == (case, True)
            assert "abusive_reporter" in again.reasons
            assert recruiter.client.mailboxes[0].id is not None
            assert await recruiter.client.mailboxes[0].cases() == [], "of what came to nothing they hear nothing"
            await until(lambda: mayor.client.connected, 5)
        await api.close()


async def _dismiss(chair: Moderator, case: bytes) -> None:
    await chair.claim(case)
    await chair.decide(case, chair.new_decision(Measure.NONE, rule=RULE, facts=FACTS, abusive=True))


async def test_who_sent_a_notice_is_told_what_is_held_and_is_forgotten(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path) as service:
        court = await bench(service)
        outsider = Person(service, await trust_of(service), "un voisin", [])
        api = outsider.api()
        await api.send_notice(OutsideNotice(b"\x02" * 16, ReportCategory.OTHER, "Cette annonce est fausse.", True))
        body = ExportRequest("un voisin")
        held = msgspec.json.decode(await service.platform("POST", "/v1/platform/exports", body), type=AccountExport)
        assert [each.text for each in held.notices] == ["Cette annonce est fausse."]
        proof = msgspec.json.decode(
            await service.platform("POST", "/v1/platform/erasures", ErasureRequest("un voisin")), type=ErasureProof
        )
        assert proof.deleted["moderation_notices"] == 1
        assert "moderation_notices" in proof.kept
        newcomer = Person(service, await trust_of(service), "une inconnue", []).api()
        assert (await newcomer.notices()).notices == []
        await newcomer.close()
        await court.settle()
        async with court.first.online() as mona:
            chair = moderating(mona, court)
            (waiting,) = (await chair.queue()).cases
            await chair.claim(waiting.case)
            (notice,) = (await chair.open(waiting.case)).file.notices
            assert notice.text == "Cette annonce est fausse."
            await chair.decide(waiting.case, chair.new_decision(Measure.NONE, rule=RULE, facts=FACTS))
        await api.close()

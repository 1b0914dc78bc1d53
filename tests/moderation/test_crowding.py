"""Nobody crowds out anybody else: neither in the way for notices, nor in the moderators' queue."""

import os
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from messaging.domain import limits
from messaging.domain.ids import CaseId, MailboxId, SeatId
from messaging.domain.vocabulary import CaseOrigin, ReportCategory
from messaging.moderation.case import CaseState
from messaging.ports import CaseRow, Transaction
from messaging.services.outcome import Outcome
from messaging.wire.moderation import OutsideNotice, Queue
from pli_client.errors import ProblemError
from tests.authorization.court import Court
from tests.journeys.clock import MovingClock
from tests.journeys.people import Person, trust_of
from tests.support.server import running_service
from tests.support.world import World

HOUR_MS = 3_600_000


def notice() -> OutsideNotice:
    return OutsideNotice(os.urandom(16), ReportCategory.OTHER, "Cette annonce est fausse.", True)


async def test_one_account_shuts_the_way_for_nobody(sqlite_url: str, tmp_path: Path) -> None:
    clock = MovingClock()
    async with running_service(sqlite_url, tmp_path, clock=clock) as service:
        trust = await trust_of(service)
        loud, other = (Person(service, trust, name, []).api() for name in ("un voisin", "une voisine"))
        sent: list[OutsideNotice] = []
        while left := limits.notices_open_per_account_max - len(sent):
            for _ in range(min(limits.notices_per_account_and_hour_max, left)):
                sent.append(notice())
                await loud.send_notice(sent[-1])
            with pytest.raises(ProblemError, match="too_many"):
                await loud.send_notice(notice())
            await loud.send_notice(sent[-1])
            clock.advance(HOUR_MS + 1)
        with pytest.raises(ProblemError, match="too_many"):
            await loud.send_notice(notice())
        await other.send_notice(notice())
        assert len((await loud.notices()).notices) == limits.notices_open_per_account_max
        await loud.close()
        await other.close()


async def test_what_is_urgent_is_seen_whatever_came_before(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "queue_cases_max", 3)
    async with running_service(sqlite_url, tmp_path) as service, World.made(service) as world:
        court = await Court.made(service, world)
        now = service.service.context.clock()

        def case(at: int, origin: CaseOrigin = CaseOrigin.REPORT) -> CaseRow:
            state, accused = CaseState.RECEIVED, MailboxId(os.urandom(16))
            row = CaseRow(CaseId(os.urandom(16)), origin, ReportCategory.OTHER, state, now - 1_000 + at)
            return row if origin is CaseOrigin.NOTICE else replace(row, accused=accused, reports=1)

        notices = [case(n, CaseOrigin.NOTICE) for n in range(5)]
        chair, until = SeatId(court.chair.seat), now + HOUR_MS
        of_others = [replace(case(10 + n), state=CaseState.CLAIMED, holder=chair, held_until=until) for n in range(5)]
        own_mailbox = [replace(case(20 + n), accused=MailboxId(court.box.mailbox)) for n in range(5)]
        slow = [case(30 + n) for n in range(5)]
        urgent = replace(case(40), category=ReportCategory.PAYMENT)
        appealed = replace(case(41), state=CaseState.APPEALED, decider=chair)

        async def add(tx: Transaction) -> Outcome[None]:
            for row in (*notices, *of_others, *own_mailbox, *slow, urgent, appealed):
                await tx.cases.add(row)
            return Outcome(None)

        await service.service.pipeline.run(add)
        answer = await world.expect(court.idle, "GET", "/v1/moderation/queue")
        listed = [each.case for each in msgspec.json.decode(answer, type=Queue).cases]
        assert listed == [urgent.case, appealed.case, *(row.case for row in notices[:3]), slow[0].case]

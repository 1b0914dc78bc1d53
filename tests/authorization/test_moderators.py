"""Who a moderator is, and which case is not theirs, goes by what the service stored and never by what a token names."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from messaging.domain.ids import CaseId, MailboxId, SeatId
from messaging.domain.vocabulary import MailboxKind, Role
from messaging.moderation.case import CaseState
from messaging.ports import MailboxClaim, Transaction
from messaging.services.outcome import Outcome
from messaging.wire.moderation import Queue, Second, Unmask
from messaging.wire.platform import DepartureReport
from messaging.wire.rest import AccountView, Dimensions
from messaging.wire.types import Presentation
from tests.authorization.court import Court
from tests.authorization.operations import opened_thread
from tests.support.server import RunningService, running_service
from tests.support.world import Box, Someone, World

pytestmark = pytest.mark.slow

QUEUE = "/v1/moderation/queue"
NEXT_TOKEN_S = 1.1
"""Until a token is issued in a later second than the last removal."""


@dataclass(frozen=True, slots=True)
class Stage:
    service: RunningService
    world: World
    court: Court

    async def status(self, who: Someone, act: str, case: bytes, body: msgspec.Struct | None = None) -> int:
        path = f"/v1/moderation/cases/{case.hex()}/{act}"
        return (await self.world.request("POST", path, self.world.token(who), body)).status_code

    async def queued(self, who: Someone) -> set[bytes]:
        """The cases that this moderator is shown."""
        answer = await self.world.expect(who, "GET", QUEUE)
        return {each.case for each in msgspec.json.decode(answer, type=Queue).cases}

    async def readmitted(self, who: Someone) -> Someone:
        """Removed from the moderators' mailbox and let in again: another seat of the same account."""
        court, again = self.court, replace(who, seat=os.urandom(16))
        await self.world.remove(court.box, court.chair, who)
        await asyncio.sleep(NEXT_TOKEN_S)
        await self.world.seat(court.box, court.chair, again, Role.MODERATOR)
        return again

    async def make_second(self, case: bytes, who: Someone) -> None:
        """As whoever took that part on before somebody's other seat counted."""

        async def change(tx: Transaction) -> Outcome[None]:
            row = await tx.cases.lock(CaseId(case))
            assert row is not None
            await tx.cases.update(replace(row, second=SeatId(who.seat)))
            return Outcome(None)

        await self.service.service.pipeline.run(change)


@pytest_asyncio.fixture
async def stage(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with running_service(sqlite_url, tmp_path) as service, World.made(service) as world:
        court = await Court.made(service, world)
        court.thread = (await opened_thread(world))[0].thread
        yield Stage(service, world, court)


def _as_moderator(who: Someone, box: Box) -> Someone:
    """Whose token says that this mailbox is the moderators', and the bearer one of them."""
    return replace(who, claims=(MailboxClaim(box.ref, MailboxKind.MODERATION, Role.MODERATOR, admin=False),))


async def test_a_token_makes_no_mailbox_that_of_the_moderators(stage: Stage) -> None:
    world, town = stage.world, stage.world.town
    accomplice = Someone("accomplice", (town.claim(Role.AGENT),))
    await world.seat(town, world.mayor, accomplice, Role.MODERATOR)  # a mailbox seats whom it will, as what it will
    case = await stage.court.case(CaseState.RECEIVED)
    for liar in (_as_moderator(accomplice, town), _as_moderator(world.stranger, world.elsewhere)):
        assert (await world.request("GET", QUEUE, world.token(liar))).status_code == 404
        assert await stage.status(liar, "claim", case) == 404
        account = msgspec.json.decode(await world.expect(liar, "GET", "/v1/account"), type=AccountView)
        assert account.seats == []
        for carrier in ("websocket", "http"):
            async with world.wire(liar, carrier) as wire:
                await wire.send('{"t":"desk.pull","ref":3,"mailbox":"' + _base64(town.mailbox) + '","after":0}')
                assert b'"code":"not_found"' in await wire.answer(3)
    both = replace(accomplice, claims=(*accomplice.claims, *_as_moderator(accomplice, town).claims))
    assert (await world.request("GET", QUEUE, world.token(both))).status_code == 404
    assert case in await stage.queued(stage.court.idle)


async def test_one_mailbox_moderates(stage: Stage) -> None:
    """Another one of this kind, which two registrations at once might leave, opens nothing."""
    world = stage.world
    other = MailboxId(b"\xff" * 16)

    async def put(tx: Transaction) -> Outcome[None]:
        shown = Presentation("Commune", "Bretagne", True, "")
        await tx.mailboxes.put("other bench", other, MailboxKind.MODERATION, shown, Dimensions())
        return Outcome(None)

    await stage.service.service.pipeline.run(put)
    box = Box("other bench", MailboxKind.MODERATION, other, b"")
    founder = Someone("pretender", (box.claim(Role.MODERATOR, admin=True),))
    append = box.create_record(founder, Role.MODERATOR)
    path = f"/v1/mailboxes/{other.hex()}/roster"
    assert (await world.request("POST", path, world.token(founder), append)).status_code == 404
    assert (await world.request("GET", QUEUE, world.token(founder))).status_code == 404
    assert await stage.queued(stage.court.idle) == set()


async def test_a_founder_is_a_moderator_by_the_platforms_word_alone(stage: Stage) -> None:
    box = await stage.world.register("hamlet", MailboxKind.TERRITORY)
    founder = Someone("founder", (box.claim(Role.MAYOR, admin=True),))
    path = f"/v1/mailboxes/{box.mailbox.hex()}/roster"
    append = box.create_record(founder, Role.MODERATOR)
    answer = await stage.world.request("POST", path, stage.world.token(founder), append)
    assert msgspec.json.decode(answer.content)["code"] == "unverifiable"
    await stage.world.found(box, founder, Role.MAYOR)


async def test_a_moderator_let_in_again_is_the_same_person(stage: Stage) -> None:
    court, asked = stage.court, os.urandom(16)
    proposing = replace(court, chair=court.wing)
    suspension = await proposing.case(CaseState.CLAIMED, proposed=True)
    appeal = await court.case(CaseState.APPEALED)  # of what the wing decided
    unmasking = await court.case(CaseState.CLAIMED, holder=court.wing)
    assert await stage.status(court.wing, "unmaskings", unmasking, Unmask(asked, 1, "pour vérifier")) == 204
    again = await stage.readmitted(court.wing)

    assert await stage.queued(again) == set()
    for case, subject in ((suspension, suspension), (unmasking, asked)):
        assert await stage.status(again, "second", case) == 404
        await stage.make_second(case, again)
        assert await stage.status(again, "approval", case, Second(subject, approve=True)) == 404
        await stage.make_second(case, court.idle)
        assert await stage.status(court.idle, "approval", case, Second(subject, approve=False)) == 200
    assert await stage.status(again, "claim", appeal) == 404
    assert appeal in await stage.queued(court.idle)
    assert await stage.status(court.idle, "claim", appeal) == 200


async def test_who_has_the_case_seconds_it_with_no_other_seat(stage: Stage) -> None:
    case = await stage.court.case(CaseState.CLAIMED, holder=stage.court.wing, proposed=True)
    again = await stage.readmitted(stage.court.wing)
    assert case not in await stage.queued(again)
    assert await stage.status(again, "second", case) == 404
    assert await stage.status(stage.court.idle, "second", case) == 204


async def test_a_case_concerns_who_sits_there_whatever_their_token_names(stage: Stage) -> None:
    world, court, town = stage.world, stage.court, stage.world.town
    departed = Someone("departed", (court.box.claim(Role.MODERATOR), town.claim(Role.AGENT)))
    removed = Someone("removed", departed.claims)
    there = replace(removed, seat=os.urandom(16))
    for person in (departed, removed):
        await world.seat(court.box, court.chair, person, Role.MODERATOR)
    for person in (replace(departed, seat=os.urandom(16)), there):
        await world.seat(town, world.mayor, person, Role.AGENT)
    case = await court.case(CaseState.RECEIVED)
    silent = [replace(each, claims=each.claims[:1]) for each in (departed, removed)]

    async def are_kept_out(*persons: Someone) -> None:
        for person in persons:
            assert case not in await stage.queued(person)
            assert await stage.status(person, "claim", case) == 404

    await are_kept_out(departed, removed, *silent)
    await world.service.platform("POST", "/v1/platform/departures", DepartureReport(town.ref, departed.subject))
    await world.remove(town, world.mayor, there)
    await are_kept_out(*silent)

    await asyncio.sleep(0.01)
    later = await court.case(CaseState.RECEIVED)
    assert await stage.queued(silent[0]) == set(), "who left and was not removed yet sits there still"
    assert await stage.queued(silent[1]) == {later}
    taken = await world.request("POST", f"/v1/moderation/cases/{later.hex()}/claim", world.token(silent[1]))
    assert msgspec.json.decode(taken.content)["cases"] == [_base64(later)], "and not the earlier one"
    await are_kept_out(silent[1])


def _base64(raw: bytes) -> str:
    return str(msgspec.json.decode(msgspec.json.encode(raw)))

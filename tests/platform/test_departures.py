"""Seats as the platform sees them, and departures: access ends at once, the keys when an administrator removes."""

import msgspec
import pytest
from websockets.exceptions import ConnectionClosed

from messaging.domain.vocabulary import Role
from messaging.wire import closing
from messaging.wire.commands import DeskPull
from messaging.wire.platform import Departed, DepartureReport, SeatsListed
from messaging.wire.rest import AccountView, PendingSeats
from tests.platform.conftest import Backend, code
from tests.support.world import newcomer

pytestmark = pytest.mark.slow


async def listed(backend: Backend) -> dict[bytes, tuple[str, bool, str]]:
    path = f"mailboxes/{backend.world.town.mailbox.hex()}/seats"
    seats = (await backend.ask("GET", path, SeatsListed)).seats
    return {seat.seat: (seat.role, seat.admin, seat.state) for seat in seats}


async def test_seats_are_listed_without_telling_who_sits_there(backend: Backend) -> None:
    world = backend.world
    waiting = newcomer([world.town.claim(Role.DEPUTY)])
    await world.ask_seat(world.town, waiting)
    assert await listed(backend) == {
        world.mayor.seat: ("mayor", True, "active"),
        world.agent.seat: ("agent", False, "active"),
        waiting.seat: ("deputy", False, "pending"),
    }


async def test_a_departure_ends_access_at_once(backend: Backend) -> None:
    world, report = backend.world, DepartureReport("town", backend.world.agent.subject)
    desk = DeskPull(ref=5, mailbox=world.town.mailbox, after=0)
    async with world.socket(world.agent) as agent, world.socket(world.mayor) as mayor:
        assert b'"t":"desk.entries"' in await agent.ask(desk)

        departed = await backend.ask("POST", "departures", Departed, report)

        assert departed == Departed(world.agent.seat, "departed", 1)
        try:
            assert b'"code":"not_found"' in await agent.ask(desk)
        except ConnectionClosed:  # nothing is left to say to who has no other seat
            assert agent.connection.close_code == closing.GOING_AWAY
        assert b'"t":"seats.changed"' in await mayor.next()
    roster = f"/v1/mailboxes/{world.town.mailbox.hex()}/roster"
    assert code(await world.request("GET", roster, world.token(world.agent))) == "not_found"
    seen = msgspec.json.decode(await world.expect(world.agent, "GET", "/v1/account"), type=AccountView)
    assert seen.seats == []
    assert await backend.ask("POST", "departures", Departed, report) == departed
    assert (await listed(backend))[world.agent.seat] == ("agent", False, "departed")


async def test_an_administrator_sees_who_left(backend: Backend) -> None:
    world = backend.world
    await backend.ask("POST", "departures", Departed, DepartureReport("town", world.agent.subject))
    seats = f"/v1/mailboxes/{world.town.mailbox.hex()}/seats"
    waiting = msgspec.json.decode(await world.expect(world.mayor, "GET", seats), type=PendingSeats)
    assert [(seat.seat, seat.role) for seat in waiting.departed] == [(world.agent.seat, Role.AGENT)]
    assert waiting.pending == []


async def test_who_left_cannot_come_back_by_an_old_claim(backend: Backend) -> None:
    world = backend.world
    await backend.ask("POST", "departures", Departed, DepartureReport("town", world.agent.subject))
    path = f"/v1/mailboxes/{world.town.mailbox.hex()}/seats"
    answer = await world.request("POST", path, world.token(world.agent), world.town.seat_request(world.agent))
    assert code(answer) == "not_found"


async def test_who_was_never_admitted_is_removed(backend: Backend) -> None:
    world = backend.world
    waiting = newcomer([world.town.claim(Role.DEPUTY)])
    await world.ask_seat(world.town, waiting)
    departed = await backend.ask("POST", "departures", Departed, DepartureReport("town", waiting.subject))
    assert (departed.seat, departed.state) == (waiting.seat, "removed")
    assert waiting.seat not in await listed(backend)


async def test_the_platform_hears_when_no_administrator_is_left(backend: Backend) -> None:
    report = DepartureReport("town", backend.world.mayor.subject)
    assert (await backend.ask("POST", "departures", Departed, report)).administrators == 0


@pytest.mark.parametrize(("mailbox", "subject"), [("town", "nobody"), ("nowhere", "agent"), ("town", "holder")])
async def test_nobody_leaves_where_nobody_sat(backend: Backend, mailbox: str, subject: str) -> None:
    answer = await backend.request("POST", "departures", DepartureReport(mailbox, subject))
    assert code(answer) == "not_found"

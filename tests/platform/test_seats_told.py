"""What relation events tell of seats that end by the platform's word, and of who comes after."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from messaging.domain.vocabulary import Role
from messaging.wire.platform import Departed, DepartureReport, ResetBegun, ResetRequest
from tests.journeys.test_closing import told
from tests.platform.conftest import Backend
from tests.platform.test_resets import opened
from tests.support.server import running_service
from tests.support.world import World, newcomer

pytestmark = pytest.mark.slow


@pytest_asyncio.fixture
async def backend(database_url: str, tmp_path: Path) -> AsyncIterator[Backend]:
    """Without a worker: what is told is read here."""
    async with running_service(database_url, tmp_path, with_worker=False) as service, World.made(service) as world:
        yield Backend(service, world, tmp_path)


async def of_seats(backend: Backend) -> list[tuple[str, str, str]]:
    """(relation, event, side) so far."""
    return [
        (event["subject"], event["type"].removeprefix("fr.pli.relation."), event["data"]["side"])
        for event in await told(backend.service)
        if ".seat." in event["type"] or ".handover." in event["type"]
    ]


async def test_every_relation_of_a_side_hears_of_its_seats_and_no_other(backend: Backend) -> None:
    world = backend.world
    await opened(world)
    await opened(world)
    relations = {event["subject"] for event in await told(backend.service)}
    assert len(relations) == 2

    await backend.ask("POST", "departures", Departed, DepartureReport("town", world.agent.subject))
    await backend.ask("POST", "departures", Departed, DepartureReport("town", world.agent.subject))
    await world.remove(world.town, world.mayor, world.agent)
    departed = await of_seats(backend)
    assert sorted(departed) == sorted((relation, "seat.removed", "recipient") for relation in relations), "once"

    deputy = newcomer([world.town.claim(Role.DEPUTY)])
    await world.seat(world.town, world.mayor, deputy, Role.DEPUTY)
    admitted = (await of_seats(backend))[len(departed) :]
    assert sorted(admitted) == sorted((relation, "seat.admitted", "recipient") for relation in relations)

    await backend.ask("POST", "departures", Departed, DepartureReport("town", world.mayor.subject))
    before = len(departed) + len(admitted)
    assert {kind for _, kind, _ in (await of_seats(backend))[before:]} == {"seat.removed"}, "nobody took over yet"


async def test_a_mailbox_that_begins_anew_is_in_other_hands(backend: Backend) -> None:
    world = backend.world
    await opened(world)
    await backend.ask("POST", "departures", Departed, DepartureReport("town", world.mayor.subject))
    await backend.ask("POST", "resets", ResetBegun, ResetRequest("town"))
    heir = newcomer([world.town.claim(Role.MAYOR, admin=True)])
    await world.found(world.town, heir, Role.MAYOR)
    assert [kind for _, kind, _ in await of_seats(backend)] == [
        *("seat.removed", "seat.removed", "seat.admitted", "handover.done")
    ]

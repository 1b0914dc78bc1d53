"""Which roster an account follows after a reset: only one that its person accepted, and never an older one again."""

import msgspec
import pytest

from messaging.e2ee.errors import BadRoster
from pli_client.errors import ResetUnaccepted
from tests.sdk.rig import HttpService
from tests.sdk.test_seating import MAILBOX, Person, admit, founder, person


@pytest.fixture
def service() -> HttpService:
    return HttpService()


async def begun_anew(service: HttpService, name: str) -> Person:
    """The mailbox, founded by somebody else after all that was there ended."""
    service.records, service.seeds, service.prevs = [], [], []
    return await founder(service, name)


async def seated(service: HttpService) -> Person:
    """Somebody with a seat in a mailbox that the old mayor founded."""
    mayor, secretary = await founder(service), await person(service, "secretary")
    await admit(service, mayor, secretary)
    await secretary.read()
    secretary.view = msgspec.structs.replace(secretary.view, state="claimable", seat=None)
    return secretary


async def test_another_beginning_is_followed_only_once_it_is_accepted(service: HttpService) -> None:
    secretary = await seated(service)
    new_mayor = await begun_anew(service, "new mayor")
    with pytest.raises(ResetUnaccepted):
        await secretary.asked()
    assert not service.pending
    await secretary.seating.accept_reset(MAILBOX)
    await admit(service, new_mayor, secretary)
    keys = await secretary.read()
    assert keys.was_reset
    assert keys.roster.root == (await new_mayor.read()).roster.root


@pytest.mark.attack("shows a roster again that a reset ended")
async def test_a_roster_that_ended_is_never_followed_again(service: HttpService) -> None:
    secretary = await seated(service)
    old = service.records, service.seeds
    new_mayor = await begun_anew(service, "new mayor")
    await secretary.seating.accept_reset(MAILBOX)
    await admit(service, new_mayor, secretary)
    await secretary.read()
    service.records, service.seeds = old
    for again in (secretary.read, lambda: secretary.seating.accept_reset(MAILBOX)):
        with pytest.raises(BadRoster, match="a reset ended"):
            await again()


async def test_the_new_roster_is_held_to_what_was_seen_of_it(service: HttpService) -> None:
    """The checkpoint is the new roster's own: shorter than the old one was, and not to be rolled back either."""
    mayor, secretary = await founder(service), await person(service, "secretary")
    for name in ("one", "two"):
        await admit(service, mayor, await person(service, name))
    await admit(service, mayor, secretary)
    await secretary.read()
    secretary.view = msgspec.structs.replace(secretary.view, state="claimable", seat=None)
    new_mayor = await begun_anew(service, "new mayor")
    await secretary.seating.accept_reset(MAILBOX)
    await admit(service, new_mayor, secretary)
    await secretary.read()
    await admit(service, new_mayor, await person(service, "three"))
    await secretary.read()
    service.records = service.records[:-1]
    with pytest.raises(BadRoster):
        await secretary.read()


async def test_two_resets_after_each_other(service: HttpService) -> None:
    secretary = await seated(service)
    first = await begun_anew(service, "second mayor")
    await secretary.seating.accept_reset(MAILBOX)
    ended = list(service.records)
    second = await begun_anew(service, "third mayor")
    with pytest.raises(ResetUnaccepted):
        await secretary.asked()
    await secretary.seating.accept_reset(MAILBOX)
    await admit(service, second, secretary)
    assert (await secretary.read()).roster.root == (await second.read()).roster.root
    service.records = ended
    with pytest.raises(BadRoster, match="a reset ended"):
        await secretary.read()
    assert first.view.seat


async def test_who_founded_a_mailbox_founds_it_again_knowingly_only(service: HttpService) -> None:
    mayor = await founder(service)
    await mayor.read()
    service.records, service.seeds = [], []
    with pytest.raises(ResetUnaccepted):
        await mayor.seating.found(mayor.view)
    assert not service.records
    await mayor.seating.found(mayor.view, after_reset=True)
    seat = (await mayor.seating._api.roster(MAILBOX)).seeds[0].seat
    mayor.view = msgspec.structs.replace(mayor.view, seat=seat)
    assert (await mayor.read()).was_reset


async def test_nothing_is_pinned_for_who_saw_nothing(service: HttpService) -> None:
    await founder(service)
    stranger = await person(service, "stranger")
    await stranger.seating.accept_reset(MAILBOX)
    await begun_anew(service, "another")
    await stranger.asked()

"""The service itself: a server that is another one, sends clients elsewhere, or lies about what it has."""

import os
from collections.abc import Callable

import msgspec
import pytest

from messaging.e2ee.errors import BadRecord
from messaging.wire.events import ThreadState, Welcome
from messaging.wire.rest import AccountView
from pli_client import Client
from pli_client.errors import ProblemError, WrongService
from tests.hostile_server.door import Door
from tests.hostile_server.ground import LINES, Ground, hears, texts

pytestmark = [pytest.mark.hostile, pytest.mark.slow]


async def goes_on(ground: Ground, me: Client) -> None:
    thread = me.thread(ground.thread)
    await thread.load()
    assert texts(thread) == list(LINES)
    async with ground.mayor.client() as mayor:
        await thread.send("Nous continuons")
        await hears(mayor, "Nous continuons")


def about_the_thread(door: Door, change: Callable[[ThreadState], ThreadState]) -> None:
    """Says something else of every thread in each welcome."""

    def lie(told: Welcome) -> Welcome:
        return msgspec.structs.replace(told, threads=[change(state) for state in told.threads])

    door.tell(Welcome, lie)


async def test_control_an_honest_door_is_the_service(ground: Ground) -> None:
    door = ground.door()
    about_the_thread(door, lambda state: state)
    for is_new in (True, False):
        async with ground.doctor.client(door, is_new=is_new) as doctor:
            await doctor.thread(ground.thread).load()
            assert texts(doctor.thread(ground.thread)) == list(LINES)
    async with ground.doctor.client(door) as doctor:
        await goes_on(ground, doctor)


@pytest.mark.attack("is another service than the one configured")
async def test_another_service(ground: Ground) -> None:
    door = ground.door()
    door.tell(Welcome, lambda told: msgspec.structs.replace(told, service=os.urandom(16)))
    with pytest.raises(WrongService):
        async with ground.doctor.client(door):
            pass
    async with ground.doctor.client() as doctor:
        await goes_on(ground, doctor)


@pytest.mark.attack("sends clients elsewhere with their tokens")
async def test_a_redirect_is_not_followed(ground: Ground) -> None:
    door, thief = ground.door(), ground.door()
    caught = thief.overhear(AccountView)
    door.redirect(f"{thief.url}/v1/account")
    with pytest.raises(ProblemError):
        async with ground.doctor.client(door):
            pass
    assert caught == []
    door.be_honest()
    async with ground.doctor.client(door) as doctor:
        await goes_on(ground, doctor)


@pytest.mark.attack("says that a reader is the other side")
async def test_the_other_side(ground: Ground) -> None:
    """Then the records give this side keys that it does not have: the log is not followed."""
    door = ground.door()
    about_the_thread(door, lambda state: msgspec.structs.replace(state, party=1 - state.party))
    async with ground.doctor.client(door, is_new=True) as doctor:
        thread = doctor.thread(ground.thread)
        await thread.load()
        assert isinstance(thread.stopped, BadRecord)
        assert texts(thread) == []
    async with ground.doctor.client() as doctor:
        await goes_on(ground, doctor)


@pytest.mark.attack("says that a known thread is about another target")
async def test_another_target(ground: Ground) -> None:
    """Else a first message that waits for that target would go out in this conversation."""
    door = ground.door()
    about_the_thread(door, lambda state: msgspec.structs.replace(state, target=os.urandom(16)))
    async with ground.doctor.client(door) as doctor:
        assert doctor.thread(ground.thread).state.target == ground.place.listing
        await goes_on(ground, doctor)
    about_the_thread(door, lambda state: msgspec.structs.replace(state, target=os.urandom(16)))
    async with ground.mayor.client(door, is_new=True) as mayor:
        await mayor.thread(ground.thread).load()
        assert isinstance(mayor.thread(ground.thread).stopped, BadRecord)


@pytest.mark.attack("says that identities were revealed")
async def test_a_reveal_that_was_none(ground: Ground) -> None:
    door = ground.door()
    about_the_thread(door, lambda state: msgspec.structs.replace(state, revealed=True, stage="revealed"))
    async with ground.doctor.client(door) as doctor:
        thread = doctor.thread(ground.thread)
        await thread.load()
        assert thread.state.revealed
        assert (thread.revealed, thread.cards) == (False, ())


@pytest.mark.attack("says that a backup was restored, and nothing is gone")
async def test_another_stream_epoch(ground: Ground) -> None:
    """The client compares everything, finds it, tells of no loss, and goes on."""
    door = ground.door()
    async with ground.doctor.client():
        pass
    door.tell(Welcome, lambda told: msgspec.structs.replace(told, stream_epoch=told.stream_epoch + 1))
    async with ground.doctor.client(door) as doctor:
        await goes_on(ground, doctor)
        assert doctor.lost == ()

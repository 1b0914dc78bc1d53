"""What a server can do that nobody finds: each is among the limits that SPEC.md publishes, and shows nothing else."""

import os
from pathlib import Path

import msgspec
import pytest

from messaging.wire.events import Event, Events, Receipt, SeatsChanged, Welcome
from messaging.wire.rest import DepartedSeat, PendingSeats
from messaging.wire.types import Presentation
from pli_client import Message, NotRendered, PeerRead, SeatDeparted
from tests.hostile_server.ground import LINES, Ground, first, hears, texts

pytestmark = [pytest.mark.hostile, pytest.mark.slow]

SPEC = Path(__file__).resolve().parents[2] / "messaging" / "e2ee" / "SPEC.md"


def published(limit: str) -> bool:
    """Whether the specification's section of limits says so."""
    section = SPEC.read_text(encoding="utf-8").split("## 12.")[1].split("## 13.")[0]
    return limit in " ".join(section.split())


@pytest.mark.attack("shows another presentation of the peer")
async def test_another_presentation(ground: Ground) -> None:
    assert published("Who shows what before the reveal (a presentation: group and area) is the service's word")
    door, other = ground.door(), Presentation("Boulanger", "Savoie", True, "")

    def swapped(told: Welcome) -> Welcome:
        return msgspec.structs.replace(told, threads=[msgspec.structs.replace(s, peer=other) for s in told.threads])

    async with ground.mayor.client() as mayor:
        before = mayor.thread(ground.thread).peer
    door.tell(Welcome, swapped)
    async with ground.mayor.client(door) as mayor:
        assert mayor.thread(ground.thread).peer == other != before
        await mayor.thread(ground.thread).load()
        assert texts(mayor.thread(ground.thread)) == list(LINES)


@pytest.mark.attack("makes up and drops receipts")
async def test_receipts(ground: Ground) -> None:
    assert published("receipts (it can make one up, or drop it)")
    door = ground.door()
    async with ground.doctor.client(door) as doctor, ground.mayor.client() as mayor:
        await door.push(Receipt(thread=ground.thread, party=1, seq=4, at=0))
        assert (await first(doctor, PeerRead)).seq == 4
        door.tell(Receipt, lambda _: None)
        await doctor.thread(ground.thread).send("Vous avez lu ?")
        await hears(mayor, "Vous avez lu ?")
        await mayor.thread(ground.thread).read()
        await mayor.thread(ground.thread).send("Oui")
        assert isinstance(await first(doctor, Message | PeerRead), Message)  # type: ignore[arg-type]


def up_to_4(told: Events) -> Events:
    return msgspec.structs.replace(told, events=[each for each in told.events if each.seq <= 4], head_seq=4)


@pytest.mark.attack("holds events back")
async def test_silence(ground: Ground) -> None:
    """Nobody can tell it from a peer who says nothing; it must then keep back all that follows."""
    assert published("The service can hold an event back")
    door = ground.door()
    async with ground.mayor.client(door) as mayor, ground.doctor.client() as doctor:
        door.tell(Event, lambda _: None)
        door.tell(Events, up_to_4)
        await doctor.thread(ground.thread).send("Vous êtes là ?")
        await mayor.thread(ground.thread).follower.catch_up(pull=True)
        assert texts(mayor.thread(ground.thread)) == list(LINES)
        door.be_honest()
        await doctor.thread(ground.thread).send("Je vous écris")
        await hears(mayor, "Je vous écris")
        assert not any(isinstance(item, NotRendered) for item in mayor.thread(ground.thread).items)
        assert texts(mayor.thread(ground.thread)) == [*LINES, "Vous êtes là ?", "Je vous écris"]


@pytest.mark.attack("says that a colleague left")
async def test_a_departure_that_was_none(ground: Ground) -> None:
    """It is told to administrators, whose act alone ends a seat."""
    assert published("who asks for a seat, and who left")
    door = ground.door()
    async with ground.secretary.client() as secretary:
        seat = secretary.mailbox(ground.town).seat
    left = DepartedSeat(seat, ground.secretary.person.claims[0].role, 0)
    door.tell(PendingSeats, lambda told: PendingSeats(told.pending, [left]))
    async with ground.mayor.client(door) as mayor:
        assert (await first(mayor, SeatDeparted)).seat == seat
        assert seat in mayor.mailbox(ground.town).colleagues
        await door.push(SeatsChanged(mailbox=ground.town))
    async with ground.secretary.client() as secretary:
        await secretary.thread(ground.thread).load()
        assert texts(secretary.thread(ground.thread)) == list(LINES)


@pytest.mark.attack("keeps a whole conversation from a new device")
async def test_a_conversation_that_a_new_device_never_hears_of(ground: Ground) -> None:
    assert published("whether there is a conversation of which a device has not heard")
    door = ground.door()
    door.tell(Welcome, lambda told: msgspec.structs.replace(told, threads=[]))
    async with ground.mayor.client(door, is_new=True) as mayor:
        assert mayor.threads == ()
    async with ground.mayor.client(is_new=True) as mayor:
        assert [thread.id for thread in mayor.threads] == [ground.thread]


@pytest.mark.attack("says that another target is meant, to a device that does not know the thread")
async def test_a_target_that_a_device_does_not_know(ground: Ground) -> None:
    assert published("about which target it is")
    door, other = ground.door(), os.urandom(16)

    def swapped(told: Welcome) -> Welcome:
        return msgspec.structs.replace(told, threads=[msgspec.structs.replace(s, target=other) for s in told.threads])

    door.tell(Welcome, swapped)
    async with ground.doctor.client(door, is_new=True) as doctor:
        await doctor.thread(ground.thread).load()
        assert doctor.thread(ground.thread).state.target == other
        assert texts(doctor.thread(ground.thread)) == list(LINES)

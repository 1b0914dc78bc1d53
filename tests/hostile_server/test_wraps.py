"""Wraps of epoch keys: a server that swaps them between parties, threads and epochs, or keeps them back."""

from collections.abc import Callable
from functools import partial

import msgspec
import pytest

from messaging.e2ee.errors import BadRecord
from messaging.wire.events import EpochWraps, WrapsList
from pli_client import NotRendered
from tests.hostile_server.ground import LINES, Ground, hears, texts

pytestmark = [pytest.mark.hostile, pytest.mark.slow]

Change = Callable[[list[EpochWraps], list[EpochWraps]], list[EpochWraps]]
"""From a thread's wraps, of epochs 0 and 1, and another thread's."""


def between_parties(own: list[EpochWraps], other: list[EpochWraps]) -> list[EpochWraps]:
    return [EpochWraps(each.epoch, (each.wraps[1], each.wraps[0])) for each in own]


def between_threads(own: list[EpochWraps], other: list[EpochWraps]) -> list[EpochWraps]:
    return [EpochWraps(each.epoch, other[0].wraps) for each in own]


def between_epochs(own: list[EpochWraps], other: list[EpochWraps]) -> list[EpochWraps]:
    return [EpochWraps(each.epoch, own[1 - each.epoch].wraps) for each in own]


def altered(own: list[EpochWraps], other: list[EpochWraps]) -> list[EpochWraps]:
    return [EpochWraps(each.epoch, (bytes(1168), each.wraps[1])) for each in own]


def nothing(own: list[EpochWraps], other: list[EpochWraps]) -> list[EpochWraps]:
    return []


async def second_epoch(ground: Ground) -> list[EpochWraps]:
    """The doctor renews the keys and opens another thread; that one's wraps."""
    async with ground.doctor.client() as doctor:
        await doctor.thread(ground.thread).renew_keys()
        await doctor.thread(ground.thread).send("Sous de nouvelles clés")
        other = await doctor.mailbox(ground.project).open(ground.place.listing, "Autre sujet")
        return [EpochWraps(n, pair) for n, pair in other.follower.log.epochs._wraps.items()]


async def reads_all(ground: Ground) -> None:
    async with ground.mayor.client() as mayor, ground.doctor.client() as doctor:
        thread = mayor.thread(ground.thread)
        await thread.load()
        assert texts(thread) == [*LINES, "Sous de nouvelles clés"]
        await thread.send("Nous continuons")
        await hears(doctor, "Nous continuons")


async def test_control_an_honest_door_gives_every_wrap(ground: Ground) -> None:
    await second_epoch(ground)
    door = ground.door()
    door.tell(WrapsList, lambda told: msgspec.structs.replace(told, epochs=list(told.epochs)))
    async with ground.mayor.client(door) as mayor:
        thread = mayor.thread(ground.thread)
        await thread.load()
        assert texts(thread) == [*LINES, "Sous de nouvelles clés"]


LIES: dict[str, Change] = {
    "swaps wraps between the parties": between_parties,
    "swaps wraps between threads": between_threads,
    "swaps wraps between epochs": between_epochs,
    "alters the other side's wrap": altered,
    "withholds the wraps": nothing,
}


@pytest.mark.attack(*LIES)
async def test_wraps_that_are_not_the_records(ground: Ground) -> None:
    """The epoch stays closed: nothing is read under another key, and nothing is written under one."""
    other = await second_epoch(ground)
    for attack, change in LIES.items():
        door = ground.door()
        door.tell(WrapsList, partial(_changed, ground.thread, change, other))
        async with ground.mayor.copied().client(door) as mayor:
            thread = mayor.thread(ground.thread)
            await thread.load()
            shown = [item for item in thread.items if isinstance(item, NotRendered)]
            assert texts(thread) == [], attack
            assert type(thread.follower.log.epochs[0].closed) is BadRecord, attack
            assert len(shown) == len(LINES) + 1, attack
            assert all(isinstance(item.reason, BadRecord) and not item.stopped for item in shown), attack
            with pytest.raises(BadRecord):
                await thread.send("Sous quelle clé ?")
    await reads_all(ground)


def _changed(thread: bytes, change: Change, other: list[EpochWraps], told: WrapsList) -> WrapsList:
    return msgspec.structs.replace(told, epochs=change(told.epochs, other)) if told.thread == thread else told


@pytest.mark.attack("says that another prekey opened the thread")
async def test_another_prekey_index(ground: Ground) -> None:
    """Then the record names a pseudonym that is not ours: the log is not followed."""
    await second_epoch(ground)
    door = ground.door()
    door.tell(WrapsList, lambda told: msgspec.structs.replace(told, prekey_index=(told.prekey_index or 0) ^ 1))
    async with ground.mayor.client(door) as mayor:
        thread = mayor.thread(ground.thread)
        await thread.load()
        assert isinstance(thread.stopped, BadRecord)
        assert texts(thread) == []
    await reads_all(ground)

"""A sweep costs what is new, not a transaction for each who hears of it: or hundreds who listen make it late."""

import json
import time
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

import pytest

from messaging.app import system_clock
from messaging.domain import limits
from messaging.fanout.hub import Hub
from messaging.fanout.marks import Marks
from messaging.fanout.sweep import Sweep
from messaging.pipeline import _mark
from messaging.ports import Listener, Transaction
from messaging.services import sync
from tests.contracts.fanout.conftest import Ear, Ends
from tests.contracts.store.world import World

EARS: Final = 12
LOOKS: Final = 4
"""At people, at logs, at what is told of threads, and of desks."""


class _Here(Hub):
    """All came long ago."""

    def here_since(self, listener: Listener) -> int:
        return 0


def _seqs(ear: Ear) -> list[int]:
    return [struct["state"]["seq"] for struct in map(json.loads, ear.heard) if struct["t"] == "thread"]


async def test_all_hear_of_a_thread_by_one_look(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = _Here()
    here = Ends(hub, hub, world)
    hall, project = await world.mailbox(), await world.mailbox()
    row = await world.thread((hall, project), at=system_clock())
    sweep = Sweep(hub, world.store, system_clock, Marks(limits.marks_max))
    ears = [await here.joined(hub, hall) for _ in range(EARS)]
    # One person at a second device, and at a third that does not know of their seat.
    twin, blind = Ear(ears[0].account), Ear(ears[0].account)
    twin.actor = ears[0].actor
    for ear in (twin, blind):
        hub.join(ear, [hall], as_of=hub.moment)
    event = await world.say(row.thread)
    looks, reading = [], world.store.reading

    def counted() -> AbstractAsyncContextManager[Transaction]:
        looks.append(1)
        return reading()

    monkeypatch.setattr(world.store, "reading", counted)
    await sweep.run()
    assert [_seqs(ear) for ear in (*ears, twin)] == [[event.seq]] * (EARS + 1)
    assert not blind.heard
    assert len(looks) == LOOKS


@pytest.mark.parametrize("told", [0, 1, 2])
async def test_word_to_one_side_of_a_new_thread_counts_for_that_side_alone(world: World, told: int) -> None:
    """Each hears of an opening in words of its own: one of the two may be lost."""
    hub = _Here()
    hall, project = await world.mailbox(), await world.mailbox()
    row = await world.thread((hall, project), at=system_clock())
    opening = await world.say(row.thread)
    announced = await world.read(lambda tx: sync.announce(tx, row, system_clock()))
    marks = Marks(limits.marks_max)
    sweep = Sweep(hub, world.store, system_clock, marks)
    ear = await Ends(hub, hub, world).joined(hub, project)
    for publication in announced[:told]:
        mark = _mark(publication.struct)
        assert mark is not None
        marks.note((mark[0], opening.seq))
    await sweep.run()
    assert _seqs(ear) == [opening.seq] * (told < 2)


async def test_one_sweep_waits_once_for_what_may_be_on_its_way(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many mailboxes are listened to: each wait makes all the rest later."""
    monkeypatch.setattr(limits, "sweep_chunk_max", 1)
    monkeypatch.setattr(limits, "sweep_grace_s", 1.0)
    hub = _Here()
    ears, seqs = [], []
    for _ in range(4):
        hall = await world.mailbox()
        row = await world.thread((hall, await world.mailbox()), at=system_clock())
        ears.append(await Ends(hub, hub, world).joined(hub, hall))
        seqs.append([(await world.say(row.thread)).seq])
    sweep = Sweep(hub, world.store, system_clock, Marks(limits.marks_max))
    began = time.monotonic()
    await sweep.run()
    took = time.monotonic() - began
    assert [_seqs(ear) for ear in ears] == seqs
    assert 1 <= took < 3


async def test_a_sweep_takes_back_nothing_that_was_told_while_it_looked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = _Here()
    hall = await world.mailbox()
    rows = [await world.thread((hall, await world.mailbox()), at=system_clock()) for _ in range(2)]
    marks = Marks(limits.marks_max)
    sweep = Sweep(hub, world.store, system_clock, marks)
    ear = await Ends(hub, hub, world).joined(hub, hall)
    first = await world.say(rows[0].thread)
    second = [await world.say(rows[1].thread) for _ in range(2)][-1]
    changed = sync.changed

    async def overtaken(*args: Any) -> Any:
        read = await changed(*args)
        marks.note((rows[0].thread, first.seq + 1))
        return read

    monkeypatch.setattr(sync, "changed", overtaken)
    await sweep.run()
    assert _seqs(ear) == [second.seq]

"""The desk, a mailbox's private log: a server that writes in it, or shows again what was there."""

import os
from collections.abc import Callable

import msgspec
import pytest

from messaging.e2ee.errors import BadSeal, E2EEError, Repeated
from messaging.wire.events import DeskEntry, DeskEvent, Welcome
from pli_client import DeskNotRendered
from pli_client.views import DeskChanged
from tests.hostile_server.door import Door
from tests.hostile_server.ground import Ground, first

pytestmark = [pytest.mark.hostile, pytest.mark.slow]

Change = Callable[[DeskEntry, DeskEntry], DeskEntry]
"""From the newest entry and the one before it to what is shown in its place."""


def of_its_own(new: DeskEntry, old: DeskEntry) -> DeskEntry:
    return DeskEntry(new.seq, os.urandom(16), new.at, os.urandom(len(new.blob)))


def said_again(new: DeskEntry, old: DeskEntry) -> DeskEntry:
    return DeskEntry(new.seq, old.entry, new.at, old.blob)


def under_another_id(new: DeskEntry, old: DeskEntry) -> DeskEntry:
    return DeskEntry(new.seq, new.entry, new.at, old.blob)


async def noted(ground: Ground, door: Door, change: Change | None) -> type[E2EEError] | None:
    """The mayor notes three things, of which the second is shown otherwise; why the secretary was not shown it."""
    entries: list[DeskEntry] = []

    def shown(told: DeskEvent) -> DeskEvent:
        entries.append(told.entry)
        is_second = change is not None and len(entries) == 2
        return DeskEvent(mailbox=told.mailbox, entry=change(*entries[::-1])) if is_second and change else told

    door.tell(DeskEvent, shown)
    async with ground.mayor.client() as mayor, ground.secretary.client(door) as secretary:
        for text in ("un", "deux", "trois"):
            await mayor.mailbox(ground.town).desk.note(ground.thread, text)
            if text == "deux" and change is not None:
                refused = await first(secretary, DeskNotRendered)
            else:
                await first(secretary, DeskChanged)
        notes = secretary.mailbox(ground.town).desk.notes[ground.thread]
        assert notes == (["un", "deux", "trois"] if change is None else ["un", "trois"])
        return None if change is None else type(refused.reason)


async def test_control_a_desk_is_shared(ground: Ground) -> None:
    assert await noted(ground, ground.door(), None) is None


@pytest.mark.parametrize(
    ("change", "error"),
    [
        pytest.param(of_its_own, BadSeal, marks=pytest.mark.attack("writes an entry of the desk")),
        pytest.param(under_another_id, BadSeal, marks=pytest.mark.attack("gives an entry of the desk another id")),
        pytest.param(said_again, Repeated, marks=pytest.mark.attack("replays an entry of the desk")),
    ],
)
async def test_an_entry_that_nobody_wrote(ground: Ground, change: Change, error: type[E2EEError]) -> None:
    """It is not shown, and what colleagues write later is."""
    assert await noted(ground, ground.door(), change) is error


@pytest.mark.attack("rolls back the desk")
async def test_a_desk_that_ends_before_what_was_read(ground: Ground) -> None:
    """A client that runs keeps what it read; to one that comes new the newest entries can be withheld (SPEC.md 12)."""
    door = ground.door()
    async with ground.mayor.client() as mayor, ground.secretary.client(door) as secretary:
        await mayor.mailbox(ground.town).desk.hide(ground.thread, True)
        await first(secretary, DeskChanged)
        assert ground.thread in secretary.mailbox(ground.town).desk.hidden

        town = secretary.mailbox(ground.town)
        await town.maintain(msgspec.structs.replace(town.view, desk_seq=0))
        assert ground.thread in town.desk.hidden

    def empty(told: Welcome) -> Welcome:
        return msgspec.structs.replace(told, seats=[msgspec.structs.replace(s, desk_seq=0) for s in told.seats])

    door.tell(Welcome, empty)
    async with ground.secretary.client(door) as secretary:
        assert ground.thread not in secretary.mailbox(ground.town).desk.hidden

"""Without a wire the events themselves are said, in their order, from the database: nobody has to pull each second."""

import asyncio
import json
import os
from collections.abc import Sequence

import pytest

from messaging.app import system_clock
from messaging.connection.session import Session, State
from messaging.domain import limits
from messaging.domain.authorization import Parties
from messaging.domain.errors import Busy
from messaging.domain.ids import MailboxId
from messaging.fanout.filling import Heard
from messaging.fanout.hub import Hub
from messaging.fanout.marks import Marks
from messaging.fanout.shared import SharedHub
from messaging.fanout.sweep import Sweep
from messaging.ports import Mark, ThreadRow, side_log
from tests.contracts.fanout.conftest import Ear, Ends
from tests.contracts.store.world import World, of_mailbox
from tests.support.waiting import until

KEY = b"\x03" * 32
NOWHERE = "redis://127.0.0.1:1"
OPENING = 2
BYTES_TO_ONE = ("sweep_bytes_to_one_max", 500)
"""Room for one event, and less than two."""


@pytest.fixture
async def hub(world: World) -> SharedHub:
    """One that was not started, and is deaf."""
    monotonic = asyncio.get_running_loop().time
    return SharedHub([NOWHERE], KEY, world.store, system_clock, os.urandom, monotonic=monotonic)


async def _talk(world: World, hub: Hub) -> tuple[ThreadRow, Ear]:
    """A thread with its opening, and somebody of its first mailbox who listens."""
    hall = await world.mailbox()
    row = await world.thread((hall, await world.mailbox()), at=system_clock())
    for _ in range(OPENING):
        await world.say(row.thread)
    return row, await Ends(hub, hub, world).joined(hub, hall)


async def _own(world: World, hub: SharedHub, row: ThreadRow, but: Ear | None = None) -> bytes:
    """Said here, as the pipeline does it; `but`: by whom."""
    event = await world.say(row.thread)
    encoded = json.dumps({"t": "event", "seq": event.seq, "own": True}).encode()
    hub.publish(row.mailboxes, encoded, but=but, mark=(row.thread, event.seq))
    return encoded


async def _deliver(hub: SharedHub) -> None:
    batch = list(hub._heard)
    hub._heard.clear()
    await hub._deliver(batch)


def _seqs(ear: Ear) -> list[int]:
    return [struct["seq"] for struct in map(json.loads, ear.heard) if struct["t"] == "event"]


def _states(ear: Ear) -> list[int]:
    return [struct["state"]["seq"] for struct in map(json.loads, ear.heard) if struct["t"] == "thread"]


async def test_what_others_wrote_before_is_heard_before(hub: SharedHub, world: World) -> None:
    row, ear = await _talk(world, hub)
    hub._marks.note((row.thread, OPENING))
    for elsewhere in (2, 0, 1):
        for _ in range(elsewhere):
            await world.say(row.thread)
        await _own(world, hub, row)
    await _deliver(hub)
    assert _seqs(ear) == [3, 4, 5, 6, 7, 8]
    assert [struct.get("own", False) for struct in map(json.loads, ear.heard)] == [
        False,
        False,
        True,
        True,
        False,
        True,
    ]


async def test_who_speaks_hears_what_others_wrote_before(hub: SharedHub, world: World) -> None:
    """Also where nobody else is here: no sweep would say it, once the own word was told."""
    row, ear = await _talk(world, hub)
    hub._marks.note((row.thread, OPENING))
    for _ in range(2):
        await world.say(row.thread)
    await _own(world, hub, row, but=ear)
    await _deliver(hub)
    assert _seqs(ear) == [3, 4]


async def test_nothing_is_put_in_where_the_wire_is_heard(
    hub: SharedHub, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Word of it is on its way."""
    monkeypatch.setattr(hub._wire, "_deaf", set())
    row, ear = await _talk(world, hub)
    hub._marks.note((row.thread, OPENING))
    await world.say(row.thread)
    await _own(world, hub, row)
    await _deliver(hub)
    assert _seqs(ear) == [4]


async def test_it_is_put_in_until_a_sweep_has_caught_up(
    hub: SharedHub, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Redis came back, what was not heard before is found only then."""
    goes, run = ["a gap meanwhile", "no database", "well"], hub._sweep.run

    async def swept(*, people: bool) -> None:
        went = goes.pop(0)
        if went == "a gap meanwhile":
            hub.gap()
        if went == "no database":
            raise Busy("the database is away")
        if went == "well":
            await run(people=people)

    monkeypatch.setattr(hub._sweep, "run", swept)
    monkeypatch.setattr(hub._wire, "_deaf", set())
    row, ear = await _talk(world, hub)
    hub._marks.note((row.thread, OPENING))
    hub.gap()
    for _ in list(goes):
        await world.say(row.thread)
        await _own(world, hub, row)
        await _deliver(hub)
        hub._sweeps.clear()
        await hub._swept(people=True)
    await world.say(row.thread)
    await _own(world, hub, row)
    await _deliver(hub)
    assert _seqs(ear) == [3, 4, 5, 6, 7, 8, 10]


@pytest.mark.parametrize(
    ("told", "limit", "value"),
    [(None, "sweep_events_of_one_max", 32), (OPENING, "sweep_events_of_one_max", 2), (OPENING, *BYTES_TO_ONE)],
)
async def test_nothing_is_put_in_where_nothing_is_known_or_too_much_is_missing(
    hub: SharedHub, world: World, monkeypatch: pytest.MonkeyPatch, told: int | None, limit: str, value: int
) -> None:
    row, ear = await _talk(world, hub)
    monkeypatch.setattr(limits, limit, value)
    if told is not None:
        hub._marks.note((row.thread, told))
        await world.say(row.thread)
        await world.say(row.thread)
    await world.say(row.thread)
    own = await _own(world, hub, row)
    await _deliver(hub)
    assert ear.heard == [own]


async def test_what_is_put_in_at_once_is_bounded(hub: SharedHub, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever waits: more than the database takes in one statement would lose all of it."""
    monkeypatch.setattr(limits, "sweep_events_max", 3)
    row, ear = await _talk(world, hub)
    hub._marks.note((row.thread, OPENING))
    for elsewhere in (2, 2, 1):
        for _ in range(elsewhere):
            await world.say(row.thread)
        await _own(world, hub, row)
    await _deliver(hub)
    assert _seqs(ear) == [3, 4, 5, 8, 9, 10]


async def test_what_the_sweep_finds_is_said_once_and_to_who_has_the_seat(hub: SharedHub, world: World) -> None:
    row, ear = await _talk(world, hub)
    leaver = await Ends(hub, hub, world).joined(hub, row.mailboxes[0])
    hub._marks.note((row.thread, OPENING))
    for _ in range(2):
        await world.say(row.thread)
    await hub._sweep.run()
    seat = leaver.actor.seats[row.mailboxes[0]].seat
    assert seat is not None
    await world.commit(lambda tx: tx.seats.remove(of_mailbox(row.mailboxes[0]), seat, 2))
    await hub._sweep.run()
    await _deliver(hub)
    assert (_seqs(ear), _states(ear)) == ([3, 4], [])
    assert leaver.heard == []
    await hub._sweep.run()
    assert not hub.unheard


@pytest.mark.parametrize("fails", [False, True])
async def test_what_was_found_is_found_again_only_where_its_delivery_failed(
    hub: SharedHub, world: World, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    async def deliver(batch: Sequence[Heard]) -> None:
        waited.append(len(batch))
        await asyncio.sleep(0.3)
        if fails and len(waited) == 1:
            raise Busy("the database is away")
        await delivers(batch)

    row, ear = await _talk(world, hub)
    hub._marks.note((row.thread, OPENING))
    for _ in range(3):
        await world.say(row.thread)
    waited, delivers = list[int](), hub._deliver
    monkeypatch.setattr(hub, "_deliver", deliver)
    monkeypatch.setattr(limits, "sweep_deaf_s", 0.02)
    running = [asyncio.create_task(run) for run in (hub._sweep_forever(), hub._deliver_forever())]
    await until(lambda: _seqs(ear) == [3, 4, 5], 5)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    assert waited == [3] * (1 + fails)
    assert hub.found == len(waited)


async def test_no_sweep_waits_for_what_was_dropped(
    hub: SharedHub, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "shared_unheard_max", 1)
    row, _ = await _talk(world, hub)
    hub._marks.note((row.thread, OPENING))
    await world.say(row.thread)
    sweeping = asyncio.create_task(hub._swept(people=True))
    await until(lambda: hub.unheard == 1)
    hub.publish([row.mailboxes[0]], b"too much")
    assert await sweeping
    assert hub._sweeps.is_set()


async def test_what_is_found_by_both_sides_is_said_once(
    hub: SharedHub, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "sweep_chunk_max", 1)
    row, _ = await _talk(world, hub)
    await Ends(hub, hub, world).joined(hub, row.mailboxes[1])
    hub._marks.note((row.thread, OPENING))
    await world.say(row.thread)
    await hub._sweep.run()
    assert (hub.unheard, hub.found) == (1, 1)


async def test_what_was_said_here_meanwhile_is_not_said_again(hub: SharedHub, world: World) -> None:
    row, ear = await _talk(world, hub)
    hub._marks.note((row.thread, OPENING))
    own = await _own(world, hub, row)
    await hub._sweep.run()
    await _deliver(hub)
    assert ear.heard == [own]


@pytest.mark.parametrize(
    ("how", "events", "states"),
    [
        ("told to all", [3, 4], []),
        ("told to each side", [3, 4], []),
        ("told to one side", [], [4]),
        ("never told", [], [4]),
        ("too much of one", [], [4]),
        ("too much of all", [], [4]),
        ("told, too many bytes", [], [4]),
    ],
)
async def test_the_sweep_says_events_where_they_are_few_and_known(
    world: World, monkeypatch: pytest.MonkeyPatch, how: str, events: list[int], states: list[int]
) -> None:
    if how == "too much of one":
        monkeypatch.setattr(limits, "sweep_events_of_one_max", 1)
    if how == "told, too many bytes":
        monkeypatch.setattr(limits, "sweep_bytes_to_one_max", 500)
    if how == "too much of all":
        monkeypatch.setattr(limits, "sweep_events_max", 1)
    here = Hub()
    row, ear = await _talk(world, here)
    monkeypatch.setattr(here, "here_since", lambda _: 0, raising=False)
    marks, said = Marks(100), list[Mark]()
    if how.startswith("t") and "side" not in how:
        marks.note((row.thread, OPENING))
    for mailbox in row.mailboxes[: {"told to each side": 2, "told to one side": 1}.get(how, 0)]:
        marks.note((side_log(row.thread, mailbox), OPENING))
    for _ in range(2):
        await world.say(row.thread)

    def say(mailboxes: Sequence[MailboxId], encoded: bytes, mark: Mark) -> None:
        assert tuple(mailboxes) == row.mailboxes
        assert json.loads(encoded)["seq"] == mark[1]
        said.append(mark)

    await Sweep(here, world.store, system_clock, marks, say=say).run()  # type: ignore[arg-type]
    assert said == [(row.thread, seq) for seq in events]
    assert _states(ear) == states


@pytest.mark.parametrize(
    ("limit", "value", "apart", "events", "states"),
    [
        ("sweep_bytes_to_one_max", 500, False, 1, 1),
        ("sweep_bytes_to_one_max", 500, True, 2, 0),
        ("sweep_bytes_max", 100, True, 1, 1),
    ],
)
async def test_the_sweep_says_to_one_socket_and_in_all_no_more_than_so_many_bytes(
    hub: SharedHub,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
    value: int,
    apart: bool,
    events: int,
    states: int,
) -> None:
    """Each of two threads has an event, of about 300 bytes."""
    monkeypatch.setattr(limits, limit, value)
    monkeypatch.setattr(limits, "sweep_threads_at_once", 1)
    monkeypatch.setattr(limits, "sweep_chunk_max", 1)
    monkeypatch.setattr(hub, "here_since", lambda _: 0)
    (first, ear), (second, other) = await _talk(world, hub), await _talk(world, hub)
    if not apart:
        hub.leave(ear)
        hub.leave(other)
        ear = await Ends(hub, hub, world).joined(hub, first.mailboxes[0], second.mailboxes[0])
    for row in (first, second):
        hub._marks.note((row.thread, OPENING))
        await world.say(row.thread)
    await hub._sweep.run()
    await _deliver(hub)
    assert len(_seqs(ear) + _seqs(other)) == events
    assert len(_states(ear) + _states(other)) == states


@pytest.mark.parametrize(("words", "size"), [(32, 60_000), (256, 4_700), (1_000, 100)])
async def test_much_at_once_closes_nobody_who_reads(hub: SharedHub, world: World, words: int, size: int) -> None:
    hall = await world.mailbox()
    ear = await Ends(hub, hub, world).joined(hub, hall)

    def wake() -> None:
        asyncio.get_running_loop().call_soon(write)

    def write() -> None:
        while session.writable:
            written.append(session.take())

    written: list[bytes] = []
    session = Session(wake, lambda: None)
    session.open(ear.actor)
    session.state = State.OPEN
    hub.join(session, [hall], as_of=hub.moment)
    for _ in range(words):
        hub.publish([hall], b"%*d" % (size, 0))
    await _deliver(hub)
    await asyncio.sleep(0)
    assert session.close_code is None
    assert sum(map(len, written)) >= words * size


async def test_states_are_told_only_by_the_sweeps_that_look_at_all(
    hub: SharedHub, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others come too often for what makes people pull."""
    now = [system_clock()]
    monkeypatch.setattr(hub._sweep, "_clock", lambda: now[0])
    monkeypatch.setattr(hub, "here_since", lambda _: 0)
    _, ear = await _talk(world, hub)
    for _ in range(2):
        await hub._sweep.run(people=False)
        await _deliver(hub)
        now[0] += 2 * limits.changed_since_margin_ms
    assert (ear.heard, ear.closed, hub.found) == ([], [], 0)
    await hub._sweep.run()
    assert (_states(ear), hub.found) == ([OPENING], 1)


async def test_nothing_is_said_again_where_a_third_party_hears_other_words(hub: SharedHub, world: World) -> None:
    row, ear = await _talk(world, hub)
    hub._marks.note((row.thread, OPENING))
    await world.say(row.thread)
    with_third = Parties(row.thread, row.mailboxes, third=await world.mailbox())
    assert await hub._sweep._say_events([(with_third, OPENING + 1)]) == []
    event = await world.say(row.thread)
    hub.publish(with_third.audience, b'{"t":"event","seq":4}', mark=(row.thread, event.seq))
    await _deliver(hub)
    assert _seqs(ear) == [4]

"""What waits for the other processes: in which order it goes, and what of it goes again when it was lost."""

import asyncio
import os

import pytest

from messaging.domain import limits
from messaging.domain.ids import AccountId, MailboxId
from messaging.fanout.bulletin import Said
from messaging.fanout.shared import SharedHub
from messaging.fanout.unsaid import Unsaid
from messaging.ports import side_log
from tests.contracts.store.world import World
from tests.support.waiting import until

KEY = b"\x03" * 32
ORIGIN = bytes(8)
HALL = MailboxId(b"\x01" * 16)


def _hint(number: int) -> Said:
    return Said([HALL], b"hint %d" % number)


def _taken(unsaid: Unsaid) -> list[bytes]:
    return [said.encoded for said in unsaid.take(ORIGIN, 0).said]


def test_a_lost_hint_is_told_again_until_it_is_taken_and_before_what_came_later() -> None:
    unsaid = Unsaid()
    for said in (_hint(1), Said([HALL], b"event", (HALL, 1)), _hint(2)):
        unsaid.say(said)
    unsaid.refresh(AccountId(b"a"))
    for number in (3, 4):
        bulletin = unsaid.take(ORIGIN, 0)
        unsaid.say(_hint(number))
        unsaid.miss(bulletin)
        assert unsaid.waits
    told = unsaid.take(ORIGIN, 0)
    assert [said.encoded for said in told.said] == [b"hint 1", b"hint 2", b"hint 3", b"hint 4"]
    assert (told.refreshed, told.lost) == ([b"a"], True)
    assert not unsaid.waits
    assert _taken(unsaid) == []


def test_one_hint_is_kept_once_and_not_too_many_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "shared_again_max", 3)
    unsaid = Unsaid()
    for number in (1, 2, 3, 1, 4, 1):
        unsaid.say(_hint(number))
        unsaid.miss(unsaid.take(ORIGIN, 0))
    assert _taken(unsaid) == [b"hint 3", b"hint 4", b"hint 1"]


def test_of_more_than_can_wait_hints_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "shared_unsaid_max", 4)
    unsaid = Unsaid()
    unsaid.say(_hint(1))
    for account in (b"a", b"b", b"a"):
        unsaid.refresh(AccountId(account))
    for seq in range(4):
        unsaid.say(Said([HALL], b"event", (HALL, seq)))
    bulletin = unsaid.take(ORIGIN, 0)
    assert ([said.encoded for said in bulletin.said], bulletin.lost) == ([b"hint 1"], True)
    assert bulletin.refreshed == [b"a", b"b"]


@pytest.mark.parametrize("missed", [False, True])
def test_of_too_many_accounts_the_oldest_drop_out_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, missed: bool
) -> None:
    monkeypatch.setattr(limits, "shared_unsaid_max", 3)
    unsaid = Unsaid()
    unsaid.say(Said([HALL], b"event", (HALL, 1)))
    for number in range(5):
        unsaid.refresh(AccountId(b"%d" % number))
        if missed and number == 2:
            bulletin = unsaid.take(ORIGIN, 0)
    if missed:
        unsaid.miss(bulletin)
    told = unsaid.take(ORIGIN, 0)
    assert (told.refreshed, told.lost) == ([b"2", b"3", b"4"], True)
    assert [said.encoded for said in told.said] == [b"event"] * (not missed)


def test_what_is_lost_while_a_bulletin_is_told_comes_after_what_it_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "shared_again_max", 3)
    unsaid = Unsaid()
    for number in (1, 2, 3):
        unsaid.say(_hint(number))
    bulletin = unsaid.take(ORIGIN, 0)
    for number in (4, 2):
        unsaid.say(_hint(number))
    unsaid.lose()
    unsaid.miss(bulletin)
    unsaid.say(_hint(5))
    unsaid.lose()
    assert _taken(unsaid) == [b"hint 4", b"hint 2", b"hint 5"]


async def test_words_of_one_thread_take_one_way_whoever_hears_them(world: World) -> None:
    """Over another server of a cluster the later one might come first."""
    hub = SharedHub(
        *(["redis://127.0.0.1:1"], KEY, world.store, lambda: 1, os.urandom),
        monotonic=asyncio.get_running_loop().time,
    )
    thread, other = b"\x05" * 16, MailboxId(b"\x02" * 16)
    hub.publish([HALL, other], b"1", mark=(thread, 1))
    hub.publish([HALL], b"2", mark=(side_log(thread, HALL), 2))
    hub.publish([other], b"2'", mark=(side_log(thread, other), 2))
    hub.publish([other, HALL], b"3", mark=(thread, 3))
    assert [_taken(unsaid) for unsaid in hub._unsaid if unsaid.waits] == [[b"1", b"2", b"2'", b"3"]]


@pytest.mark.parametrize("when", ["while it waits", "while it is told"])
async def test_where_the_lead_moves_nothing_is_overtaken(
    world: World, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    hub = SharedHub(
        *(["redis://127.0.0.1:1"], KEY, world.store, lambda: 1, os.urandom),
        monotonic=asyncio.get_running_loop().time,
    )
    leads, opens, told = {1: 0}, asyncio.Event(), list[tuple[int, bytes]]()

    async def publish(shard: int, sealed: bytes) -> bool:
        if shard == 0:
            await opens.wait()
        bulletin = hub._seal.open(shard, sealed)
        assert bulletin is not None
        told.extend((shard, said.encoded) for said in bulletin.said)
        return True

    monkeypatch.setattr(hub._wire, "lead", lambda shard: leads.get(shard, shard))
    monkeypatch.setattr(hub._wire, "publish", publish)
    hub.publish([HALL], b"1")
    speaking = [asyncio.create_task(hub._speak_forever(shard)) for shard in (0, 1)]
    if when == "while it is told":
        await asyncio.sleep(0)
        assert hub._tells[0].locked()
    leads[1] = 1
    hub.publish([HALL], b"2")
    await asyncio.sleep(3 * limits.shared_every_s)
    opens.set()
    await until(lambda: len(told) == 2)
    await until(lambda: not hub._tells[0].locked())
    hub.publish([HALL], b"3")
    await until(lambda: len(told) == 3)
    assert [word for _, word in told] == [b"1", b"2", b"3"]
    assert told[-1] == (1, b"3"), "the new way, once nothing is on the old one"
    for task in speaking:
        task.cancel()
    await asyncio.gather(*speaking, return_exceptions=True)


async def test_what_moved_from_a_server_that_is_away_goes_the_new_way(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = SharedHub(
        *(["redis://127.0.0.1:1"], KEY, world.store, lambda: 1, os.urandom),
        monotonic=asyncio.get_running_loop().time,
    )
    monkeypatch.setattr(hub._wire, "lead", lambda shard: 0)
    hub.publish([HALL], b"1")
    assert hub._unsaid[0].waits
    monkeypatch.undo()
    assert not await hub._tell(0)
    hub.publish([HALL], b"2")
    assert [said.encoded for said in hub._unsaid[1].take(ORIGIN, 0).said] == [b"2"]

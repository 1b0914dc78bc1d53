"""Keeping up with a log: early events wait, gaps are pulled, keys are fetched, withheld events are noticed."""

import asyncio
import itertools

import msgspec
import pytest

from messaging.domain.vocabulary import INITIATOR, RECIPIENT, EventKind
from messaging.e2ee import errors
from messaging.e2ee.vault import Checkpoint
from messaging.wire.commands import Pull, Wraps
from pli_client import MemoryStorage, Message, NotRendered, local
from pli_client.follower import Follower, gap_grace_s
from pli_client.log import ThreadLog
from pli_client.runtime import Runtime
from pli_client.views import Item
from tests.sdk.rig import HttpService, ScriptedLink, opened_keeper, runtime
from tests.sdk.test_log import rotate
from tests.sdk.world import PREKEY_INDEX, TRUST, World


class Reader:
    """The town hall's follower of the world's thread, and what it showed."""

    def __init__(self, world: World, link: ScriptedLink, parts: Runtime, checkpoint: Checkpoint | None = None) -> None:
        self.shown: list[Item] = []
        self.link = link
        self.parts = parts
        self.follower = Follower(parts, ThreadLog(world.logs[RECIPIENT].side, TRUST, checkpoint), self.shown.extend)

    @property
    def texts(self) -> list[str | None]:
        return [item.text for item in self.shown if isinstance(item, Message)]

    @property
    def reasons(self) -> list[type[Exception]]:
        return [type(item.reason) for item in self.shown if isinstance(item, NotRendered)]

    @property
    def pulls(self) -> list[int]:
        return [command.after for command in self.link.asked if isinstance(command, Pull)]


async def reader(world: World, checkpoint: Checkpoint | None = None) -> Reader:
    service = HttpService()
    link = ScriptedLink(world.service.entries, {0: world.opening.wraps}, PREKEY_INDEX)
    parts = runtime(link, await opened_keeper(service, MemoryStorage(), "reader"), service)
    return Reader(world, link, parts, checkpoint)


@pytest.fixture
def world() -> World:
    made = World()
    made.talk((0, "un"), (1, "deux"), (0, "trois"))
    return made


async def test_a_whole_log_is_pulled_with_its_keys(world: World) -> None:
    town = await reader(world)
    town.follower.announce(4)
    await town.follower.catch_up()
    assert town.texts == ["un", "deux", "trois"]
    assert town.pulls == [0]


async def test_the_next_event_is_read_at_once_and_without_a_question(world: World) -> None:
    town = await reader(world)
    await town.follower.catch_up(pull=True)
    asked = len(town.link.asked)
    town.follower.offer(world.say(0, "quatre"))
    assert town.texts[-1] == "quatre"
    assert len(town.link.asked) == asked


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_events_in_any_order_show_in_theirs(world: World, order: tuple[int, ...]) -> None:
    town = await reader(world)
    await town.follower.catch_up(pull=True)
    entries = [world.say(0, text) for text in ("a", "b", "c")]
    for index in order:
        town.follower.offer(entries[index])
    assert town.texts[-3:] == ["a", "b", "c"]
    await town.parts.tasks.close()


async def test_a_gap_that_does_not_close_is_pulled(world: World) -> None:
    town = await reader(world)
    await town.follower.catch_up(pull=True)
    world.say(0, "quatre")
    town.follower.offer(world.say(0, "cinq"))
    assert town.texts[-1] == "trois"
    await asyncio.sleep(gap_grace_s * 2)
    assert town.texts[-2:] == ["quatre", "cinq"]
    assert town.pulls == [0, 4]


async def test_events_that_come_while_pulling_are_not_lost(world: World) -> None:
    town = await reader(world)
    pulling = asyncio.create_task(town.follower.catch_up(pull=True))
    await asyncio.sleep(0)
    town.follower.offer(world.say(0, "quatre"))
    await pulling
    assert town.texts == ["un", "deux", "trois", "quatre"]


async def test_keys_of_a_renewed_epoch_are_fetched(world: World) -> None:
    town = await reader(world)
    await town.follower.catch_up(pull=True)
    made = rotate(world, INITIATOR)
    town.link.wraps[1] = made.wraps
    entry = world.service.add(EventKind.EPOCH, INITIATOR, made.signed)
    for log in world.logs:
        log.append([entry])
    town.follower.offer(entry)
    town.follower.offer(world.say(0, "sous la nouvelle clé"))
    await town.follower.catch_up()
    assert town.texts[-1] == "sous la nouvelle clé"
    assert [command.first for command in town.link.asked if isinstance(command, Wraps)] == [0, 1]


async def test_an_event_that_was_announced_and_is_not_given_stops_the_log(world: World) -> None:
    town = await reader(world)
    town.follower.announce(9)
    await town.follower.catch_up()
    assert town.reasons == [errors.Gap]


async def test_an_event_that_was_withheld_from_the_middle_stops_the_log(world: World) -> None:
    town = await reader(world)
    del town.link.entries[2]
    await town.follower.catch_up(pull=True)
    assert (town.texts, town.reasons) == (["un"], [errors.Gap])


async def test_a_service_that_gives_nothing_of_what_it_says_to_have_stops_the_log(world: World) -> None:
    town = await reader(world)
    town.link.entries, town.link.head_seq = [], 4
    await town.follower.catch_up(pull=True)
    assert town.reasons == [errors.Gap]


async def test_a_log_that_is_shorter_than_the_checkpoint_is_a_rollback(world: World) -> None:
    town = await reader(world, Checkpoint(7, b"\x01" * 32))
    await town.follower.catch_up(pull=True)
    assert (town.texts, town.reasons) == ([], [errors.Rollback])


async def test_the_evidence_of_a_stopped_log_is_kept(world: World) -> None:
    town = await reader(world)
    await town.follower.catch_up(pull=True)
    last = world.service.entries[-1]
    town.follower.offer(msgspec.structs.replace(last, at=last.at + 1))
    assert town.reasons == [errors.Fork]
    await asyncio.sleep(0.01)
    kept = await local.load(town.parts.storage, local.EVIDENCE + world.thread.hex(), local.Evidence)
    assert kept is not None
    assert (kept.reason, kept.seq, kept.entry) == ("Fork", last.seq, msgspec.structs.replace(last, at=last.at + 1))


async def test_a_stopped_log_takes_nothing_more(world: World) -> None:
    town = await reader(world)
    town.follower.announce(9)
    await town.follower.catch_up()
    town.follower.offer(world.say(0, "quatre"))
    await town.follower.catch_up(pull=True)
    assert "quatre" not in town.texts


async def test_wraps_that_never_end_are_not_asked_for_for_ever(world: World) -> None:
    town = await reader(world)
    town.link.endless_wraps = True
    await town.follower.catch_up(pull=True)
    assert town.texts == ["un", "deux", "trois"]


async def test_a_service_that_does_not_answer_is_asked_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pli_client.follower.retry_s", 0.01)
    town = await reader(world)
    town.link.failures = 2
    town.follower.announce(4)
    town.follower.schedule()
    await asyncio.sleep(0.1)
    assert town.texts == ["un", "deux", "trois"]


async def test_an_early_event_that_differs_from_the_one_that_is_read_stops_the_log(world: World) -> None:
    town = await reader(world)
    await town.follower.catch_up(pull=True)
    late, shown = world.say(0, "quatre"), world.say(0, "cinq")
    town.follower.offer(msgspec.structs.replace(shown, payload=late.payload))
    town.link.entries = world.service.entries
    await town.follower.catch_up(pull=True)
    assert town.reasons == [errors.Fork]


async def test_a_service_that_repeats_what_is_known_for_ever_stops_the_log(world: World) -> None:
    town = await reader(world)
    await town.follower.catch_up(pull=True)
    last = world.service.entries[-1]
    town.link.entries, town.link.head_seq, town.link.repeated = [], 99, [last]
    town.follower.announce(99)
    async with asyncio.timeout(30):
        await town.follower.catch_up()
    assert town.reasons == [errors.Gap]

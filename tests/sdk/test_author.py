"""Who wrote in the name of one's own side: what no seat can be told to have written raises an alarm (SPEC.md 12)."""

import pytest

from messaging.domain.vocabulary import RECIPIENT, EventKind, MessageKind
from messaging.e2ee import content, message
from pli_client import AuthorAlarm, MemoryStorage, Message, Thread
from pli_client.desk import Desk
from pli_client.keys import SeatTag
from tests.sdk.rig import HttpService, next_event, opened_keeper, runtime
from tests.sdk.test_engine import state
from tests.sdk.test_renewal import RenewingLink
from tests.sdk.world import World
from tests.support.waiting import until

SEED = b"\x07" * 32


@pytest.mark.parametrize("is_newer", [True, False])
async def test_a_tag_that_no_seed_opens_is_looked_at_once_more_and_then_an_alarm(is_newer: bool) -> None:
    """A colleague may have renewed the mailbox's seed; a thief of the pseudonym has no seed at all."""
    world = World()
    keys, log = world.town, world.logs[RECIPIENT]
    world.service.add(
        EventKind.MESSAGE,
        RECIPIENT,
        message.seal_message(
            log.header(MessageKind.TEXT, b"\x05" * 16),
            content.encode_text("Bonjour"),
            epoch_secret=log.epochs[-1].opened_secret(),
            signing=log.epochs[-1].own.sign,
            seen_seq=log.seq,
            seen_head=log.head,
            tag=lambda header, salt: message.seat_tag(SEED, header, salt, keys.seat, keys.roster.head),
            entropy=world.entropy,
        ),
    )
    service, heard = HttpService(), list[SeatTag]()
    parts = runtime(RenewingLink(world), await opened_keeper(service, MemoryStorage(), "author"), service)

    async def reread() -> None:
        keys.seeds = {**keys.seeds, 1: SEED} if is_newer else keys.seeds

    thread = Thread(
        parts,
        keys,
        Desk(parts, keys, 0),
        state(world),
        followed=None,
        reread=reread,
        on_tag=heard.append,
        on_change=lambda thread: None,
    )
    await thread.load()
    event = await next_event(parts.inbox)
    assert isinstance(event, Message)
    assert (event.own, event.author) == (True, None)
    if is_newer:
        await until(lambda: heard == [SeatTag(keys.seat, keys.roster.head)])
    else:
        alarm = await next_event(parts.inbox)
        assert isinstance(alarm, AuthorAlarm)
        assert (alarm.thread, alarm.msg_id) == (world.thread, b"\x05" * 16)
        assert not heard

"""Seeds: a server that wraps its own, gives one seat what was wrapped to another, or keeps a generation back."""

import os
from collections.abc import Callable
from functools import partial

import msgspec
import pytest

from messaging.e2ee import mailbox
from messaging.e2ee.errors import BadSeal, BadSeed
from messaging.wire.rest import PreviousSeed, RosterView, SeedWrap
from pli_client import RosterAlarm
from pli_client.keys import MailboxKeys
from tests.hostile_server.door import Door
from tests.hostile_server.ground import LINES, Account, Ground, first, texts

pytestmark = [pytest.mark.hostile, pytest.mark.slow]

Change = Callable[[RosterView, MailboxKeys, RosterView], RosterView]
"""From what the secretary would be told, their keys, and what the mayor is told."""


def own_seed(view: RosterView, keys: MailboxKeys, other: RosterView) -> RosterView:
    wraps = [
        SeedWrap(w.g, w.seat, w.record_hash, wrapped(os.urandom(32), keys, w.g, w.record_hash)) for w in view.seeds
    ]
    return msgspec.structs.replace(view, seeds=wraps)


def wrapped(seed: bytes, keys: MailboxKeys, g: int, record_hash: bytes) -> bytes:
    return mailbox.wrap_seed(seed, keys.pair.kem.public, keys.mailbox, g, keys.seat, record_hash)


def of_a_colleague(view: RosterView, keys: MailboxKeys, other: RosterView) -> RosterView:
    by_g = {wrap.g: wrap.wrap for wrap in other.seeds}
    wraps = [msgspec.structs.replace(wrap, wrap=by_g[wrap.g]) for wrap in view.seeds]
    return msgspec.structs.replace(view, seeds=wraps)


def of_an_older_generation(view: RosterView, keys: MailboxKeys, other: RosterView) -> RosterView:
    (old,) = [wrap for wrap in view.seeds if wrap.g == 0]
    wraps = [msgspec.structs.replace(wrap, wrap=old.wrap) for wrap in view.seeds]
    return msgspec.structs.replace(view, seeds=wraps)


def nothing(view: RosterView, keys: MailboxKeys, other: RosterView) -> RosterView:
    return msgspec.structs.replace(view, seeds=[])


def no_history(view: RosterView, keys: MailboxKeys, other: RosterView) -> RosterView:
    return msgspec.structs.replace(view, seeds=[wrap for wrap in view.seeds if wrap.g == 1], prevs=[])


def another_history(view: RosterView, keys: MailboxKeys, other: RosterView) -> RosterView:
    newest = [wrap for wrap in view.seeds if wrap.g == 1]
    lie = mailbox.seal_prev(os.urandom(32), os.urandom(32), keys.mailbox, 1)
    return msgspec.structs.replace(view, seeds=newest, prevs=[PreviousSeed(1, lie)])


async def second_generation(ground: Ground) -> tuple[Account, MailboxKeys, RosterView]:
    """The mayor renews the seed; the secretary's device of now, their keys, and what the mayor is told."""
    async with ground.secretary.client() as secretary, ground.mayor.client() as mayor:
        await mayor.mailbox(ground.town).rotate()
        await secretary.mailbox(ground.town).reread()
        assert secretary.mailbox(ground.town).keys.roster.g == 1
        told = await mayor._running.runtime.api.roster(ground.town)
        return ground.secretary, secretary.mailbox(ground.town).keys, told


async def reads_on(ground: Ground, door: Door) -> None:
    async with ground.secretary.client(door) as secretary:
        assert sorted(secretary.mailbox(ground.town).keys.seeds) == [0, 1]
        await secretary.thread(ground.thread).load()
        assert texts(secretary.thread(ground.thread)) == list(LINES)


async def test_control_an_honest_door_gives_every_seed(ground: Ground) -> None:
    door = ground.door()
    await second_generation(ground)
    door.tell(RosterView, lambda view: msgspec.structs.replace(view, seeds=list(view.seeds)))
    await reads_on(ground, door)


LIES: dict[str, tuple[Change, type[Exception]]] = {
    "wraps a seed of its own to a seat": (own_seed, BadSeed),
    "swaps the seed wraps of two seats": (of_a_colleague, BadSeal),
    "gives the seed wrap of another generation": (of_an_older_generation, BadSeal),
    "withholds a seat's seed wrap": (nothing, BadSeed),
    "withholds the seed of an older generation": (no_history, BadSeed),
    "gives another seed for that of an older generation": (another_history, BadSeal),
}


@pytest.mark.attack(*LIES)
async def test_a_seed_that_is_not_the_mailboxes(ground: Ground) -> None:
    """Nothing of the mailbox is used: neither read with that seed, nor sealed under it."""
    account, keys, other = await second_generation(ground)
    for attack, (change, error) in LIES.items():
        door = ground.door()
        door.tell(RosterView, partial(_changed, change, keys, other))
        async with account.client(door) as secretary:
            assert type((await first(secretary, RosterAlarm)).reason) is error, attack
            assert (secretary.mailboxes, secretary.threads) == ((), ()), attack
    await reads_on(ground, ground.door())


def _changed(change: Change, keys: MailboxKeys, other: RosterView, view: RosterView) -> RosterView:
    return change(view, keys, other)

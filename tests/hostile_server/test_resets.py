"""Resets: a server that says in the platform's name that a side begins anew, to put people of its own there."""

import json
import os
from base64 import urlsafe_b64encode
from collections.abc import Callable

import pytest

from messaging.demo.idp import ATTESTATION_AUDIENCE
from messaging.e2ee import epoch, pseudonym, reset
from messaging.e2ee.epoch import EpochRecord
from messaging.e2ee.errors import BadAttestation, BadRecord, E2EEError
from messaging.e2ee.suite import SigningKey
from messaging.wire.events import EpochWraps, LogEntry, WrapsList
from pli_client import NotRendered, SideReset, Thread
from tests.hostile_server.book import Retold, made
from tests.hostile_server.ground import LINES, Ground, texts

pytestmark = [pytest.mark.hostile, pytest.mark.slow]

TOWN = 1
Word = Callable[[Ground, EpochRecord], str]
"""The platform's word as the server shows it, for the record in force."""


def claims(record: EpochRecord) -> dict[str, object]:
    return reset.claims(record.thread, TOWN, record.hash, 0)


def of_the_platform(ground: Ground, record: EpochRecord) -> str:
    return signed_by_the_platform(ground, claims(record))


def signed_by_the_platform(ground: Ground, said: dict[str, object], typ: str = reset.TYPE) -> str:
    return ground.service.idp._sign(said, audience=ATTESTATION_AUDIENCE, lifetime_s=900, typ=typ)


def of_its_own(ground: Ground, record: EpochRecord) -> str:
    key = SigningKey(os.urandom(32))
    parts = [{"alg": "EdDSA", "typ": reset.TYPE}, claims(record) | {"aud": ATTESTATION_AUDIENCE}]
    signed = ".".join(urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
    return f"{signed}.{urlsafe_b64encode(key.sign(signed.encode())).rstrip(b'=').decode()}"


def for_another_thread(ground: Ground, record: EpochRecord) -> str:
    return signed_by_the_platform(ground, claims(record) | {"thread": os.urandom(16).hex()})


def for_another_use(ground: Ground, record: EpochRecord) -> str:
    return signed_by_the_platform(ground, claims(record), "pli-attest+jwt")


async def taken_over(ground: Ground, word: Word) -> Thread:
    """The doctor's conversation as it is after the server said so, and put keys of its own in the town's place."""
    async with ground.doctor.client() as doctor:
        await doctor.thread(ground.thread).load()
        record = doctor.thread(ground.thread).follower.log.epochs[-1].record
    log = await ground.book.true()
    lie = made(reset.KIND, 255, reset.make_reset(TOWN, record.n, word(ground, record)), log[-1].at)
    usurper = epoch.make_rotation(
        record,
        party=TOWN,
        old=None,
        new=pseudonym.derive(os.urandom(32), pseudonym.thread_slot(ground.thread, record.n + 1)),
        thread_head=ground.book.head(log),
        entropy=os.urandom,
    )
    door = ground.door()

    def retold(log: list[LogEntry]) -> list[LogEntry]:
        return ground.book.stamped([*log, lie, made("epoch", TOWN, usurper.signed, log[-1].at)])

    Retold(door, ground.book, retold)

    def wraps(told: WrapsList) -> WrapsList:
        told.epochs = [*told.epochs, EpochWraps(1, usurper.wraps)]
        return told

    door.tell(WrapsList, wraps)
    door.swallow("PUT", "vault")
    async with ground.doctor.copied().client(door) as doctor:
        thread = doctor.thread(ground.thread)
        await thread.load()
    return thread


async def test_control_what_the_platform_attests_is_shown_and_followed(ground: Ground) -> None:
    thread = await taken_over(ground, of_the_platform)
    assert thread.stopped is None
    assert [item.own for item in thread.items if isinstance(item, SideReset)] == [False]
    assert thread.peer_began_anew
    assert len(thread.follower.log.epochs) == 2


LIES: dict[str, tuple[Word, type[E2EEError]]] = {
    "forges a reset": (of_its_own, BadAttestation),
    "shows the reset of another thread": (for_another_thread, BadRecord),
    "passes off an attestation as a reset": (for_another_use, BadAttestation),
}


@pytest.mark.attack(*LIES)
async def test_a_side_taken_over(ground: Ground) -> None:
    """The reset is not shown, and changes nothing: the record of whoever takes over lacks a signature."""
    for attack, (word, error) in LIES.items():
        thread = await taken_over(ground, word)
        shown = [item for item in thread.items if isinstance(item, NotRendered)]
        assert [(type(item.reason), item.stopped) for item in shown] == [(error, False), (BadRecord, True)], attack
        assert not any(isinstance(item, SideReset) for item in thread.items), attack
        assert len(thread.follower.log.epochs) == 1, attack
        assert texts(thread) == list(LINES), attack
    async with ground.doctor.client() as doctor:
        await doctor.thread(ground.thread).load()
        assert doctor.thread(ground.thread).stopped is None

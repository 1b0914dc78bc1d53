"""Who read what: to the minute and not a moment earlier before identities are revealed, exactly after."""

import asyncio
from pathlib import Path

import pytest

from messaging.domain.limits import receipt_coarse_ms
from pli_client import CardsReleased, PeerRead
from tests.faults.raw import RawSocket
from tests.journeys.clock import MovingClock
from tests.journeys.people import DOCTORS_CARD, MAYORS_CARD, Cast, Online, cast, consent
from tests.support.server import Deployed, running_service
from tests.support.waiting import until

pytestmark = pytest.mark.slow

LATE_LOOP_S = 0.6
"""More than twice the pause between two looks at receipts that are due."""


async def test_receipts_are_coarse_before_reveal_and_exact_after(database_url: str, tmp_path: Path) -> None:
    clock = MovingClock()
    async with running_service(database_url, tmp_path, clock=clock) as service:
        people = await cast(service)
        await people.settle()
        clock.to_next(receipt_coarse_ms)
        async with people.doctor.online() as doctor, people.mayor.online() as mayor:
            await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
            await mayor.reads("Bonjour")
            await _read_before_reveal(service, people, doctor, mayor, clock)
            await consent(doctor, DOCTORS_CARD)
            await consent(mayor, MAYORS_CARD)
            await doctor.until(CardsReleased)
            await doctor.thread.send("Enchanté")
            await mayor.reads("Enchanté")
            before = clock()
            await mayor.thread.read()
            seen = await doctor.until(PeerRead, lambda read: read.seq == 4)
            assert seen.at is not None
            assert before <= seen.at <= clock()


async def _read_before_reveal(
    service: Deployed, people: Cast, doctor: Online, mayor: Online, clock: MovingClock
) -> None:
    """Neither an event nor a fresh listing tells anything before the minute is over; then both say the full minute."""
    minute_end = clock() - clock() % receipt_coarse_ms + receipt_coarse_ms
    await mayor.thread.read()
    await asyncio.sleep(LATE_LOOP_S)
    assert not doctor.heard(PeerRead)
    assert await _listed(service, people) == 0
    clock.to_next(receipt_coarse_ms)
    seen = await doctor.until(PeerRead)
    assert (seen.seq, seen.at) == (2, minute_end)
    assert await _listed(service, people) == 2


async def _listed(service: Deployed, people: Cast) -> int:
    """What a second device of the doctor is told when it connects."""
    async with people.doctor.api() as api:
        socket = await RawSocket.open(service, api)
        (state,) = socket.welcomed.threads
        await socket.close()
        return state.peer_read_seq


async def test_a_receipt_that_is_not_shared_stays_on_its_own_side(sqlite_url: str, tmp_path: Path) -> None:
    clock = MovingClock()
    async with running_service(sqlite_url, tmp_path, clock=clock) as service:
        people = await cast(service)
        await people.settle()
        async with (
            people.doctor.online() as doctor,
            people.mayor.online() as mayor,
            people.secretary.online() as secretary,
        ):
            await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
            await mayor.reads("Bonjour")
            await mayor.thread.read(share=False)
            await secretary.reads("Bonjour")
            await until(lambda: secretary.thread.state.read_seq == 2, 10.0)
            clock.to_next(receipt_coarse_ms)
            await asyncio.sleep(LATE_LOOP_S)
            assert not doctor.heard(PeerRead)
            assert doctor.thread.state.peer_read_seq == 0

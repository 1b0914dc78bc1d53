"""Blocking: the peer meets silence, the mailbox's own people hear nothing of it any more, and nothing is lost."""

from pathlib import Path

import pytest

from messaging.domain.consent import CardState
from pli_client import CardsReleased, DeskChanged, Hiding, Message, PeerRead
from tests.journeys.clock import MovingClock
from tests.journeys.people import DOCTORS_CARD, MAYORS_CARD, WAIT_S, cast, consent
from tests.support.server import running_service
from tests.support.waiting import until

pytestmark = pytest.mark.slow

MINUTE_MS = 60_000


async def test_a_blocked_peer_meets_silence_and_nothing_is_lost(database_url: str, tmp_path: Path) -> None:
    clock = MovingClock()
    async with running_service(database_url, tmp_path, clock=clock) as service:
        people = await cast(service)
        await people.settle()
        async with (
            people.doctor.online() as doctor,
            people.mayor.online() as mayor,
            people.secretary.online() as secretary,
        ):
            await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
            for reader in (mayor, secretary):
                await reader.reads("Bonjour")
            await consent(mayor, MAYORS_CARD)
            await mayor.thread.block()
            await secretary.until(DeskChanged, lambda event: event.content == Hiding(secretary.thread.id, True))
            assert mayor.thread.hidden
            assert secretary.thread.hidden

            for text in ("Vous êtes là ?", "Répondez !", "Tant pis."):
                assert (await doctor.thread.send(text)).text == text
            await consent(doctor, DOCTORS_CARD)
            for reader in (mayor, secretary):
                await until(lambda r=reader: r.thread.follower.log.seq == 5, WAIT_S)  # type: ignore[misc]
                assert [each.text for each in reader.thread.messages][-1] == "Tant pis."
                assert [each.text for each in reader.heard(Message)] == ["Bonjour"]
                await reader.thread.read()
            clock.advance(2 * MINUTE_MS)
            assert [card.state for card in await mayor.thread.own_cards()] == [CardState.WITHDRAWN]
        async with people.doctor.online() as doctor, people.mayor.online() as mayor:
            assert not doctor.heard(PeerRead)
            assert doctor.thread.state.peer_read_seq == 0
            assert not doctor.heard(CardsReleased)
            assert mayor.thread.hidden, "another run of the device knows it from the desk"
            await doctor.thread.send("Encore moi.")
            await until(lambda: mayor.thread.follower.log.seq == 6, WAIT_S)
            assert not mayor.heard(Message)

            await mayor.thread.unblock()
            assert not mayor.thread.hidden
            await doctor.thread.send("Je passe jeudi.")
            await mayor.reads("Je passe jeudi.")
            assert [each.text for each in mayor.heard(Message)] == ["Je passe jeudi."]
            assert [each.text for each in mayor.thread.messages] == [
                *("Bonjour", "Vous êtes là ?", "Répondez !", "Tant pis.", "Encore moi.", "Je passe jeudi."),
            ]


async def test_the_first_visit_of_a_new_device_is_quiet_too(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path) as service:
        people = await cast(service)
        await people.settle()
        async with people.doctor.online() as doctor, people.mayor.online() as mayor:
            await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
            await mayor.reads("Bonjour")
            await mayor.thread.block()
            await doctor.thread.send("Répondez !")
        async with people.mayor.on_another_device().online() as tablet:
            await tablet.thread.load()
            assert tablet.thread.hidden
            assert not tablet.heard(Message)
            assert len(tablet.thread.messages) == 2

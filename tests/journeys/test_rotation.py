"""Renewed keys on the real service, with the SDK: the conversation goes on, and cards given before appear after."""

import asyncio
from pathlib import Path

import pytest

from messaging.app import system_clock
from pli_client import CardsReleased, Message, NotRendered
from pli_client.schedule import DAY_MS
from tests.journeys.clock import MovingClock
from tests.journeys.people import DOCTORS_CARD, MAYORS_CARD, Online, cast, consent
from tests.support.server import running_service

pytestmark = pytest.mark.slow


async def test_a_conversation_over_renewed_keys_on_every_device(database_url: str, tmp_path: Path) -> None:
    """Cards too: one given before a renewal and one after it appear together, on both sides (SPEC.md section 9.6)."""
    async with running_service(database_url, tmp_path) as service:
        people = await cast(service)
        await people.settle()
        async with (
            people.doctor.online() as doctor,
            people.secretary.online() as secretary,
            people.mayor.online() as mayor,
        ):
            await doctor.client.mailboxes[0].open(people.listing, "un")
            await secretary.reads("un")
            await mayor.reads("un")
            words = doctor.thread.words
            await consent(doctor, DOCTORS_CARD, "name", "phone")
            await secretary.thread.renew_keys()
            await doctor.thread.renew_keys()
            await mayor.thread.send("deux")
            await doctor.reads("deux")
            await mayor.thread.renew_keys()
            await doctor.thread.send("trois")
            await mayor.reads("trois")
            assert doctor.thread.words != words
            assert doctor.thread.words == mayor.thread.words
            await consent(mayor, MAYORS_CARD, "name")
            for reader in (doctor, secretary, mayor):
                released = await reader.until(CardsReleased)
                assert [card.fields["name"] for card in released.cards] == [DOCTORS_CARD.name, MAYORS_CARD.name]
                assert reader.thread.state.epoch == 3
                assert not reader.heard(NotRendered)
        async with people.secretary.online() as again:
            await again.thread.load()
            assert [message.text for message in again.thread.messages] == ["un", "deux", "trois"]
            assert len(again.thread.cards) == 2
            assert not again.heard(NotRendered)


async def test_a_month_later_the_next_message_comes_under_new_keys_by_itself(sqlite_url: str, tmp_path: Path) -> None:
    """By the service's clock: a device whose own is wrong by years renews no more often than others."""
    clock = MovingClock()
    async with running_service(sqlite_url, tmp_path, clock=clock) as service:
        people = await cast(service)
        await people.settle()
        people.mayor.clock = lambda: system_clock() + 3_000 * DAY_MS
        async with people.doctor.online() as doctor:
            await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
            await doctor.thread.send("Je peux venir mardi.")
            assert doctor.thread.state.epoch == 0
        clock.advance(31 * DAY_MS)
        async with people.doctor.online() as doctor, people.mayor.online() as mayor:
            await doctor.thread.send("Toujours intéressé.")
            assert doctor.thread.state.epoch == 1
            await mayor.reads("Toujours intéressé.")
            assert mayor.thread.state.epoch == 1
            await mayor.thread.send("Nous aussi.")
            assert mayor.thread.state.epoch == 2
            await mayor.thread.send("À mardi.")
            await doctor.reads("À mardi.")
            await doctor.thread.send("À mardi !")
            assert doctor.thread.state.epoch == 2, "young keys rest"


async def test_colleagues_and_peers_renew_at_once_and_nothing_is_lost(database_url: str, tmp_path: Path) -> None:
    """Three devices renew and write at the same moments: every message is there once, and everybody agrees."""
    async with running_service(database_url, tmp_path) as service:
        people = await cast(service)
        await people.settle()
        async with (
            people.doctor.online() as doctor,
            people.secretary.online() as secretary,
            people.mayor.online() as mayor,
        ):
            await doctor.client.mailboxes[0].open(people.listing, "début")
            await secretary.reads("début")
            await mayor.reads("début")
            everybody = (doctor, secretary, mayor)
            for round_no in range(4):
                await asyncio.gather(
                    *(_renewed(each) for each in everybody),
                    *(each.thread.send(f"{round_no} {who}") for who, each in enumerate(everybody)),
                )
            await doctor.thread.send("fin")
            for reader in (secretary, mayor):
                await reader.reads("fin")
            expected = ["début", *(f"{r} {who}" for r in range(4) for who in range(3)), "fin"]
            for reader in everybody:
                texts = [message.text for message in reader.thread.messages]
                assert sorted(map(str, texts)) == sorted(expected)
                assert reader.thread.stopped is None
                assert not reader.heard(NotRendered)
            assert len({tuple(m.text for m in reader.thread.messages) for reader in everybody}) == 1
            assert len({reader.thread.words for reader in everybody}) == 1
            assert doctor.thread.state.epoch >= 4
            assert all(isinstance(item, Message) for item in doctor.thread.items)


async def _renewed(online: Online) -> None:
    await online.thread.renew_keys()

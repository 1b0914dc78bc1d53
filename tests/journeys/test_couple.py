"""Two cards of one side: each person's consent is their own, now, later, or taken back."""

from pathlib import Path

import pytest

from messaging.domain.consent import CardState
from messaging.domain.ids import CardId, ThreadId
from messaging.e2ee.consent_proof import verify_consent_proof
from messaging.services.proofs import check_register, consent_proof
from pli_client import CardsReleased, SeatEnded
from pli_client.errors import ConsentElsewhere
from tests.faults.stored_log import read_log
from tests.journeys.people import CONSENT_TEXT, DOCTORS_CARD, MAYORS_CARD, SPOUSES_CARD, Online, admit, cast, consent
from tests.support.server import running_service

pytestmark = pytest.mark.slow

DOCTOR, SPOUSE, MAYOR = "Dr Camille Le Goff", "Dominique Le Goff", "Yves Kerambrun"


async def test_a_late_card_is_released_at_once_and_alone(database_url: str, tmp_path: Path) -> None:
    async with running_service(database_url, tmp_path, with_worker=False) as service:
        people = await cast(service)
        await people.settle()
        async with (
            people.doctor.online() as doctor,
            people.spouse.online() as spouse,
            people.mayor.online() as mayor,
        ):
            await admit(doctor, spouse, people.project)
            await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
            await mayor.reads("Bonjour")
            await consent(mayor, MAYORS_CARD)
            await consent(doctor, DOCTORS_CARD)
            for reader in (doctor, spouse, mayor):
                await reader.until(CardsReleased)
                assert _shown(reader) == {DOCTOR, MAYOR}
            await consent(spouse, SPOUSES_CARD)
            for reader in (doctor, spouse, mayor):
                late = await reader.until(CardsReleased, lambda event: event.seq == 4)
                assert [card.fields for card in late.cards] == [{"name": SPOUSE}]
                assert _shown(reader) == {DOCTOR, SPOUSE, MAYOR}


async def test_withdrawing_before_release_destroys_the_card(database_url: str, tmp_path: Path) -> None:
    """The other side's consent then releases nothing, and a new consent is a new card."""
    async with running_service(database_url, tmp_path, with_worker=False) as service:
        people = await cast(service)
        await people.settle()
        async with people.doctor.online() as doctor, people.mayor.online() as mayor:
            await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
            await mayor.reads("Bonjour")
            first = await consent(doctor, DOCTORS_CARD)
            await doctor.thread.withdraw(first)
            await doctor.thread.withdraw(first)
            await consent(mayor, MAYORS_CARD)
            assert [card.state for card in await doctor.thread.own_cards()] == [CardState.WITHDRAWN]
            assert [card.state for card in await mayor.thread.own_cards()] == [CardState.WAITING]
            await mayor.thread.send("Toujours là\u202f?")
            await doctor.reads("Toujours là\u202f?")
            assert not doctor.heard(CardsReleased)
            await consent(doctor, DOCTORS_CARD)
            for reader in (doctor, mayor):
                released = await reader.until(CardsReleased)
                assert {card.card for card in released.cards}.isdisjoint({first})
                assert _shown(reader) == {DOCTOR, MAYOR}
    log = await read_log(database_url, tmp_path / "copy")
    assert [event.kind for event in log.events] == ["epoch", "message", "message", "released"]


def _shown(reader: Online) -> set[str]:
    return {card.fields["name"] for card in reader.thread.cards}


async def test_one_reveals_and_the_other_later_or_never(database_url: str, tmp_path: Path) -> None:
    """The spouse consents and withdraws before the release, and consents to less after it: each act is their own."""
    async with running_service(database_url, tmp_path, with_worker=False) as service:
        people = await cast(service)
        await people.settle()
        async with people.doctor.online() as doctor, people.spouse.online() as spouse, people.mayor.online() as mayor:
            await admit(doctor, spouse, people.project)
            await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
            await mayor.reads("Bonjour")
            await spouse.reads("Bonjour")
            withdrawn = await consent(spouse, SPOUSES_CARD, "name", "email")
            await spouse.thread.withdraw(withdrawn)
            await consent(doctor, DOCTORS_CARD)
            await consent(mayor, MAYORS_CARD)
            await mayor.until(CardsReleased)
            assert _shown(mayor) == {DOCTOR, MAYOR}
            with pytest.raises(ConsentElsewhere):
                await doctor.thread.withdraw(withdrawn)
            later = await consent(spouse, SPOUSES_CARD, "name")
            released = await mayor.until(CardsReleased, lambda event: event.seq == 4)
            assert [card.card for card in released.cards] == [later]
            assert [dict(card.fields) for card in released.cards] == [{"name": SPOUSE}]
            await spouse.thread.withdraw(later)
            states = {card.card: card.state for card in await doctor.thread.own_cards()}
            assert (states[withdrawn], states[later]) == (CardState.WITHDRAWN, CardState.RETRACTED)
            assert _shown(mayor) == {DOCTOR, SPOUSE, MAYOR}, "what was seen stays seen"


async def test_a_separation_takes_what_waits_and_leaves_what_was_shown(database_url: str, tmp_path: Path) -> None:
    """The spouse's card still waits when their seat is removed: no release shows it, and the register says why."""
    async with running_service(database_url, tmp_path, with_worker=False) as service:
        people = await cast(service)
        await people.settle()
        async with people.doctor.online() as doctor, people.spouse.online() as spouse, people.mayor.online() as mayor:
            await admit(doctor, spouse, people.project)
            await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
            await mayor.reads("Bonjour")
            await spouse.reads("Bonjour")
            waited = await consent(spouse, SPOUSES_CARD, "name", "email")
            await doctor.client.mailboxes[0].remove(spouse.client.mailboxes[0].seat)
            await spouse.until(SeatEnded)
            await consent(mayor, MAYORS_CARD)
            mine = await consent(doctor, DOCTORS_CARD)
            for reader in (doctor, mayor):
                await reader.until(CardsReleased)
                assert _shown(reader) == {DOCTOR, MAYOR}
            states = {card.card: card.state for card in await doctor.thread.own_cards()}
            assert states == {waited: CardState.WITHDRAWN, mine: CardState.RELEASED}
            thread = ThreadId(doctor.thread.id)
        async with service.service.store.reading() as tx:
            assert await check_register(tx, thread)
            proof = await consent_proof(tx, thread, CardId(waited))
    proven = verify_consent_proof(proof, text=CONSENT_TEXT)
    assert (proven.withdrawn_at, proven.removed, proven.seat.role) == (None, True, "co_holder")

"""A consent is the person's, not the device's: withdrawn on another one, proven without the service, never replayed."""

from pathlib import Path

import pytest

from messaging.app import system_clock
from messaging.domain.consent import CardState
from messaging.domain.ids import CardId, ThreadId
from messaging.e2ee.consent_proof import verify_consent_proof
from messaging.e2ee.errors import BadConsent
from messaging.services.proofs import check_register, consent_proof, consent_proofs
from messaging.wire.commands import ConsentGive
from messaging.wire.events import Ok
from pli_client import Card, CardsReleased
from pli_client import consent as making
from pli_client.errors import ConsentElsewhere, ProblemError
from tests.journeys.people import CONSENT_TEXT, DOCTORS_CARD, MAYORS_CARD, Online, Person, admit, cast, consent
from tests.support.server import RunningService, running_service

pytestmark = pytest.mark.slow


async def test_another_device_of_the_person_withdraws_and_a_colleague_cannot(database_url: str, tmp_path: Path) -> None:
    async with running_service(database_url, tmp_path) as service:
        people = await cast(service)
        await people.settle()
        async with people.doctor.online() as doctor, people.spouse.online() as spouse, people.mayor.online() as mayor:
            await admit(doctor, spouse, people.project)
            await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
            await mayor.reads("Bonjour")
            await spouse.reads("Bonjour")
            card = await consent(doctor, DOCTORS_CARD)
            with pytest.raises(ConsentElsewhere):
                await spouse.thread.withdraw(card)
            assert [each.statement for each in await spouse.thread.own_cards()] == [None]
            async with people.doctor.on_another_device().online() as tablet:
                await tablet.thread.withdraw(card)
            await consent(mayor, MAYORS_CARD)
            assert [each.state for each in await doctor.thread.own_cards()] == [CardState.WITHDRAWN]
            await mayor.thread.send("Toujours là ?")
            await doctor.reads("Toujours là ?")
            assert not doctor.heard(CardsReleased)


async def test_a_withdrawn_consent_is_not_given_again(database_url: str, tmp_path: Path) -> None:
    """Whoever kept the bytes of a consent, the person's own lost device say, cannot bring it back to life."""
    async with running_service(database_url, tmp_path) as service:
        people = await cast(service)
        await people.settle()
        async with people.doctor.online() as doctor, people.mayor.online() as mayor:
            await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
            await mayor.reads("Bonjour")
            card, replayed = _sealed(doctor, people.doctor)
            await _give(doctor, replayed)
            await doctor.thread.withdraw(card)
            for _ in range(2):
                with pytest.raises(ProblemError, match="conflict"):
                    await _give(doctor, replayed)
            await consent(mayor, MAYORS_CARD)
            with pytest.raises(ProblemError, match="conflict"):
                await _give(doctor, replayed)
            states = [[c.state for c in await who.thread.own_cards()] for who in (doctor, mayor)]
            assert states == [[CardState.WITHDRAWN], [CardState.WAITING]]
            assert await _register_holds(service, doctor.thread.id)


async def test_a_consent_is_proven_from_the_books_alone(database_url: str, tmp_path: Path) -> None:
    async with running_service(database_url, tmp_path) as service:
        people = await cast(service)
        await people.settle()
        async with people.doctor.online() as doctor, people.mayor.online() as mayor:
            await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
            await mayor.reads("Bonjour")
            first, second = await consent(doctor, DOCTORS_CARD), await consent(mayor, MAYORS_CARD, "name", "phone")
            await doctor.until(CardsReleased)
            await mayor.thread.withdraw(second)
            thread = ThreadId(doctor.thread.id)
            roots = [each.client.mailboxes[0].keys.roster.root for each in (doctor, mayor)]
        async with service.service.store.reading() as tx:
            proofs = await consent_proofs(tx, thread)
            assert set(proofs) == {first, second}
            theirs = await consent_proof(tx, thread, CardId(second))
    mine = verify_consent_proof(proofs[CardId(first)], root=roots[0], text=CONSENT_TEXT)
    assert (mine.consent.card, mine.consent.party, mine.withdrawn_at, mine.removed) == (first, 0, None, False)
    assert mine.seat.role == "holder"
    mayors = verify_consent_proof(theirs, root=roots[1], text=CONSENT_TEXT)
    assert mayors.consent.bits == 0b1001
    assert mayors.withdrawn_at is not None
    assert mayors.seat.role == "mayor"
    assert len(theirs.records) == 2, "the founder's record, and the one that admitted the mayor"
    assert theirs.state == CardState.RETRACTED
    with pytest.raises(BadConsent, match="another text"):
        verify_consent_proof(theirs, text="J’accepte tout.")


def _sealed(online: Online, person: Person) -> tuple[bytes, ConsentGive]:
    """A consent made by hand, so that a test has its bytes."""
    return making.give(
        online.thread.follower.log,
        Card(name="Camille").shown(["name"]),
        text=CONSENT_TEXT,
        channel="sdk",
        attestation=None,
        now=system_clock(),
        msg_id=person.entropy(16),
        entropy=person.entropy,
    )


async def _give(online: Online, command: ConsentGive) -> None:
    link = online.thread._runtime.link
    await link.request(command, Ok, timeout_s=10.0)


async def _register_holds(service: RunningService, thread: bytes) -> bool:
    async with service.service.store.reading() as tx:
        return await check_register(tx, ThreadId(thread))

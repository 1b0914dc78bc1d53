"""A village loses its only administrator and has no kit: the platform has it begin anew, and the doctor is told.

What people do and see, each with the SDK; the platform does what its back end would.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from messaging.app import system_clock
from messaging.domain.authorization import Actor
from messaging.domain.ids import MailboxId, ThreadId
from messaging.domain.vocabulary import MailboxKind, Role
from messaging.e2ee.consent_proof import verify_consent_proof
from messaging.e2ee.errors import BadRoster
from messaging.ports import MailboxClaim, Transaction
from messaging.services import mailboxes, proofs
from messaging.wire.platform import DepartureReport, ResetBegun, ResetProgress, ResetRequest, ResetToken, ResetTokens
from messaging.wire.rest import RosterView
from pli_client import CardsReleased, NotRendered, RosterAlarm, SeatEnded, SideReset, Thread
from pli_client.errors import ClientError, PeerBeginsAnew, ResetAwaited, ResetUnaccepted
from tests.journeys.people import (
    DOCTORS_CARD,
    MAYORS_CARD,
    Cast,
    Online,
    Person,
    admit,
    cast,
    consent,
    found_and_admit,
    trust_of,
)
from tests.support.server import RunningService, running_service
from tests.support.world import Box, Someone

pytestmark = pytest.mark.slow


@dataclass
class Village:
    """The village with its people, the doctor's conversation with it, and the platform's back end."""

    service: RunningService
    people: Cast
    later: list[int]
    """By how many ms the clock of service and platform is put forward."""

    async def begin_anew(self) -> ResetBegun:
        """Its only administrator is gone; the platform resets it, and gives out tokens of a later second."""
        left = DepartureReport("mairie", self.people.secretary.subject)
        await self.service.platform("POST", "/v1/platform/departures", left)
        answer = await self.service.platform("POST", "/v1/platform/resets", ResetRequest("mairie"))
        self.later[0] += 2_000
        return msgspec.json.decode(answer, type=ResetBegun)

    async def vouch(self, begun: ResetBegun) -> None:
        """Signs for every conversation, and hands it over."""
        words = [
            ResetToken(
                each.thread, self.service.idp.reset_word(each.claims.thread, each.claims.party, each.claims.record)
            )
            for each in begun.threads
        ]
        path = f"/v1/platform/resets/{begun.reset.hex()}/tokens"
        answer = await self.service.platform("POST", path, ResetTokens(words))
        assert msgspec.json.decode(answer, type=ResetProgress).refused == []

    async def newcomer(self, subject: str, role: Role, *, admin: bool) -> Person:
        claims = [MailboxClaim("mairie", MailboxKind.TERRITORY, role, admin)]
        return Person(self.service, await trust_of(self.service), subject, claims)


@contextlib.asynccontextmanager
async def settled(url: str, folder: Path) -> AsyncIterator[Village]:
    later = [0]
    async with running_service(url, folder, clock=lambda: system_clock() + later[0]) as service:
        people = await cast(service)
        await people.settle()
        yield Village(service, people, later)


@pytest.fixture
async def village(database_url: str, tmp_path: Path) -> AsyncIterator[Village]:
    async with settled(database_url, tmp_path) as made:
        yield made


@pytest.fixture
async def small(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Village]:
    """The same on SQLite only, for what does not depend on the store."""
    async with settled(sqlite_url, tmp_path) as made:
        yield made


async def greeted(doctor: Online, mayor: Online, listing: bytes) -> Thread:
    """The doctor wrote, the mayor answered; the mayor's end."""
    await doctor.client.mailboxes[0].open(listing, "Bonjour")
    await mayor.reads("Bonjour")
    await mayor.thread.send("Bonjour Docteur")
    await doctor.reads("Bonjour Docteur")
    return mayor.thread


async def test_a_village_begins_anew_and_the_doctor_is_told(village: Village) -> None:
    people = village.people
    anne = await village.newcomer("anne", Role.MAYOR, admin=True)
    paul = await village.newcomer("paul", Role.DEPUTY, admin=False)
    async with people.doctor.online() as doctor:
        async with people.mayor.online() as mayor:
            theirs = await greeted(doctor, mayor, people.listing)
            await consent(mayor, MAYORS_CARD)
            begun = await village.begin_anew()
            assert (await mayor.until(SeatEnded)).mailbox == people.village
            with pytest.raises(ClientError):
                await theirs.send("Et pourtant")
            assert not mayor.client.threads
        assert not doctor.heard(SideReset), "nothing is told before the platform's word for this conversation"

        async with anne.online() as mayor, paul.online() as deputy:
            await found_and_admit(mayor, deputy, people.village)
            await mayor.thread.load()
            assert mayor.thread.awaits_reset
            with pytest.raises(ResetAwaited):
                await mayor.thread.send("Bonjour, nous sommes la nouvelle équipe")

            await village.vouch(begun)
            assert not (await doctor.until(SideReset)).own
            assert doctor.thread.peer_began_anew
            with pytest.raises(PeerBeginsAnew):
                await doctor.thread.send("Il y a quelqu’un ?")
            await mayor.thread.renew_keys()
            await doctor.thread.send("Qui êtes-vous ?")
            for new in (mayor, deputy):
                await new.reads("Qui êtes-vous ?")
                assert [message.text for message in new.thread.messages] == ["Qui êtes-vous ?"]
                closed = [item.seq for item in new.thread.items if isinstance(item, NotRendered)]
                assert closed == [2, 3], "what was said before stays closed"
                assert new.thread.stopped is None
            await deputy.thread.send("La nouvelle équipe")
            await doctor.reads("La nouvelle équipe")
            assert [m.text for m in doctor.thread.messages] == [
                *("Bonjour", "Bonjour Docteur", "Qui êtes-vous ?", "La nouvelle équipe")
            ]
            await show_cards(doctor, mayor)
    await old_consent_is_proven(village.service, theirs.id)


async def show_cards(doctor: Online, mayor: Online) -> None:
    """The old mayor's consent counts for nothing: the new one's is needed."""
    await consent(doctor, DOCTORS_CARD)
    assert [card.state for card in await doctor.thread.own_cards()] == ["waiting"]
    assert doctor.thread.peer_began_anew
    await consent(mayor, MAYORS_CARD)
    for online in (doctor, mayor):
        assert len((await online.until(CardsReleased)).cards) == 2
    assert not doctor.thread.peer_began_anew


async def old_consent_is_proven(service: RunningService, thread: bytes) -> None:
    """That of before the reset too, by the roster that it ended."""
    found = await service.service.pipeline.read(lambda tx: proofs.consent_proofs(tx, ThreadId(thread)))
    roots = {verify_consent_proof(proof).root for proof in found.values()}
    states = sorted(proof.state for proof in found.values())
    assert states == ["released", "released", "withdrawn"]
    assert len(roots) == 3, "the project's, the village's, and the village's begun anew"


async def test_the_new_people_may_write_first(small: Village) -> None:
    """The first message takes the conversation up; nobody need have been online when the platform vouched."""
    people = small.people
    async with people.doctor.online() as doctor:
        async with people.mayor.online() as mayor:
            await greeted(doctor, mayor, people.listing)
        begun = await small.begin_anew()
        anne = await small.newcomer("anne", Role.MAYOR, admin=True)
        async with anne.online() as mayor:
            await mayor.client.found(people.village)
        await small.vouch(begun)
        async with anne.online() as mayor:
            await mayor.thread.load()
            assert not mayor.thread.awaits_reset
            await mayor.thread.send("Nous reprenons la mairie")
            await doctor.reads("Nous reprenons la mairie")
            await doctor.thread.send("Enchanté")
            await mayor.reads("Enchanté")


async def test_who_sat_there_before_follows_only_by_their_own_act(small: Village) -> None:
    people = small.people
    async with people.doctor.online() as doctor, people.mayor.online() as mayor:
        await greeted(doctor, mayor, people.listing)
    phone = people.mayor.on_another_device()
    begun = await small.begin_anew()
    anne = await small.newcomer("anne", Role.MAYOR, admin=True)
    async with anne.online() as founder:
        await founder.client.found(people.village)
        async with people.mayor.online() as mayor:
            with pytest.raises(ResetUnaccepted):
                await mayor.client.ask_seat(people.village)
            await mayor.client.accept_reset(people.village)
            await mayor.client.accept_reset(people.village)
            await admit(founder, mayor, people.village)
            await small.vouch(begun)
            await mayor.thread.load()
            await mayor.thread.send("C’est encore moi, dans la nouvelle équipe")
            await founder.reads("C’est encore moi, dans la nouvelle équipe")
    async with phone.online() as mayor:
        assert mayor.client.mailbox(people.village).seat, "the acceptance is in the vault: other devices have it"


async def test_who_founded_it_once_founds_it_again_knowingly(small: Village) -> None:
    people = small.people
    async with people.doctor.online() as doctor, people.secretary.online() as secretary:
        await greeted(doctor, secretary, people.listing)
    begun = await small.begin_anew()
    async with people.doctor.online() as doctor, people.secretary.online() as secretary:
        with pytest.raises(ResetUnaccepted):
            await secretary.client.found(people.village)
        await secretary.client.found(people.village, after_reset=True)
        await small.vouch(begun)
        await doctor.until(SideReset)
        await secretary.thread.load()
        await secretary.thread.renew_keys()
        await doctor.thread.send("Rebonjour")
        await secretary.reads("Rebonjour")


@pytest.mark.hostile
async def test_a_service_that_shows_another_beginning_by_itself_is_refused(
    small: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It founds the village anew under keys of its own, and shows that to who sits there: nobody follows."""
    people = small.people
    async with people.doctor.online() as doctor, people.mayor.online() as mayor:
        await greeted(doctor, mayor, people.listing)
        forged = forged_roster(small)
        real = mailboxes.read_roster

        async def lying(tx: Transaction, actor: Actor, mailbox: MailboxId) -> RosterView:
            view = await real(tx, actor, mailbox)
            return msgspec.structs.replace(view, records=forged, anew=True) if mailbox == people.village else view

        monkeypatch.setattr(mailboxes, "read_roster", lying)
        with pytest.raises(ResetUnaccepted):
            await mayor.client.mailbox(people.village).reread()
        await mayor.client.seats_read(0.0)
        with contextlib.suppress(BadRoster):
            await mayor.client.seated(people.village)
        assert isinstance((await mayor.until(RosterAlarm)).reason, ResetUnaccepted)
        monkeypatch.undo()
        await mayor.thread.send("Toujours là")
        await doctor.reads("Toujours là")


def forged_roster(village: Village) -> list[bytes]:
    """A roster of the village's id that somebody else began."""
    box = Box("mairie", MailboxKind.TERRITORY, village.people.village, village.people.listing)
    return [box.create_record(Someone("a ghost"), Role.MAYOR).signed]

"""The main job on the real service: a first contact, answers from two seats, both consent, the identities appear."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from messaging.domain.vocabulary import Role
from messaging.e2ee.errors import BadStamp
from messaging.e2ee.suite import SigningKey
from pli_client import Card, CardsReleased, Client, Mailbox, MemoryStorage, Message, PeerRead, SeatAsked, Trust
from pli_client.desk import Desk
from pli_client.errors import BadCard, ConsentElsewhere, NotSeated, Stopped, WordsDiffer, WrongService
from pli_client.views import CardsChanged, DeskChanged
from tests.sdk.people import Person, Place, first, place
from tests.support.server import running_service

pytestmark = pytest.mark.slow

TEXT = "J’accepte que ma carte soit montrée à cette commune."
DOCTOR = Card(name="Maïwenn Le Dantec", phone="+33 6 39 98 00 01")
MAYOR = Card(name="Yves Kerhervé", role="Maire")


@dataclass
class Pair:
    """A mayor who founded the town hall and a doctor with a project, both connected."""

    place: Place
    mayor: Client
    doctor: Client

    @property
    def town(self) -> Mailbox:
        return self.mayor.mailbox(self.place.town)

    @property
    def project(self) -> Mailbox:
        return self.doctor.mailbox(self.place.project)


@dataclass
class Cast(Pair):
    """The same, and a secretary whom the mayor admitted."""

    secretary: Client


@contextlib.asynccontextmanager
async def paired(place: Place) -> AsyncIterator[Pair]:
    async with place.mayor().client() as mayor, place.doctor().client() as doctor:
        await asyncio.gather(mayor.found(place.town), doctor.found(place.project))
        yield Pair(place, mayor, doctor)


@contextlib.asynccontextmanager
async def gathered(place: Place) -> AsyncIterator[Cast]:
    async with paired(place) as pair, place.secretary().client() as secretary:
        asked = await secretary.ask_seat(place.town)
        request = await first(pair.mayor, SeatAsked)
        await pair.town.admit(request.seat, asked.words)
        await asked.admitted(timeout_s=10)
        yield Cast(place, pair.mayor, pair.doctor, secretary)


@pytest.fixture
async def pair(here: Place) -> AsyncIterator[Pair]:
    async with paired(here) as everybody:
        yield everybody


@pytest.fixture
async def cast(here: Place) -> AsyncIterator[Cast]:
    async with gathered(here) as everybody:
        yield everybody


async def test_from_first_contact_to_both_identities(database_url: str, tmp_path: Path) -> None:
    """The whole story, on each store."""
    async with running_service(database_url, tmp_path) as service, gathered(await place(service)) as cast:
        thread = await cast.project.open(cast.place.listing, "Bonjour, je cherche une commune.")
        heard = await first(cast.secretary, Message)
        assert (heard.text, heard.own, heard.thread) == ("Bonjour, je cherche une commune.", False, thread.id)

        await cast.secretary.thread(thread.id).send("Bonjour Docteur, le cabinet est libre.")
        answer = await first(cast.doctor, Message)
        assert (answer.text, answer.author) == ("Bonjour Docteur, le cabinet est libre.", None)
        colleague = await first(cast.mayor, Message, lambda m: m.own)
        assert colleague.author is not None
        assert cast.town.colleagues[colleague.author.seat].role == Role.AGENT

        vouched = service.idp.attestation(cast.project.identity_key, {"profession": "médecin"})
        await thread.consent(DOCTOR, fields={"name", "phone"}, text=TEXT, attestation=vouched)
        assert thread.cards == ()
        await cast.mayor.thread(thread.id).consent(MAYOR, fields={"name"}, text=TEXT)
        for me in (cast.doctor, cast.secretary, cast.mayor):
            released = await first(me, CardsReleased)
            doctor, mayor = released.cards
            assert doctor.fields == {"name": DOCTOR.name, "phone": DOCTOR.phone}
            assert doctor.attested is not None
            assert doctor.attested["profession"] == "médecin"
            assert (mayor.fields, mayor.attested) == ({"name": MAYOR.name}, None)
            assert me.thread(released.thread).cards == released.cards


async def test_a_peer_that_is_offline_reads_it_when_it_comes(here: Place) -> None:
    mayor, device = here.mayor(), MemoryStorage()
    async with mayor.client(device) as me:
        await me.found(here.town)
    async with here.doctor().client() as doctor:
        thread = await (await doctor.found(here.project)).open(here.listing, "Bonjour ?")
        async with mayor.client(device) as me:
            assert (await first(me, Message)).text == "Bonjour ?"
            await me.thread(thread.id).send("Bonjour !")
        assert (await first(doctor, Message)).text == "Bonjour !"


async def test_many_at_once_keep_the_order_of_their_calls(pair: Pair) -> None:
    thread = await pair.project.open(pair.place.listing, "0")
    sent = await asyncio.gather(*(thread.send(str(n)) for n in range(1, 41)))
    assert [message.text for message in sent] == [str(n) for n in range(1, 41)]
    assert [message.seq for message in sent] == list(range(3, 43))
    for n in range(41):
        assert (await first(pair.mayor, Message)).text == str(n)


async def test_what_this_client_sent_is_no_event_of_its_own(pair: Pair) -> None:
    thread = await pair.project.open(pair.place.listing, "Bonjour")
    await thread.send("Encore moi")
    await first(pair.mayor, Message, lambda m: m.text == "Encore moi")
    await pair.mayor.thread(thread.id).send("Oui ?")
    assert (await first(pair.doctor, Message)).text == "Oui ?"
    assert [message.text for message in thread.messages] == ["Bonjour", "Encore moi", "Oui ?"]


async def test_reading_is_told_to_the_peer_at_once_after_reveal(pair: Pair) -> None:
    thread = await pair.project.open(pair.place.listing, "Bonjour")
    await first(pair.mayor, Message)
    here = pair.mayor.thread(thread.id)
    await thread.consent(DOCTOR, fields={"name"}, text=TEXT)
    await here.consent(MAYOR, fields={"name"}, text=TEXT)
    await first(pair.mayor, CardsReleased)
    await here.read()
    assert (await first(pair.doctor, PeerRead)).seq == 3


async def test_a_consent_alone_shows_nothing_and_can_be_withdrawn(pair: Pair) -> None:
    thread = await pair.project.open(pair.place.listing, "Bonjour")
    await first(pair.mayor, Message)
    card = await thread.consent(DOCTOR, fields={"name"}, text=TEXT)
    assert [(each.card, each.state) for each in await thread.own_cards()] == [(card, "waiting")]
    await thread.withdraw(card)
    assert [each.state for each in await thread.own_cards()] == ["withdrawn"]
    await pair.mayor.thread(thread.id).consent(MAYOR, fields={"name"}, text=TEXT)
    assert await pair.mayor.thread(thread.id).own_cards()
    await thread.send("Finalement, restons-en là.")
    await first(pair.mayor, Message, lambda m: m.text is not None and m.text.startswith("Finalement"))
    assert pair.mayor.thread(thread.id).cards == ()


async def test_colleagues_hear_of_a_card_of_their_side(cast: Cast) -> None:
    thread = await cast.project.open(cast.place.listing, "Bonjour")
    await first(cast.mayor, Message)
    await first(cast.secretary, Message)
    await cast.mayor.thread(thread.id).consent(MAYOR, fields={"name"}, text=TEXT)
    assert (await first(cast.secretary, CardsChanged)).thread == thread.id
    (card,) = await cast.secretary.thread(thread.id).own_cards()
    assert (card.seat, card.state) == (cast.town.seat, "waiting")
    with pytest.raises(ConsentElsewhere):
        await cast.secretary.thread(thread.id).withdraw(card.card)


async def test_a_card_without_the_field_is_refused_before_anything_leaves(pair: Pair) -> None:
    thread = await pair.project.open(pair.place.listing, "Bonjour")
    with pytest.raises(BadCard):
        await thread.consent(DOCTOR, fields={"email"}, text=TEXT)
    assert await thread.own_cards() == []


async def test_the_desk_is_shared_with_colleagues_and_with_nobody_else(cast: Cast) -> None:
    thread = await cast.project.open(cast.place.listing, "Bonjour")
    await cast.town.desk.draft(thread.id, "Bonjour Docteur, je vous")
    await cast.town.desk.note(thread.id, "À voir avec le conseil")
    await cast.town.desk.assign(thread.id, cast.town.seat)
    seen = [await first(cast.secretary, DeskChanged) for _ in range(3)]
    assert [event.seq for event in seen] == [1, 2, 3]
    shared: Desk = cast.secretary.mailbox(cast.place.town).desk
    assert shared.drafts == {thread.id: "Bonjour Docteur, je vous"}
    assert shared.notes[thread.id] == ["À voir avec le conseil"]
    assert shared.assigned == {thread.id: cast.town.seat}
    assert cast.project.desk.seq == 0


async def test_a_desk_is_there_after_a_restart_without_events(here: Place) -> None:
    mayor, device = here.mayor(), MemoryStorage()
    thread = b"\x01" * 16
    async with mayor.client(device) as me:
        await (await me.found(here.town)).desk.note(thread, "Rappeler lundi")
    async with mayor.client(device) as me:
        desk = me.mailbox(here.town).desk
        assert desk.notes[thread] == ["Rappeler lundi"]
        await desk.note(thread, "Rappelé")
        assert (await first(me, DeskChanged)).seq == 2


async def test_other_words_admit_nobody(here: Place) -> None:
    async with here.mayor().client() as mayor, here.secretary().client() as secretary:
        town = await mayor.found(here.town)
        await secretary.ask_seat(here.town)
        (request,) = await town.pending()
        with pytest.raises(WordsDiffer):
            await town.admit(request.seat, ["abaisser"] * 6)
        assert await secretary.seated(here.town) is None
        assert len(town.colleagues) == 1


async def test_a_mailbox_that_the_platform_does_not_name_is_not_ours(here: Place) -> None:
    async with here.doctor().client() as doctor:
        with pytest.raises(NotSeated):
            await doctor.found(here.town)
        with pytest.raises(NotSeated):
            await doctor.ask_seat(here.town)


async def test_a_service_that_is_not_the_configured_one_is_refused(here: Place) -> None:
    doctor: Person = here.doctor()
    stranger = doctor.client(trust=Trust(b"\x09" * 16, here.trust.stamp_key))
    with pytest.raises(WrongService):
        async with stranger:
            pass


async def test_with_another_stamp_key_nothing_is_shown(here: Place) -> None:
    async with here.mayor().client() as mayor:
        await mayor.found(here.town)
    other = Trust(here.trust.service_id, SigningKey(b"\x01" * 32).public)
    async with here.doctor().client(trust=other) as doctor:
        project = await doctor.found(here.project)
        with pytest.raises(Stopped):
            await project.open(here.listing, "Bonjour")
        (thread,) = doctor.threads
        assert thread.messages == ()
        assert isinstance(thread.stopped, BadStamp)

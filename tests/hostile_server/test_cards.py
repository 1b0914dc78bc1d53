"""Cards and consents: a server that releases one side's only, mixes shares, or releases what was withdrawn."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import pytest

from messaging.demo.idp import ATTESTATION_TYPE, thumbprint
from messaging.domain.vocabulary import EventKind
from messaging.e2ee.consent import parse_consent
from messaging.e2ee.errors import BadAttestation, BadCard, BadConsent, E2EEError, Repeated, WrongHeader
from messaging.e2ee.release import ReleasedCard, make_released, parse_released
from messaging.wire.commands import ConsentGive
from messaging.wire.events import LogEntry
from pli_client import Card, CardsReleased, Client, NotRendered, Thread
from tests.hostile_server.book import Retelling, Retold, event, made
from tests.hostile_server.ground import Ground, first, hears

pytestmark = [pytest.mark.hostile, pytest.mark.slow]

TEXT = "J’accepte que ma carte soit montrée."
DOCTOR = Card(name="Maïwenn Le Dantec", phone="+33 6 39 98 00 01")
MAYOR = Card(name="Yves Kerhervé", role="Maire")

Change = Callable[[list[ReleasedCard]], list[ReleasedCard]]
"""From the doctor's and the mayor's card to those that are released."""


@dataclass
class Both:
    """Both sides in their conversation, each behind a door that shows the same log."""

    mayor: Client
    doctor: Client
    given: list[ConsentGive]
    """What the service was handed, in order."""
    ground: Ground

    @property
    def threads(self) -> tuple[Thread, Thread]:
        """The doctor's and the mayor's."""
        return self.doctor.thread(self.ground.thread), self.mayor.thread(self.ground.thread)

    async def consent(self) -> None:
        await self.doctor.thread(self.ground.thread).consent(DOCTOR, fields={"name", "phone"}, text=TEXT)
        await self.mayor.thread(self.ground.thread).consent(MAYOR, fields={"name"}, text=TEXT)

    def cards(self) -> list[list[tuple[bool, str]]]:
        """What each side sees: whether it is its own, and the name on it."""
        return [sorted((card.own, card.fields["name"]) for card in thread.cards) for thread in self.threads]

    async def go_on(self) -> None:
        """The conversation goes on as if nothing had been."""
        await self.doctor.thread(self.ground.thread).send("Nous continuons")
        await hears(self.mayor, "Nous continuons")


def card_of(given: ConsentGive, party: int) -> ReleasedCard:
    """What the service holds of a consent."""
    return ReleasedCard(party, parse_consent(given.statement).card, given.payload, given.s_server)


def _kept(given: list[ConsentGive], command: ConsentGive) -> ConsentGive:
    given.append(command)
    return command


@contextlib.asynccontextmanager
async def both(ground: Ground, retelling: Retelling) -> AsyncIterator[Both]:
    doors, given = (ground.door(), ground.door()), list[ConsentGive]()
    for door in doors:
        door.hear(ConsentGive, partial(_kept, given))
        Retold(door, ground.book, retelling)
    async with ground.mayor.client(doors[0]) as mayor, ground.doctor.client(doors[1]) as doctor:
        together = Both(mayor, doctor, given, ground)
        for thread in together.threads:
            await thread.load()
        yield together


def released(ground: Ground, change: Change) -> Retelling:
    """Shows other cards in the place of those that were released."""

    def retold(log: list[LogEntry]) -> list[LogEntry]:
        told = list[LogEntry]()
        for each in log:
            if each.kind == EventKind.RELEASED:
                cards = sorted(change(list(parse_released(each.payload))), key=lambda item: (item.party, item.card))
                each = event(each, payload=make_released(cards))
            told.append(each)
        return ground.book.stamped(told)

    return retold


async def test_control_the_cards_that_were_given_appear(ground: Ground) -> None:
    async with both(ground, released(ground, list)) as together:
        await together.consent()
        for me in (together.doctor, together.mayor):
            await first(me, CardsReleased)
        names = [(False, MAYOR.name), (True, DOCTOR.name)]
        assert together.cards() == [names, [(not own, name) for own, name in names[::-1]]]
        await together.go_on()


def only_the_doctors(cards: list[ReleasedCard]) -> list[ReleasedCard]:
    return cards[:1]


def only_the_mayors(cards: list[ReleasedCard]) -> list[ReleasedCard]:
    return cards[1:]


def shares_swapped(cards: list[ReleasedCard]) -> list[ReleasedCard]:
    return [cards[0]._replace(s_server=cards[1].s_server), cards[1]._replace(s_server=cards[0].s_server)]


def one_share_wrong(cards: list[ReleasedCard]) -> list[ReleasedCard]:
    return [cards[0], cards[1]._replace(s_server=bytes(32))]


def as_the_other_sides(cards: list[ReleasedCard]) -> list[ReleasedCard]:
    return [cards[0], cards[1]._replace(party=0)]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        pytest.param(only_the_doctors, BadCard, marks=pytest.mark.attack("releases one side's card only")),
        pytest.param(only_the_mayors, BadCard, id="the other side's only"),
        pytest.param(shares_swapped, BadCard, marks=pytest.mark.attack("swaps the shares of two cards")),
        pytest.param(one_share_wrong, BadCard, marks=pytest.mark.attack("keeps back the share of one card")),
        pytest.param(
            as_the_other_sides, WrongHeader, marks=pytest.mark.attack("releases a card in the other side's name")
        ),
    ],
)
async def test_a_release_that_is_no_exchange(ground: Ground, change: Change, error: type[E2EEError]) -> None:
    """Nobody sees a card, and both are told, first of all whose card was among what was shown."""
    async with both(ground, released(ground, change)) as together:
        await together.consent()
        for me in (together.doctor, together.mayor):
            refused = await first(me, NotRendered)
            assert type(refused.reason) is error
            assert not refused.stopped
        assert together.cards() == [[], []]
        assert not any(thread.revealed for thread in together.threads)
        await together.go_on()


@pytest.mark.attack("releases the card of another thread")
async def test_a_card_of_another_thread(ground: Ground) -> None:
    foreign = list[ReleasedCard]()
    async with both(ground, released(ground, lambda cards: [foreign[0], cards[1]])) as together:
        other = await together.doctor.mailbox(ground.project).open(ground.place.listing, "Autre sujet")
        await other.consent(DOCTOR, fields={"name"}, text=TEXT)
        foreign.append(card_of(together.given[0], 0))
        await together.consent()
        for me in (together.doctor, together.mayor):
            assert type((await first(me, NotRendered)).reason) is WrongHeader
        assert together.cards() == [[], []]
        await together.go_on()


@pytest.mark.attack("releases a card a second time")
async def test_a_release_said_again(ground: Ground) -> None:
    def twice(log: list[LogEntry]) -> list[LogEntry]:
        again = [event(each, at=log[-1].at) for each in log if each.kind == EventKind.RELEASED]
        return ground.book.stamped([*log, *again])

    async with both(ground, twice) as together:
        await together.consent()
        for me in (together.doctor, together.mayor):
            assert type((await first(me, NotRendered)).reason) is Repeated
        assert [len(cards) for cards in together.cards()] == [2, 2]


@pytest.mark.parametrize(
    "takes_back",
    [
        pytest.param(Thread.withdraw, marks=pytest.mark.attack("replays a consent after its withdrawal")),
        pytest.param(
            lambda thread, _: thread.block(),
            marks=pytest.mark.attack("releases the card of who blocked the other side"),
        ),
    ],
)
async def test_a_consent_that_was_withdrawn(
    ground: Ground, takes_back: Callable[[Thread, bytes], Awaitable[None]]
) -> None:
    """The service says that the card is destroyed, keeps it, and releases it: who withdrew it is told that it was
    shown, also of a conversation of which they hear nothing else. The other side cannot know.
    """
    kept = list[ReleasedCard]()

    def replayed(log: list[LogEntry]) -> list[LogEntry]:
        if len(kept) < 2:
            return ground.book.stamped(log)
        release = made(EventKind.RELEASED, 255, make_released(kept), log[3].at)
        return ground.book.stamped([*log[:4], release, *log[4:]])

    async with both(ground, replayed) as together:
        theirs, ours = together.threads
        card = await theirs.consent(DOCTOR, fields={"name"}, text=TEXT)
        await takes_back(theirs, card)
        await ours.consent(MAYOR, fields={"name"}, text=TEXT)
        assert [thread.cards for thread in together.threads] == [(), ()]
        kept.extend(card_of(given, party) for party, given in enumerate(together.given))
        async with ground.secretary.client() as secretary:
            await secretary.thread(ground.thread).send("De la part de la mairie")
        assert type((await first(together.doctor, NotRendered)).reason) is BadConsent
        await first(together.doctor, CardsReleased)
        assert together.cards()[0] == [(False, MAYOR.name)]


async def attested(ground: Ground, doctor: Client, kind: str) -> str:
    """Something that the platform signed, and that is no attestation for this identity."""
    idp, identity = ground.service.idp, doctor.mailbox(ground.project).identity_key
    if kind == "access":
        return ground.doctor.person.token()
    if kind == "audience":
        claims = {"cnf": {"jkt": thumbprint(identity)}, "profession": "médecin"}
        return idp._sign(claims, audience="another-service", lifetime_s=3_600, typ=ATTESTATION_TYPE)
    return idp.attestation(bytes(32), {"profession": "médecin"})


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("audience", marks=pytest.mark.attack("passes off an attestation for another audience")),
        pytest.param("access", marks=pytest.mark.attack("passes off an access token as an attestation")),
        pytest.param("identity", marks=pytest.mark.attack("passes off the attestation of another identity")),
    ],
)
async def test_what_the_platform_did_not_attest(ground: Ground, kind: str) -> None:
    """With a peer as its accomplice. The card does not appear, the other one does."""
    async with both(ground, ground.book.stamped) as together:
        theirs, ours = together.threads
        jwt = await attested(ground, together.doctor, kind)
        await theirs.consent(DOCTOR, fields={"name"}, text=TEXT, attestation=jwt)
        await ours.consent(MAYOR, fields={"name"}, text=TEXT)
        assert type((await first(together.mayor, NotRendered)).reason) is BadAttestation
        await first(together.mayor, CardsReleased)
        assert together.cards()[1] == [(True, MAYOR.name)]
        await together.go_on()

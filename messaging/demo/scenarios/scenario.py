"""What scenarios have in common: each has its own parties, checks every step, and ends with a search for its texts."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final

from messaging.demo import glass
from messaging.demo.actors import Actor, Online, wait_s
from messaging.demo.people import Party, Person
from messaging.demo.stage import Stage, StepFailed
from messaging.demo.transcript import Transcript
from messaging.demo.words import telling as words
from messaging.domain.vocabulary import CardField
from messaging.relations import facts
from pli_client import CardsReleased, SeatAsked

SHOWN: Final = (CardField.NAME, CardField.ROLE, CardField.PHONE)
"""The fields of their cards that people here consent to show, where a scenario says no other."""
Event = Mapping[str, object]

_EVENTS_EVERY_S: Final = 0.05


class Scenario(ABC):
    """One story, played once."""

    title: ClassVar[str]
    promise: ClassVar[str]
    """What it shows, in a sentence or two."""
    parties: ClassVar[tuple[Party, ...]]

    def __init__(self, stage: Stage, tell: Transcript) -> None:
        self.stage = stage
        self.tell = tell
        self._secrets: list[str] = []

    async def run(self) -> None:
        """Plays it to its end. Raises: StepFailed, and what the SDK raises."""
        self.tell.scenario(self.title, self.promise)
        await self.register()
        await self.play()
        self._nothing_readable()

    async def register(self) -> None:
        """The platform makes its parties known to the service."""
        for party in self.parties:
            await self.stage.register(party)

    @abstractmethod
    async def play(self) -> None:
        """All steps between the registering and the search."""

    def actor(self, party: Party, person: Person, *, device_name: str = "", url: str | None = None) -> Actor:
        """A person with their first device."""
        return Actor(self.stage, party, person, device_name=device_name, url=url)

    def hold(self, holds: bool, what: str, found: object = None) -> None:
        """Checks a promise, and tells that it held. `found`: what was found instead. Raises: StepFailed."""
        self.expect(holds, what, found)
        self.tell.checked(what)

    def expect(self, holds: bool, what: str, found: object = None) -> None:
        """Checks without a word. Raises: StepFailed."""
        if not holds:
            raise StepFailed(what if found is None else f"{what} ({found})")

    def secret(self, *texts: str) -> None:
        """What must be found nowhere in what the service wrote."""
        self._secrets += [text for text in texts if text not in self._secrets]

    async def found(self, founder: Online) -> None:
        """A person founds the mailbox in which the platform gives them a seat."""
        await founder.client.found(founder.wanted)
        self.secret(founder.actor.recovery_code)

    async def admit(self, admin: Online, newcomer: Online, *, as_admin: bool = False) -> tuple[str, ...]:
        """Seats a colleague; the twelve words that both compared."""
        asking = await newcomer.client.ask_seat(newcomer.wanted)
        asked = await admin.until(words.SEAT_REQUEST, SeatAsked, lambda event: event.words == asking.words)
        await admin.mailbox.admit(asked.seat, asked.words, admin=as_admin)
        await asking.admitted(timeout_s=wait_s)
        self.secret(newcomer.actor.recovery_code)
        return asking.words

    async def consent(self, online: Online, thread: bytes, fields: Sequence[CardField] = SHOWN) -> bytes:
        """A person agrees to show these fields of their card; the card's id."""
        card = await online.consent(thread, fields, words.CONSENT_TEXT)
        self.secret(*(online.actor.person.card[field] for field in fields))
        return card

    async def released(self, online: Online, *names: str) -> CardsReleased:
        """The event that shows exactly these people's cards, once it came. Raises: StepFailed."""
        return await online.until(
            words.CARDS, CardsReleased, lambda event: {card.fields.get("name") for card in event.cards} == set(names)
        )

    def cards(self, online: Online, event: CardsReleased) -> None:
        """Tells which cards of the other side a release shows to somebody."""
        for card in event.cards:
            if not card.own:
                self.tell.person(online.name, words.CARD.format(fields=", ".join(card.fields.values())))

    async def beside(self, thread: bytes, text: str) -> None:
        """Tells what the database holds of the newest message."""
        self.secret(text)
        self.tell.stored((await glass.log_of(self.stage.service.store, thread))[-1])
        self.hold(not glass.search(self.stage.folder, [text]), words.NOT_IN_ANY_FILE)

    async def relation(self, thread: bytes, count: int) -> list[Event]:
        """The first events of a conversation's relation, once so many were delivered. Raises: StepFailed."""
        subject = await glass.subject_of(self.stage.service.store, thread)
        return await self.delivered(lambda event: event["subject"] == subject, count)

    async def delivered(self, about: Callable[[Event], bool], count: int) -> list[Event]:
        """The first events that the platform got of these, once there are so many. Raises: StepFailed."""
        try:
            async with asyncio.timeout(wait_s):
                while len(found := [event for event in self.stage.events() if about(event)]) < count:  # noqa: ASYNC110
                    await asyncio.sleep(_EVENTS_EVERY_S)  # it is a file: nobody tells of its growth
        except TimeoutError:
            raise StepFailed(words.NEVER_CAME.format(what=words.EVENTS)) from None
        return found

    def _nothing_readable(self) -> None:
        self.tell.step(words.SEARCHING)
        control = glass.search(self.stage.folder, [facts.SOLICITED])
        self.hold(bool(control), words.CONTROL_IS_FOUND)
        found = glass.search(self.stage.folder, self._secrets)
        self.hold(not found, words.NOT_FOUND, found or None)
        files = sum(1 for path in self.stage.folder.rglob("*") if path.is_file())
        self.tell.database(words.SEARCHED.format(count=len(self._secrets), files=files))


def kind(event: Event) -> str:
    """What happened, without the prefix that all events of relations have."""
    return str(event["type"]).removeprefix("fr.pli.relation.")

"""The town hall writes first: to a project whose holder is offline, and who knows of it its presentation only."""

from typing import Final

from messaging.demo.actors import Online
from messaging.demo.cast.town_hall_first import BAKER, CAST, PROJECT, SECRETARY, VILLAGE
from messaging.demo.people import Person
from messaging.demo.scenarios.scenario import Scenario, kind
from messaging.demo.words import telling
from messaging.demo.words import town_hall_first as words
from messaging.domain.vocabulary import MailboxKind
from messaging.wire.types import Presentation

_EVENTS: Final = 5


class TownHallFirst(Scenario):
    title = words.TITLE
    promise = words.PROMISE
    parties = CAST

    async def play(self) -> None:
        her, secretarys = self.actor(PROJECT, BAKER), self.actor(VILLAGE, SECRETARY)
        self.tell.step(words.PUBLISHES)
        async with her.online() as baker:
            await self.found(baker)
        self.tell.person(telling.PLATFORM, _shown(PROJECT.presentation))
        async with secretarys.online() as secretary:
            thread = await self._secretary_writes(secretary)
            async with her.online() as baker:
                await self._baker_answers(baker, secretary, thread)
        await self._platform_learns(thread)

    async def _secretary_writes(self, secretary: Online) -> bytes:
        self.tell.step(words.WRITES)
        await self.found(secretary)
        thread = await secretary.mailbox.open(self.stage.targets[PROJECT.target_ref], words.FIRST)
        self.tell.person(secretary.name, words.ADDRESSEE.format(group=thread.peer.group, area=thread.peer.area))
        self.tell.says("", words.FIRST)
        self.hold(thread.peer == PROJECT.presentation, words.ONLY_THE_PRESENTATION, thread.peer)
        await self.beside(thread.id, words.FIRST)
        return thread.id

    async def _baker_answers(self, baker: Online, secretary: Online, thread_id: bytes) -> None:
        self.tell.step(words.ANSWERS)
        await baker.reads(words.FIRST)
        thread = baker.client.thread(thread_id)
        self.tell.person(baker.name, _shown(thread.peer))
        self.tell.says("", words.FIRST)
        self.hold(thread.peer == VILLAGE.presentation, words.ONLY_ITS_PRESENTATION, thread.peer)
        await thread.send(words.ANSWER)
        got = await secretary.reads(words.ANSWER)
        self.tell.says(secretary.name, got.text or "")
        named = _names(baker, SECRETARY, thread_id) | _names(secretary, BAKER, thread_id)
        self.hold(not named, words.NOBODY_NAMED, named)
        await self.beside(thread_id, words.ANSWER)

    async def _platform_learns(self, thread_id: bytes) -> None:
        self.tell.step(words.PLATFORM_LEARNS)
        events = await self.relation(thread_id, _EVENTS)
        for event in events:
            self.tell.event(event)
        data = events[0]["data"]
        origin = data.get("origin_side") if isinstance(data, dict) else None
        self.hold(origin == MailboxKind.TERRITORY, words.BY_THE_TERRITORY, origin)
        self.hold("engaged" in map(kind, events), words.ENGAGED)


def _shown(presentation: Presentation) -> str:
    return words.PRESENTATION.format(group=presentation.group, area=presentation.area, words=presentation.words)


def _names(reader: Online, other: Person, thread_id: bytes) -> set[str]:
    """What of the other's identity is in anything that somebody got."""
    thread = reader.client.thread(thread_id)
    got = repr((reader.happened, thread.state, thread.items))
    return {value for value in other.card.values() if value in got and value not in repr(thread.peer)}

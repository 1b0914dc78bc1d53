"""A couple with one project: each card is shown by the consent of its own person, and by nobody else's."""

from typing import Final

from messaging.demo.actors import Online
from messaging.demo.cast.couple import CAST, MAYOR, PROJECT, SPOUSE, VET, VILLAGE
from messaging.demo.glass import log_of
from messaging.demo.scenarios.scenario import Scenario
from messaging.demo.words import couple as words
from messaging.demo.words import telling
from messaging.domain.vocabulary import CardField
from pli_client import Message, SeatEnded

_SPOUSE_SHOWS: Final = (CardField.NAME, CardField.ROLE)


class Couple(Scenario):
    title = words.TITLE
    promise = words.PROMISE
    parties = CAST

    async def play(self) -> None:
        async with (
            self.actor(PROJECT, VET).online() as vet,
            self.actor(PROJECT, SPOUSE).online() as spouse,
            self.actor(VILLAGE, MAYOR).online() as mayor,
        ):
            await self.found(mayor)
            await self._couple_moves_in(vet, spouse)
            thread = await self._vet_writes(vet, spouse, mayor)
            await self._one_reveals(vet, spouse, mayor, thread)
            await self._the_other_reveals(vet, spouse, mayor, thread)
            await self._they_separate(vet, spouse, mayor, thread)

    async def _couple_moves_in(self, vet: Online, spouse: Online) -> None:
        self.tell.step(words.MOVES_IN)
        await self.found(vet)
        compared = await self.admit(vet, spouse)
        for online in (vet, spouse):
            self.tell.person(online.name, words.WORDS_COMPARED.format(words=" ".join(compared[:4])))
        self.hold(vet.mailbox.id == spouse.mailbox.id, words.BOTH_SEATED)

    async def _vet_writes(self, vet: Online, spouse: Online, mayor: Online) -> bytes:
        self.tell.step(words.WRITES)
        thread = (await vet.mailbox.open(self.stage.targets[VILLAGE.target_ref], words.FIRST)).id
        at_home, there = await spouse.reads(words.FIRST), await mayor.reads(words.FIRST)
        self.tell.says(spouse.name, at_home.text or "", words.BY_MY_SPOUSE)
        self.tell.says(mayor.name, there.text or "", words.FROM_THE_PROJECT)
        wrote = at_home.author.seat if at_home.author else None
        self.hold(wrote == vet.mailbox.seat and there.author is None, words.SPOUSE_IS_UNSEEN)
        await self.beside(thread, words.FIRST)
        return thread

    async def _one_reveals(self, vet: Online, spouse: Online, mayor: Online, thread: bytes) -> None:
        self.tell.step(words.ONE_REVEALS)
        self.secret(SPOUSE.name)
        await self.consent(vet, thread)
        await self.consent(mayor, thread)
        for online in (mayor, vet, spouse):
            self.cards(online, await self.released(online, vet.name, mayor.name))
        self.hold(_shown(mayor, thread) == {vet.name, mayor.name}, words.TWO_CARDS_ONLY, _shown(mayor, thread))
        self.hold(_shown(spouse, thread) == {vet.name, mayor.name}, words.SPOUSE_SEES_TOO, _shown(spouse, thread))

    async def _the_other_reveals(self, vet: Online, spouse: Online, mayor: Online, thread: bytes) -> None:
        self.tell.step(words.OTHER_REVEALS)
        await self.consent(spouse, thread, _SPOUSE_SHOWS)
        late = await self.released(mayor, spouse.name)
        self.cards(mayor, late)
        fields = [set(card.fields) for card in late.cards]
        self.hold(fields == [{field.value for field in _SPOUSE_SHOWS}], words.LATE_CARD_ALONE, fields)
        await self.released(vet, spouse.name)
        self.tell.stored((await log_of(self.stage.service.store, thread))[-1])

    async def _they_separate(self, vet: Online, spouse: Online, mayor: Online, thread: bytes) -> None:
        self.tell.step(words.SEPARATION)
        await vet.mailbox.remove(spouse.mailbox.seat)
        await spouse.until(words.SEAT_ENDED, SeatEnded)
        self.tell.person(spouse.name, words.SEAT_ENDED)
        await vet.client.thread(thread).send(words.AFTER)
        got = await mayor.reads(words.AFTER)
        self.tell.says(mayor.name, got.text or "", words.FROM_THE_PROJECT)
        self.tell.person(spouse.name, telling.NOTHING)
        read = [message.text for message in spouse.heard(Message)]
        self.hold(words.AFTER not in read and not spouse.client.threads, words.READS_NOTHING_NEW, read)
        everybody = {vet.name, spouse.name, mayor.name}
        self.hold(_shown(mayor, thread) == everybody, words.SEEN_STAYS_SEEN, _shown(mayor, thread))
        await self.beside(thread, words.AFTER)


def _shown(reader: Online, thread: bytes) -> set[str]:
    """Whose cards somebody sees in a conversation."""
    return {card.fields["name"] for card in reader.client.thread(thread).cards}

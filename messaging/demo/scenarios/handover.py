"""A handover after an election: the outgoing mayor is there, hands over, and reads nothing new."""

from messaging.demo.actors import Online
from messaging.demo.cast.handover import CAST, INCOMING, MANAGER, OUTGOING, PROJECT, VILLAGE
from messaging.demo.scenarios.scenario import Scenario
from messaging.demo.words import handover as words
from messaging.demo.words import telling
from pli_client import Message, SeatEnded, Thread
from pli_client.errors import ProblemError


class Handover(Scenario):
    title = words.TITLE
    promise = words.PROMISE
    parties = CAST

    async def play(self) -> None:
        async with self.actor(PROJECT, MANAGER).online() as manager, self.actor(VILLAGE, OUTGOING).online() as old:
            thread = await self._they_know_each_other(manager, old)
            kept = old.client.thread(thread)
            async with self.actor(VILLAGE, INCOMING).online() as new:
                await self._the_new_mayor_is_seated(old, new, thread)
                seen = len(manager.happened)
                await self._the_old_seat_ends(old, new)
                await self._life_goes_on(manager, old, new, kept, seen)
                await self._who_reads_is_told(manager, new, thread)

    async def _they_know_each_other(self, manager: Online, old: Online) -> bytes:
        self.tell.step(words.BEFORE)
        await self.found(old)
        await self.found(manager)
        thread = await manager.mailbox.open(self.stage.targets[VILLAGE.target_ref], words.FIRST)
        await old.reads(words.FIRST)
        await old.client.thread(thread.id).send(words.ANSWER)
        self.tell.says(manager.name, (await manager.reads(words.ANSWER)).text or "", words.THE_VILLAGE)
        await self.consent(manager, thread.id)
        await self.consent(old, thread.id)
        self.cards(manager, await self.released(manager, manager.name, old.name))
        await old.mailbox.desk.note(thread.id, words.NOTE)
        self.tell.says(old.name, words.NOTE, words.NOTE_LEFT)
        self.secret(words.FIRST, words.ANSWER, words.NOTE)
        return thread.id

    async def _the_new_mayor_is_seated(self, old: Online, new: Online, thread: bytes) -> None:
        self.tell.step(words.ELECTED)
        compared = await self.admit(old, new, as_admin=True)
        for online in (new, old):
            self.tell.person(online.name, words.WORDS_COMPARED.format(words=" ".join(compared[:4])))
        texts, notes = await new.texts(thread), new.mailbox.desk.notes[thread]
        for text in texts:
            self.tell.says(new.name if text == texts[0] else "", text, words.HISTORY)
        cards = {card.fields["name"] for card in new.client.thread(thread).cards}
        has_all = texts == [words.FIRST, words.ANSWER] and notes == [words.NOTE]
        self.hold(has_all and cards == {MANAGER.name, OUTGOING.name}, words.READS_ALL, (texts, notes, cards))

    async def _the_old_seat_ends(self, old: Online, new: Online) -> None:
        self.tell.step(words.HANDED_OVER)
        await new.mailbox.remove(old.mailbox.seat)
        await old.until(words.SEAT_ENDED, SeatEnded)
        self.tell.person(old.name, words.SEAT_ENDED)
        self.hold(list(new.mailbox.colleagues) == [new.mailbox.seat], words.ONE_SEAT)
        self.tell.database(words.KEPT_OF_REMOVAL)

    async def _life_goes_on(self, manager: Online, old: Online, new: Online, kept: Thread, seen: int) -> None:
        self.tell.step(words.GOES_ON)
        thread = manager.client.thread(kept.id)
        await thread.send(words.QUESTION)
        self.secret(words.QUESTION)
        self.tell.says(new.name, (await new.reads(words.QUESTION)).text or "", words.THE_PROJECT)
        await new.client.thread(kept.id).send(words.NEW_ANSWER)
        self.tell.says(manager.name, (await manager.reads(words.NEW_ANSWER)).text or "", words.THE_VILLAGE)
        await self.beside(kept.id, words.NEW_ANSWER)
        self.hold(thread.state.epoch > 0, words.KEYS_RENEWED.format(epoch=thread.state.epoch))
        heard = {type(event) for event in manager.happened[seen:]}
        self.hold(heard == {Message}, words.UNSEEN, heard)
        self.tell.person(old.name, telling.NOTHING)
        read = {message.text for message in old.heard(Message)} & {words.QUESTION, words.NEW_ANSWER}
        self.hold(not read and not old.client.threads, words.OLD_READS_NOTHING, read)
        self.hold(await _is_refused(kept), words.CANNOT_WRITE)

    async def _who_reads_is_told(self, manager: Online, new: Online, thread: bytes) -> None:
        self.tell.step(words.WHO_READS)
        await self.consent(new, thread)
        late = await self.released(manager, new.name)
        self.cards(manager, late)
        self.hold([card.keys_verified for card in late.cards] == [True], words.CARD_ALONE)
        names = [card.fields["name"] for card in manager.client.thread(thread).cards if not card.own]
        self.hold(names == [OUTGOING.name, INCOMING.name], words.OLD_CARD_STAYS, names)


async def _is_refused(kept: Thread) -> bool:
    """Whether a conversation that somebody's client still holds takes nothing from them."""
    try:
        await kept.send(words.NEW_ANSWER)
    except ProblemError as refusal:
        return refusal.code == "not_found"
    return False

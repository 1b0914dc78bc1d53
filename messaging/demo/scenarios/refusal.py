"""A refusal that looks like silence: one town hall never looks, the other refuses, and what comes back is the same."""

from typing import Final

from messaging.demo.actors import Online
from messaging.demo.cast.refusal import CAST, NURSE, PROJECT, REFUSING, REFUSING_MAYOR, SILENT, SILENT_MAYOR
from messaging.demo.line import Line, line_to, without_what_is_drawn
from messaging.demo.scenarios.scenario import Scenario, kind
from messaging.demo.words import refusal as words
from messaging.demo.words import telling
from messaging.domain.consent import CardState

_EVENTS: Final = 4


class Refusal(Scenario):
    title = words.TITLE
    promise = words.PROMISE
    parties = CAST

    async def play(self) -> None:
        async with self.actor(SILENT, SILENT_MAYOR).online() as silent_mayor:
            await self.found(silent_mayor)
        refusing = self.actor(REFUSING, REFUSING_MAYOR)
        async with refusing.online() as mayor:
            await self.found(mayor)
        async with line_to(self.stage.url) as line:
            nurses = self.actor(PROJECT, NURSE, url=line.url)
            async with nurses.online() as nurse:
                silent, refused = await self._nurse_writes(nurse)
                async with refusing.online() as mayor:
                    await self._mayor_refuses(mayor, refused)
                await self._nurse_writes_again(nurse, silent, refused)
            async with nurses.online() as nurse:
                await self._screens_are_the_same(nurse, silent, refused)
            self._line_carried_the_same(line, silent, refused)
        await self._platform_sees_no_difference(silent, refused)

    async def _nurse_writes(self, nurse: Online) -> tuple[bytes, bytes]:
        self.tell.step(words.WRITES)
        await self.found(nurse)
        self.secret(words.FIRST)
        opened = [
            await nurse.mailbox.open(self.stage.targets[party.target_ref], words.FIRST) for party in (SILENT, REFUSING)
        ]
        self.tell.says(nurse.name, words.FIRST)
        for thread in opened:
            await self.consent(nurse, thread.id)
        self.tell.person("", words.CONSENTS)
        self.tell.database(words.TWO_CARDS)
        silent, refused = opened
        return silent.id, refused.id

    async def _mayor_refuses(self, mayor: Online, thread_id: bytes) -> None:
        self.tell.step(words.REFUSES)
        self.tell.person(SILENT_MAYOR.name, telling.NOTHING)
        got = await mayor.reads(words.FIRST)
        self.tell.says(mayor.name, got.text or "", words.READS)
        thread = mayor.client.thread(thread_id)
        await thread.read(share=False)
        await thread.block()
        self.tell.person("", words.DECIDES)
        self.hold(thread.hidden, words.HIDDEN)
        self.tell.database(words.DECISION_IS_SEALED)

    async def _nurse_writes_again(self, nurse: Online, *threads: bytes) -> None:
        self.tell.step(words.WRITES_AGAIN)
        sent = [await nurse.client.thread(thread).send(words.AGAIN) for thread in threads]
        self.tell.says(nurse.name, words.AGAIN)
        self.hold(len({(message.seq, message.text) for message in sent}) == 1, words.BOTH_ARE_TAKEN)
        await self.beside(threads[-1], words.AGAIN)

    async def _screens_are_the_same(self, nurse: Online, silent: bytes, refused: bytes) -> None:
        self.tell.step(words.COMPARED)
        one, other = await _screen(nurse, silent), await _screen(nurse, refused)
        self.tell.beside(words.SILENT_ONE, words.REFUSING_ONE, list(zip(one, other, strict=False)))
        self.hold(one == other, words.SAME_SCREEN, (one, other))

    def _line_carried_the_same(self, line: Line, silent: bytes, refused: bytes) -> None:
        one, other = ([without_what_is_drawn(each) for each in line.about(thread)] for thread in (silent, refused))
        self.expect(len(one) > 0, words.SAME_BYTES.format(count=0))
        self.hold(one == other, words.SAME_BYTES.format(count=len(one)), (one, other))

    async def _platform_sees_no_difference(self, silent: bytes, refused: bytes) -> None:
        one, other = [await self.relation(thread, _EVENTS) for thread in (silent, refused)]
        self.hold(list(map(kind, one)) == list(map(kind, other)), words.SAME_EVENTS, (one, other))


async def _screen(nurse: Online, thread_id: bytes) -> list[str]:
    """What the holder's screen shows of a conversation, line by line."""
    texts = await nurse.texts(thread_id)
    thread = nurse.client.thread(thread_id)
    states = [card.state for card in await thread.own_cards()]
    shown = [", ".join(card.fields.values()) for card in thread.cards if not card.own]
    return [
        words.PEER.format(group=thread.peer.group, area=thread.peer.area),
        *(words.OWN.format(text=text) for text in texts),
        words.READ if thread.state.peer_read_seq else words.UNREAD,
        words.CARD_WAITS if states == [CardState.WAITING] else words.CARD_OTHER.format(state=", ".join(states)),
        words.CARDS.format(cards="; ".join(shown)) if shown else words.NO_CARD,
    ]

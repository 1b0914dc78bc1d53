"""A colleague who leaves in anger: removed, with connection, keys and tokens kept, and at last the database stolen."""

from collections.abc import Awaitable, Callable

from messaging.demo.actors import Actor, Online
from messaging.demo.cast.angry_leaver import CAST, DEPUTY, MAYOR, MIDWIFE, PROJECT, VILLAGE
from messaging.demo.glass import log_of, wraps_of
from messaging.demo.scenarios.scenario import Scenario
from messaging.demo.thief import Thief
from messaging.demo.words import angry_leaver as words
from messaging.demo.words import telling
from messaging.domain.vocabulary import EventKind
from pli_client import Desk, Message, SeatEnded, Thread
from pli_client.errors import ProblemError


class AngryLeaver(Scenario):
    title = words.TITLE
    promise = words.PROMISE
    parties = CAST

    async def play(self) -> None:
        deputys = self.actor(VILLAGE, DEPUTY)
        async with self.actor(PROJECT, MIDWIFE).online() as midwife, self.actor(VILLAGE, MAYOR).online() as mayor:
            await self.found(mayor)
            async with deputys.online() as deputy:
                thread = await self._they_read_together(midwife, mayor, deputy)
                kept, desk = deputy.client.thread(thread), deputy.mailbox.desk
                await self._the_seat_ends(mayor, deputy, kept, desk)
                await self._with_the_database(midwife, mayor, deputy, kept)
                await self._until_the_rotation(midwife, mayor, deputy, kept)
            await self._comes_back(deputys)

    async def _they_read_together(self, midwife: Online, mayor: Online, deputy: Online) -> bytes:
        self.tell.step(words.TOGETHER)
        await self.admit(mayor, deputy)
        await self.found(midwife)
        thread = await midwife.mailbox.open(self.stage.targets[VILLAGE.target_ref], words.FIRST)
        for online in (mayor, deputy):
            self.tell.says(online.name, (await online.reads(words.FIRST)).text or "", words.THE_PROJECT)
        await deputy.client.thread(thread.id).send(words.ANSWER)
        self.tell.says(deputy.name, words.ANSWER, words.WRITTEN_BY_THE_DEPUTY)
        await mayor.reads(words.ANSWER)
        await midwife.reads(words.ANSWER)
        self.secret(words.FIRST)
        await self.beside(thread.id, words.ANSWER)
        return thread.id

    async def _the_seat_ends(self, mayor: Online, deputy: Online, kept: Thread, desk: Desk) -> None:
        self.tell.step(words.REMOVED)
        await mayor.mailbox.remove(deputy.mailbox.seat)
        await deputy.until(words.SEAT_ENDED, SeatEnded)
        self.tell.person(deputy.name, words.SEAT_ENDED)
        self.tell.person("", words.TRIES)
        attempts: tuple[Callable[[], Awaitable[object]], ...] = (
            lambda: kept.send(words.WRITES),
            lambda: kept.follower.catch_up(pull=True),
            kept.own_cards,
            lambda: desk.note(kept.id, words.WRITES),
            kept.read,
        )
        refused = [await _refusal(attempt) for attempt in attempts]
        self.hold(set(refused) == {"not_found"}, words.ALL_REFUSED.format(count=len(attempts)), refused)

    async def _with_the_database(self, midwife: Online, mayor: Online, deputy: Online, kept: Thread) -> None:
        self.tell.step(words.STOLEN)
        await midwife.client.thread(kept.id).send(words.BEFORE_ROTATION)
        self.tell.says(mayor.name, (await mayor.reads(words.BEFORE_ROTATION)).text or "", words.THE_PROJECT)
        self.tell.person(deputy.name, telling.NOTHING)
        self.hold(words.BEFORE_ROTATION not in _read_by(deputy), words.NOTHING_CAME)
        await self.beside(kept.id, words.BEFORE_ROTATION)
        opened = await self._stolen(kept)
        self.tell.says(words.THIEF, opened[-1], words.OPENS)
        self.hold(opened[-1] == words.BEFORE_ROTATION, words.OLD_KEYS_OPEN, opened)

    async def _until_the_rotation(self, midwife: Online, mayor: Online, deputy: Online, kept: Thread) -> None:
        self.tell.step(words.ROTATED)
        thread = mayor.client.thread(kept.id)
        await thread.send(words.NEW_ANSWER)
        self.tell.says(midwife.name, (await midwife.reads(words.NEW_ANSWER)).text or "")
        rows = await log_of(self.stage.service.store, kept.id)
        self.tell.stored([row for row in rows if row.kind == EventKind.EPOCH][-1])
        self.tell.database(words.ROTATION.format(epoch=thread.state.epoch))
        await self.beside(kept.id, words.NEW_ANSWER)
        await midwife.client.thread(kept.id).send(words.AFTER_ROTATION)
        self.tell.says(mayor.name, (await mayor.reads(words.AFTER_ROTATION)).text or "", words.THE_PROJECT)
        await self.beside(kept.id, words.AFTER_ROTATION)
        everything = [words.FIRST, words.ANSWER, words.BEFORE_ROTATION, words.NEW_ANSWER, words.AFTER_ROTATION]
        for online in (mayor, midwife):
            texts = await online.texts(kept.id)
            self.expect(texts == everything, words.OTHERS_READ, texts)
        self.tell.checked(words.OTHERS_READ)
        self.tell.person(words.THIEF, telling.NOTHING)
        opened = await self._stolen(kept)
        secret_from_him = set(opened) & {words.NEW_ANSWER, words.AFTER_ROTATION} | _read_by(deputy) - set(
            everything[:2]
        )
        self.hold(opened == everything[:3] and not secret_from_him, words.OPENS_NOTHING_NEW, opened)

    async def _comes_back(self, deputys: Actor) -> None:
        async with deputys.online() as deputy:
            self.tell.person(deputy.name, words.COMES_BACK)
            found = (list(deputy.client.mailboxes), list(deputy.client.threads), deputy.heard(Message))
            self.hold(not any(found), words.FINDS_NOTHING, found)

    async def _stolen(self, kept: Thread) -> list[str]:
        """What opens for who has the deputy's keys and the whole database."""
        store = self.stage.service.store
        return Thief(kept).opens(await log_of(store, kept.id), await wraps_of(store, kept.id))


async def _refusal(attempt: Callable[[], Awaitable[object]]) -> str:
    """What the service answers."""
    try:
        await attempt()
    except ProblemError as refusal:
        return refusal.code
    return ""


def _read_by(online: Online) -> set[str]:
    return {message.text or "" for message in online.heard(Message)}

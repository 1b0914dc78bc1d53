"""Nobody is enrolled yet: the first message waits, sealed, on its sender's device, and goes out by itself."""

from typing import Final

from messaging.app import system_entropy
from messaging.demo import glass
from messaging.demo.actors import Actor, Online
from messaging.demo.cast.nobody_enrolled import CAST, PHYSIOTHERAPIST, PROJECT, SECRETARY, VILLAGE
from messaging.demo.scenarios.scenario import Scenario
from messaging.demo.words import nobody_enrolled as words
from messaging.relations import facts
from pli_client import FileStorage, FirstMessageSent, FirstMessageWaits
from pli_client.errors import FirstMessageKept

_DEVICE: Final = "devices/thomas"
_KEY_BYTES: Final = 32


class NobodyEnrolled(Scenario):
    title = words.TITLE
    promise = words.PROMISE
    parties = CAST

    async def play(self) -> None:
        folder = self.stage.folder / _DEVICE
        device = FileStorage(folder, system_entropy(_KEY_BYTES))
        his = Actor(self.stage, PROJECT, PHYSIOTHERAPIST, device=device)
        async with his.online() as physiotherapist:
            await self._he_writes(physiotherapist)
        await self._the_platform_hears()
        async with self.actor(VILLAGE, SECRETARY).online() as secretary:
            self.tell.step(words.ENROLS)
            await self.found(secretary)
            self.tell.person(secretary.name, words.SEATED)
            async with his.online() as physiotherapist:
                await self._the_message_leaves(physiotherapist, secretary)

    async def _he_writes(self, physiotherapist: Online) -> None:
        self.tell.step(words.WRITES)
        await self.found(physiotherapist)
        self.secret(words.FIRST)
        self.tell.says(physiotherapist.name, words.FIRST)
        try:
            await physiotherapist.mailbox.open(self.stage.targets[VILLAGE.target_ref], words.FIRST)
        except FirstMessageKept:
            await physiotherapist.until(words.WAITS, FirstMessageWaits)
        self.tell.person("", words.WAITS)
        waiting = [message.text for message in physiotherapist.mailbox.waiting]
        device = self.stage.folder / _DEVICE
        files = [path for path in device.iterdir() if path.is_file()]
        sealed = bool(files) and not glass.search(device, [words.FIRST])
        self.hold(waiting == [words.FIRST] and sealed, words.SEALED_AT_HOME.format(files=len(files)), waiting)
        self.tell.database(words.NOT_IN_THE_SERVICE)
        sent = physiotherapist.client.threads or glass.search(self.stage.folder, [words.FIRST])
        self.hold(not sent, words.NOTHING_SENT, sent)
        self.tell.note(words.CLOSES)

    async def _the_platform_hears(self) -> None:
        self.tell.step(words.WANTED)
        event, *_ = await self.delivered(lambda event: event["type"] == facts.TARGET_WANTED, 1)
        self.tell.event(event)
        reference = {"target_ref": self.stage.wanted_as[VILLAGE.target_ref]}
        self.hold(event["data"] == reference, words.THE_TARGET, event["data"])
        self.tell.note(words.NOT_BY_WHOM)

    async def _the_message_leaves(self, physiotherapist: Online, secretary: Online) -> None:
        self.tell.step(words.LEAVES)
        sent = await physiotherapist.until(words.SENT, FirstMessageSent)
        self.tell.person(physiotherapist.name, words.SENT)
        got = await secretary.reads(words.FIRST)
        self.tell.says(secretary.name, got.text or "")
        texts = await secretary.texts(got.thread)
        same = got.thread == sent.thread and got.msg_id == sent.message.id
        self.hold(same and texts == [words.FIRST], words.ARRIVED, texts)
        self.hold(not physiotherapist.mailbox.waiting, words.NOTHING_WAITS)
        await self.beside(sent.thread, words.FIRST)
        self.tell.step(words.ANSWERS)
        await secretary.client.thread(got.thread).send(words.ANSWER)
        self.tell.says(physiotherapist.name, (await physiotherapist.reads(words.ANSWER)).text or "")
        await self.beside(sent.thread, words.ANSWER)

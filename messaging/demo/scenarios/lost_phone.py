"""A lost phone: the code on the sheet opens a new device, which reads everything; the phone opens nothing any more."""

from messaging.demo.actors import Actor, Online
from messaging.demo.cast.lost_phone import CAST, DOCTOR, PROJECT, SECRETARY, VILLAGE
from messaging.demo.scenarios.scenario import Scenario
from messaging.demo.words import lost_phone as words
from pli_client.errors import RecoveryCodeNeeded, WrongRecoveryCode


class LostPhone(Scenario):
    title = words.TITLE
    promise = words.PROMISE
    parties = CAST

    async def play(self) -> None:
        phone = self.actor(PROJECT, DOCTOR, device_name=words.PHONE)
        async with self.actor(VILLAGE, SECRETARY).online() as secretary:
            await self.found(secretary)
            async with phone.online() as doctor:
                thread = await self._they_talk(doctor, secretary)
            sheet = phone.recovery_code
            await self._phone_is_lost(secretary, thread)
            laptop = await self._a_new_device_without_code(phone)
            async with laptop.typing(sheet).online() as doctor:
                await self._everything_is_there(doctor, thread)
                await self._phone_is_forgotten(doctor, phone, sheet)
                self.tell.step(words.GOES_ON)
                await doctor.client.thread(thread).send(words.THANKS)
                self.tell.says(secretary.name, (await secretary.reads(words.THANKS)).text or "")
                await self.beside(thread, words.THANKS)

    async def _they_talk(self, doctor: Online, secretary: Online) -> bytes:
        self.tell.step(words.TALKING)
        await self.found(doctor)
        thread = await doctor.mailbox.open(self.stage.targets[VILLAGE.target_ref], words.FIRST)
        self.tell.says(secretary.name, (await secretary.reads(words.FIRST)).text or "")
        await secretary.client.thread(thread.id).send(words.ANSWER)
        self.tell.says(doctor.name, (await doctor.reads(words.ANSWER)).text or "", words.THE_VILLAGE)
        await doctor.mailbox.desk.note(thread.id, words.NOTE)
        self.tell.says("", words.NOTE, words.OWN_NOTE)
        self.tell.person("", words.CODE_ON_PAPER)
        self.secret(words.FIRST, words.NOTE)
        await self.beside(thread.id, words.ANSWER)
        return thread.id

    async def _phone_is_lost(self, secretary: Online, thread: bytes) -> None:
        self.tell.step(words.LOST)
        await secretary.client.thread(thread).send(words.MEANWHILE)
        self.tell.says(secretary.name, words.MEANWHILE)
        self.tell.person(DOCTOR.name, words.NO_PHONE)
        await self.beside(thread, words.MEANWHILE)

    async def _a_new_device_without_code(self, phone: Actor) -> Actor:
        self.tell.step(words.ANOTHER)
        laptop = phone.on_a_new_device(words.LAPTOP)
        self.tell.person(laptop.name, words.CODE_IS_NEEDED)
        self.hold(await _is_refused(laptop, RecoveryCodeNeeded), words.NOTHING_WITHOUT)
        return laptop

    async def _everything_is_there(self, doctor: Online, thread: bytes) -> None:
        texts = await doctor.texts(thread)
        for text in texts:
            self.tell.says(doctor.name if text == texts[0] else "", text, words.READ_AGAIN)
        self.hold(texts == [words.FIRST, words.ANSWER, words.MEANWHILE], words.ALL_IS_THERE, texts)
        notes = doctor.mailbox.desk.notes[thread]
        self.hold(notes == [words.NOTE], words.NOTE_IS_THERE, notes)
        self.tell.database(words.KEPT_OF_DEVICES)

    async def _phone_is_forgotten(self, doctor: Online, phone: Actor, sheet: str) -> None:
        self.tell.step(words.FORGOTTEN)
        devices = await doctor.client.devices()
        self.tell.person(doctor.name, words.DEVICES.format(names=", ".join(sorted(each.name for each in devices))))
        (lost,) = [each.id for each in devices if each.name == words.PHONE]
        await doctor.client.forget_device(lost)
        self.tell.person("", words.NEW_CODE)
        self.secret(doctor.actor.recovery_code)
        self.tell.person(words.FINDER, words.CODE_IS_NEEDED)
        self.hold(await _is_refused(phone, RecoveryCodeNeeded), words.OLD_PHONE_IS_REFUSED)
        self.hold(await _is_refused(phone.typing(sheet), WrongRecoveryCode), words.OLD_CODE_IS_REFUSED)
        left = [each.is_this for each in await doctor.client.devices()]
        self.hold(left == [True], words.ONE_DEVICE, left)


async def _is_refused(actor: Actor, refusal: type[Exception]) -> bool:
    """Whether somebody who would enter on this device is refused in this way."""
    try:
        async with actor.online():
            return False
    except refusal:
        return True

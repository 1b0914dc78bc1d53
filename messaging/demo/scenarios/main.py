"""A doctor writes to a village whose town hall is offline, until both sides know who they are."""

import asyncio
from typing import Final

from messaging.demo.actors import Online
from messaging.demo.cast.main import CAST, DOCTOR, DOCTORS_PROJECT, MAYOR, SECRETARY, VILLAGE
from messaging.demo.glass import log_of
from messaging.demo.scenarios.scenario import Scenario, kind
from messaging.demo.stage import Stage
from messaging.demo.transcript import Transcript
from messaging.demo.words import main as words
from messaging.demo.words import telling
from messaging.domain.vocabulary import CardField, Role
from pli_client import CardsReleased, DeskChanged

_EVENTS: Final = (
    *("solicited", "message.accepted", "message.accepted", "engaged", "stage.changed"),
    *("message.accepted", "message.accepted", "consent.given", "consent.given", "identities.revealed"),
)
_QUIET_S: Final = 0.5
"""How long nothing comes to who is told nothing."""


class Main(Scenario):
    title = words.TITLE
    promise = words.PROMISE
    parties = CAST

    def __init__(self, stage: Stage, tell: Transcript) -> None:
        super().__init__(stage, tell)
        self._doctor = self.actor(DOCTORS_PROJECT, DOCTOR)
        self._secretary = self.actor(VILLAGE, SECRETARY)
        self._mayor = self.actor(VILLAGE, MAYOR)

    async def register(self) -> None:
        self.tell.step(words.REGISTERS)
        for party in self.parties:
            await self.stage.register(party)
            shown, dimensions = party.presentation, party.dimensions(self.stage.territories)
            self.tell.person(telling.PLATFORM, words.REGISTERED.format(group=shown.group, area=shown.area))
            self.tell.database(
                words.KEPT_OF_A_PARTY.format(departement=dimensions.departement, region=dimensions.region)
            )

    async def play(self) -> None:
        await self._town_hall_moves_in()
        async with self._doctor.online() as doctor:
            thread = await self._doctor_writes(doctor)
            async with self._secretary.online() as secretary, self._mayor.online() as mayor:
                await self._town_hall_reads(secretary, thread)
                await self._secretary_answers(doctor, secretary, thread)
                await self._mayor_answers(doctor, secretary, mayor, thread)
                await self._doctor_consents(doctor, secretary, mayor, thread)
                await self._mayor_consents(doctor, secretary, mayor, thread)
        await self._events_came_out(thread)

    async def _town_hall_moves_in(self) -> None:
        self.tell.step(words.MOVES_IN)
        async with self._secretary.online() as secretary, self._mayor.online() as mayor:
            await self.found(secretary)
            compared = await self.admit(secretary, mayor, as_admin=True)
            for online in (mayor, secretary):
                self.tell.person(online.name, " ".join(compared[:6]))
                self.tell.person("", " ".join(compared[6:]))
            self.tell.checked(words.SAME_WORDS)
            self.tell.database(words.KEPT_OF_SEATS)
        self.tell.note(words.CLOSES)

    async def _doctor_writes(self, doctor: Online) -> bytes:
        self.tell.step(words.WRITES)
        await self.found(doctor)
        thread = await doctor.mailbox.open(self.stage.targets[VILLAGE.target_ref], words.FIRST)
        self.tell.says(doctor.name, words.FIRST)
        self.tell.person("", words.PEER.format(group=thread.peer.group, area=thread.peer.area))
        await self.beside(thread.id, words.FIRST)
        return thread.id

    async def _town_hall_reads(self, secretary: Online, thread_id: bytes) -> None:
        self.tell.step(words.READS)
        message = await secretary.reads(words.FIRST)
        thread = secretary.client.thread(thread_id)
        self.tell.person(secretary.name, words.FROM.format(group=thread.peer.group, area=thread.peer.area))
        self.tell.says("", message.text or "")
        self.hold(not message.own and message.author is None, words.NOBODY_NAMED)
        await thread.read()

    async def _secretary_answers(self, doctor: Online, secretary: Online, thread_id: bytes) -> None:
        self.tell.step(words.ANSWERS)
        await secretary.client.thread(thread_id).send(words.ANSWER_OF_SECRETARY)
        await secretary.mailbox.desk.note(thread_id, words.NOTE)
        self.secret(words.NOTE)
        got = await doctor.reads(words.ANSWER_OF_SECRETARY)
        self.tell.says(secretary.name, words.NOTE, words.PRIVATE_NOTE)
        self.tell.says(doctor.name, got.text or "", words.THE_VILLAGE)
        self.hold(got.author is None, words.WHICH_SEAT_IS_HIDDEN)
        await self.beside(thread_id, words.ANSWER_OF_SECRETARY)

    async def _mayor_answers(self, doctor: Online, secretary: Online, mayor: Online, thread_id: bytes) -> None:
        self.tell.step(words.MAYOR_ANSWERS)
        await mayor.until(words.THE_NOTE, DeskChanged)
        self.hold(mayor.mailbox.desk.notes[thread_id] == [words.NOTE], words.NOTE_IS_WHOLE)
        self.hold(not doctor.heard(DeskChanged), words.NOTE_IS_PRIVATE)
        await mayor.reads(words.ANSWER_OF_SECRETARY)
        await mayor.client.thread(thread_id).send(words.ANSWER_OF_MAYOR)
        got, seen = await doctor.reads(words.ANSWER_OF_MAYOR), await secretary.reads(words.ANSWER_OF_MAYOR)
        wrote = seen.author.seat if seen.author else b""
        self.tell.says(doctor.name, got.text or "", words.THE_VILLAGE)
        self.hold(got.author is None, words.SEATS_LOOK_ALIKE)
        role = telling.ROLES[Role(secretary.mailbox.colleagues[wrote].role)]
        self.tell.says(secretary.name, seen.text or "", words.BY_A_COLLEAGUE.format(role=role))
        self.hold(wrote == mayor.mailbox.seat, words.COLLEAGUE_IS_KNOWN)
        await self.beside(thread_id, words.ANSWER_OF_MAYOR)

    async def _doctor_consents(self, doctor: Online, secretary: Online, mayor: Online, thread_id: bytes) -> None:
        self.tell.step(words.DOCTOR_CONSENTS)
        thread = doctor.client.thread(thread_id)
        await thread.send(words.THANKS)
        self.secret(words.THANKS)
        for online in (secretary, mayor):
            await online.reads(words.THANKS)
        before = (len(secretary.happened), len(mayor.happened))
        await self.consent(doctor, thread_id)
        await asyncio.sleep(_QUIET_S)
        self.tell.says(doctor.name, words.CONSENT_IS_KEPT)
        self.tell.person(secretary.name, telling.NOTHING)
        self.hold((len(secretary.happened), len(mayor.happened)) == before, words.TOWN_HALL_HEARD_NOTHING)
        self.hold(not thread.cards, words.NO_CARD_IS_SHOWN)
        self.tell.database(telling.SEALED_CARD)

    async def _mayor_consents(self, doctor: Online, secretary: Online, mayor: Online, thread_id: bytes) -> None:
        self.tell.step(words.MAYOR_CONSENTS)
        await self.consent(mayor, thread_id)
        everybody = (doctor, secretary, mayor)
        seen = [await online.until(telling.CARDS, CardsReleased) for online in everybody]
        for online, event in zip(everybody, seen, strict=True):
            self.cards(online, event)
        names = [{card.fields.get("name") for card in event.cards} for event in seen]
        self.hold(len({event.seq for event in seen}) == 1, words.ONE_EVENT)
        self.hold(names == [{doctor.name, mayor.name}] * len(seen), words.BOTH_CARDS, names)
        self.hold(all(card.attested for event in seen for card in event.cards), words.ATTESTED)
        shown = {value for event in seen for card in event.cards for value in card.fields.values()}
        self.hold(SECRETARY.card[CardField.NAME] not in shown, words.NO_OTHER_CARD)
        self.tell.stored((await log_of(self.stage.service.store, thread_id))[-1])

    async def _events_came_out(self, thread_id: bytes) -> None:
        self.tell.step(words.PLATFORM_LEARNS)
        events = await self.relation(thread_id, len(_EVENTS))
        for event in events:
            self.tell.event(event)
        types = tuple(kind(event) for event in events)
        self.hold(types == _EVENTS, words.EVENTS_IN_ORDER, types)

"""`pli demo`: a doctor writes to a village whose town hall is offline, until both sides know who they are.

Every step is played over real sockets with the SDK, checked, and told twice: what each person sees, and what the
database holds of the same thing.
"""

import asyncio
from typing import Final

from messaging.config import Settings
from messaging.demo import script
from messaging.demo.door import names, opened
from messaging.demo.glass import log_of, search
from messaging.demo.people import CAST, DOCTOR, DOCTORS_PROJECT, MAYOR, SECRETARY, VILLAGE
from messaging.demo.stage import Actor, Online, Stage, StepFailed, raised
from messaging.demo.transcript import Transcript
from messaging.domain.vocabulary import CardField, Role
from messaging.relations import facts
from messaging.territories import Territories
from pli_client import Card, CardsReleased, DeskChanged, Message, SeatAsked, Thread

FOLDER: Final = "demo"
_SHOWN = (CardField.NAME, CardField.ROLE, CardField.PHONE)


async def play(settings: Settings, *, once: bool) -> int:
    """Plays the scenario; 0 if every step held. Without `once` the service stays up afterwards until it is stopped."""
    transcript = Transcript()
    port = 0 if once else settings.port
    async with raised(settings.data_dir / FOLDER, port) as (stage, serving):
        try:
            await _Scenario(stage, transcript).run()
        except StepFailed as failure:
            transcript.failed(str(failure))
            return 1
        if not once:
            async with opened(stage):
                transcript.staying(stage.url, stage.folder, sorted(names()))
                await asyncio.wait([serving])
    return 0


class _Scenario:
    def __init__(self, stage: Stage, transcript: Transcript) -> None:
        self._stage = stage
        self._tell = transcript
        self._doctor = Actor(stage, DOCTORS_PROJECT, DOCTOR)
        self._secretary = Actor(stage, VILLAGE, SECRETARY)
        self._mayor = Actor(stage, VILLAGE, MAYOR)
        self._secrets: list[str] = []

    async def run(self) -> None:
        self._tell.title()
        await self._platform_registers()
        await self._town_hall_moves_in()
        async with self._doctor.online() as doctor:
            thread = await self._doctor_writes(doctor)
            async with self._secretary.online() as secretary, self._mayor.online() as mayor:
                await self._town_hall_reads(secretary, thread)
                await self._secretary_answers(doctor, secretary, thread)
                await self._mayor_answers(doctor, secretary, mayor, thread)
                await self._doctor_consents(doctor, secretary, mayor, thread)
                await self._mayor_consents(doctor, secretary, mayor, thread)
        await self._events_came_out()
        self._nothing_readable()

    async def _platform_registers(self) -> None:
        self._tell.step("La plateforme inscrit un projet et une commune")
        territories = Territories.load()
        for party in CAST:
            await self._stage.register(party, territories)
            dimensions = party.dimensions(territories)
            self._tell.person("La plateforme", f"{party.presentation.group}, {party.presentation.area}")
            self._tell.database(
                "un identifiant tiré au sort, une empreinte de la référence, la présentation scellée ; pour les "
                f"comptes : département {dimensions.departement}, région {dimensions.region}"
            )

    async def _town_hall_moves_in(self) -> None:
        self._tell.step("La mairie s’installe : deux sièges, deux fois six mots comparés de vive voix")
        async with self._secretary.online() as secretary, self._mayor.online() as mayor:
            me, he = secretary.client, mayor.client
            mailbox = await me.found(me.seats[0].mailbox)
            asking = await he.ask_seat(he.seats[0].mailbox)
            asked = await secretary.until("la demande de siège", SeatAsked)
            self._hold(asked.words == asking.words, "les deux fois six mots sont les mêmes sur les deux écrans")
            for person, words in ((self._mayor, asking.words), (self._secretary, asked.words)):
                self._tell.person(person.name, " ".join(words[:6]))
                self._tell.person(person.name, " ".join(words[6:]))
            await mailbox.admit(asked.seat, asked.words, admin=True)
            await asking.admitted(timeout_s=10)
            self._tell.database("des clés publiques, des signatures, la graine de la boîte scellée pour chaque siège")
            self._secrets += [self._secretary.recovery_code, self._mayor.recovery_code]
        self._tell.note("La mairie ferme : ses deux sièges sont hors ligne.")

    async def _doctor_writes(self, doctor: Online) -> bytes:
        self._tell.step("Un médecin écrit sans dire qui il est ; la mairie est hors ligne")
        me = doctor.client
        mailbox = await me.found(me.seats[0].mailbox)
        thread = await mailbox.open(self._stage.targets[VILLAGE.target_ref], script.FIRST)
        self._secrets.append(self._doctor.recovery_code)
        self._tell.person(self._doctor.name, f"« {script.FIRST} »")
        self._tell.person("", f"interlocuteur : {thread.peer.group}, {thread.peer.area}")
        await self._beside(thread.id, script.FIRST)
        return thread.id

    async def _town_hall_reads(self, secretary: Online, thread_id: bytes) -> None:
        self._tell.step("La secrétaire ouvre la boîte de la mairie")
        message = await _message(secretary, script.FIRST)
        thread = secretary.client.thread(thread_id)
        self._hold(not message.own and message.author is None, "rien ne dit qui a écrit")
        self._tell.person(self._secretary.name, f"de : {thread.peer.group}, {thread.peer.area} (vérifié)")
        self._tell.person("", f"« {message.text} »")
        await thread.read()

    async def _secretary_answers(self, doctor: Online, secretary: Online, thread_id: bytes) -> None:
        self._tell.step("La secrétaire répond, et laisse une note au maire")
        await secretary.client.thread(thread_id).send(script.ANSWER_OF_SECRETARY)
        await secretary.client.mailboxes[0].desk.note(thread_id, script.NOTE)
        got = await _message(doctor, script.ANSWER_OF_SECRETARY)
        self._hold(got.author is None, "le médecin ne sait pas quel siège a répondu")
        self._tell.person(self._doctor.name, f"la commune : « {got.text} »")
        self._tell.person(self._secretary.name, f"note privée : « {script.NOTE} »")
        await self._beside(thread_id, script.ANSWER_OF_SECRETARY)
        self._secrets.append(script.NOTE)

    async def _mayor_answers(self, doctor: Online, secretary: Online, mayor: Online, thread_id: bytes) -> None:
        self._tell.step("Le maire lit la note et répond depuis son siège")
        await mayor.until("la note", DeskChanged)
        notes = mayor.client.mailboxes[0].desk.notes[thread_id]
        self._hold(notes == [script.NOTE], "la note est arrivée au maire, entière")
        self._hold(not any(isinstance(e, DeskChanged) for e in doctor.happened), "le médecin n’en voit rien")
        await _message(mayor, script.ANSWER_OF_SECRETARY)
        await mayor.client.thread(thread_id).send(script.ANSWER_OF_MAYOR)
        got, seen = await _message(doctor, script.ANSWER_OF_MAYOR), await _message(secretary, script.ANSWER_OF_MAYOR)
        self._hold(got.author is None, "le médecin ne distingue pas les deux sièges")
        wrote = seen.author.seat if seen.author else b""
        self._hold(wrote == mayor.client.mailboxes[0].seat, "la secrétaire voit que c’est le maire qui a écrit")
        self._tell.person(self._doctor.name, f"la commune : « {got.text} »")
        role = script.ROLES[Role(secretary.client.mailboxes[0].colleagues[wrote].role)]
        self._tell.person(self._secretary.name, f"écrit par un collègue ({role}) : « {seen.text} »")
        await self._beside(thread_id, script.ANSWER_OF_MAYOR)

    async def _doctor_consents(self, doctor: Online, secretary: Online, mayor: Online, thread_id: bytes) -> None:
        self._tell.step("Le médecin consent à montrer sa carte ; personne d’autre ne le voit")
        thread = doctor.client.thread(thread_id)
        await thread.send(script.THANKS)
        await _message(secretary, script.THANKS)
        await _message(mayor, script.THANKS)
        before = (len(secretary.happened), len(mayor.happened))
        await self._consent(self._doctor, doctor, thread)
        await asyncio.sleep(0.5)
        self._hold((len(secretary.happened), len(mayor.happened)) == before, "la mairie n’a rien reçu")
        self._hold(not thread.cards, "aucune carte n’est montrée")
        self._tell.person(self._doctor.name, "« Votre accord est enregistré. Rien n’est montré pour l’instant. »")
        self._tell.person(self._secretary.name, "(rien)")
        self._tell.database("une carte scellée et la moitié de sa clé, scellée elle aussi : l’autre moitié est dedans")

    async def _mayor_consents(self, doctor: Online, secretary: Online, mayor: Online, thread_id: bytes) -> None:
        self._tell.step("Le maire consent à son tour : les identités apparaissent ensemble")
        await self._consent(self._mayor, mayor, mayor.client.thread(thread_id))
        seen = [await online.until("les cartes", CardsReleased) for online in (doctor, secretary, mayor)]
        self._hold(len({event.seq for event in seen}) == 1, "c’est un seul événement, le même des deux côtés")
        for online, event in zip((doctor, secretary, mayor), seen, strict=True):
            names = {card.fields.get("name") for card in event.cards}
            self._hold(names == {self._doctor.name, self._mayor.name}, "chacun voit les deux cartes consenties")
            self._hold(all(card.attested for card in event.cards), "les deux cartes sont attestées par la plateforme")
            who = {doctor: self._doctor, secretary: self._secretary, mayor: self._mayor}[online]
            for card in event.cards:
                if not card.own:
                    self._tell.person(who.name, f"carte : {', '.join(card.fields.values())} (attesté)")
        self._hold(
            all(SECRETARY.card[CardField.NAME] not in c.fields.values() for e in seen for c in e.cards),
            "aucune autre carte",
        )
        rows = await log_of(self._stage.service.store, thread_id)
        self._tell.stored(rows[-1])

    async def _consent(self, actor: Actor, online: Online, thread: Thread) -> None:
        card = Card(**{field.value: value for field, value in actor.person.card.items()})
        key = online.client.mailboxes[0].identity_key
        await thread.consent(
            card,
            fields={field.value for field in _SHOWN},
            text=script.CONSENT_TEXT,
            attestation=actor.attestation(key),
            channel="demo",
        )
        self._secrets += [value for field, value in actor.person.card.items() if field in _SHOWN]

    async def _events_came_out(self) -> None:
        self._tell.step("Ce que la plateforme apprend : des relations, jamais des personnes")
        wanted = ["solicited", *["message.accepted"] * 2, "engaged", "stage.changed", *["message.accepted"] * 2]
        wanted += ["consent.given"] * 2 + ["identities.revealed"]
        for _ in range(100):
            types = [str(event["type"]).removeprefix("fr.pli.relation.") for event in self._stage.events()]
            if len(types) >= len(wanted):
                break
            await asyncio.sleep(0.05)
        self._hold(types == wanted, f"les événements de la relation, dans l’ordre (reçu : {types})")
        for event in self._stage.events():
            self._tell.event(event)

    def _nothing_readable(self) -> None:
        self._tell.step("On cherche tout ce qui s’est dit dans tout ce que le service a écrit")
        control = search(self._stage.folder, [facts.SOLICITED])
        self._hold(bool(control), "la recherche trouve bien ce qui est écrit (témoin)")
        found = search(self._stage.folder, self._secrets)
        files = sum(1 for path in self._stage.folder.rglob("*") if path.is_file())
        self._hold(not found, f"introuvable (trouvé : {found})")
        self._tell.database(
            f"{len(self._secrets)} textes, cartes et codes cherchés dans {files} fichiers, "
            "en clair, en hexadécimal et en base64 : introuvables"
        )

    async def _beside(self, thread_id: bytes, text: str) -> None:
        """What the database holds of the newest message."""
        self._secrets.append(text)
        row = (await log_of(self._stage.service.store, thread_id))[-1]
        self._tell.stored(row)
        self._hold(not search(self._stage.folder, [text]), "le texte n’est dans aucun fichier du service")

    def _hold(self, holds: bool, what: str) -> None:
        if not holds:
            raise StepFailed(what)
        self._tell.checked(what)


async def _message(online: Online, text: str) -> Message:
    return await online.until(f"« {text} »", Message, lambda message: message.text == text)

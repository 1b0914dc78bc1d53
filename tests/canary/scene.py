"""A whole conversation in which everything that anybody enters is a canary, over lines that remember what came down."""

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import httpx

from messaging.domain.vocabulary import MailboxKind, Role
from messaging.ports import MailboxClaim
from messaging.wire.types import Presentation
from pli_client import CardsReleased, Carrier, DeskChanged
from pli_client.errors import ProblemError
from tests.canary.planted import CARD, FIELDS, SHOWN_MARKER, Device, text
from tests.faults.proxy import Proxy
from tests.faults.raw import dial
from tests.journeys.people import Online, Person, admit, trust_of
from tests.support.processes import ServiceProcess
from tests.support.server import NO_TLS

VILLAGE, PROJECT, LISTING = text("réf mairie"), text("réf projet"), text("réf annonce")
_NONSENSE: Final = (
    '{"t":"send","ref":1,"payload":"%s"}',
    '{"t":"%s","ref":2}',
    '{"t":"pull","ref":3,"thread":"%s"}',
    "%s",
)


@dataclass(frozen=True)
class Lines:
    """Who is connected by which line."""

    doctor: Proxy
    town_hall: Proxy
    outsider: Proxy


class Scene:
    """The people, and what they do."""

    def __init__(self, service: ServiceProcess, lines: Lines) -> None:
        self.people: dict[str, Person] = {}
        self.devices: dict[str, Device] = {}
        self._service = service
        self._lines = lines
        self._village = self._listing = b""

    async def prepare(self) -> None:
        """The platform registers everybody; two seats in the town hall, one in the project."""
        shown = Presentation(SHOWN_MARKER, SHOWN_MARKER, True, SHOWN_MARKER)
        self._village = await self._service.register_mailbox(VILLAGE, MailboxKind.TERRITORY, shown)
        project = await self._service.register_mailbox(PROJECT, MailboxKind.PROJECT, shown)
        self._listing = await self._service.register_target(LISTING, VILLAGE)
        await self._person("doctor", PROJECT, MailboxKind.PROJECT, Role.HOLDER, self._lines.doctor)
        await self._person("secretary", VILLAGE, MailboxKind.TERRITORY, Role.AGENT, self._lines.town_hall)
        await self._person("mayor", VILLAGE, MailboxKind.TERRITORY, Role.MAYOR, self._lines.town_hall)
        self.people["mayor"].carrier = Carrier.HTTP
        await self._person("outsider", text("autre"), MailboxKind.PROJECT, Role.HOLDER, self._lines.outsider)
        async with self.people["doctor"].online() as doctor:
            await doctor.client.found(project)

    async def _person(self, name: str, ref: str, kind: MailboxKind, role: Role, line: Proxy) -> None:
        claims = [MailboxClaim(ref, kind, role, True)]
        person = Person(self._service, await trust_of(self._service), text(name), claims, url=line.url)
        self.devices[name] = person.entropy = Device()
        self.people[name] = person

    async def play(self) -> None:
        """From moving in to the reveal and after."""
        people = self.people
        async with people["secretary"].online() as secretary, people["mayor"].online() as mayor:
            await secretary.client.found(self._village)
            await admit(secretary, mayor, self._village)
            async with people["doctor"].online() as doctor:
                await self._talk(doctor, secretary, mayor)
                await self._desk(secretary, mayor)
                await self.provoke()
                await self._reveal(doctor, mayor)
                await doctor.thread.send(text("après"))
                await secretary.reads(text("après"))

    async def _talk(self, doctor: Online, secretary: Online, mayor: Online) -> None:
        await doctor.client.mailboxes[0].open(self._listing, text("premier message"))
        await secretary.reads(text("premier message"))
        for number, (writer, reader) in enumerate(((secretary, doctor), (doctor, mayor), (mayor, doctor))):
            await writer.thread.send(text(f"message {number}"))
            await reader.reads(text(f"message {number}"))

    async def _desk(self, secretary: Online, mayor: Online) -> None:
        desk, thread = secretary.client.mailboxes[0].desk, secretary.thread.id
        await desk.draft(thread, text("brouillon"))
        await desk.note(thread, text("note"))
        await mayor.until(DeskChanged, lambda event: event.seq == 2)

    async def provoke(self) -> None:
        """The outsider tries everything that could make the service repeat what it was told: in an error, in a log."""
        outsider = self.people["outsider"]
        async with outsider.api() as api:
            with suppress(ProblemError):
                await api.claim(self._listing, os.urandom(16))
            socket = await dial(self._service, api)
            for nonsense in _NONSENSE:
                await socket.send(nonsense % text("insolence"), text=True)
            await asyncio.sleep(0.2)
            await socket.close()
        headers = {"authorization": f"Bearer {text('jeton')}", "x-forwarded-for": text("adresse")}
        async with httpx.AsyncClient(base_url=self._lines.outsider.url, headers=headers, verify=NO_TLS) as client:
            for path in (
                "/v1/account",
                f"/v1/mailboxes/{text('chemin')}/roster?{text('question')}",
                f"/{text('rien')}",
            ):
                await client.get(path)
                await client.post(path, content=text("corps"))
            for secret in (text("flux"), os.urandom(32).hex()):
                for path in ("/v1/stream", "/v1/commands"):
                    await client.post(path, headers={"pli-stream": secret}, content=text("trame"))

    async def _reveal(self, doctor: Online, mayor: Online) -> None:
        """A consent that is withdrawn, one that waits, and two that meet."""
        withdrawn = await self._consent(doctor)
        await doctor.thread.withdraw(withdrawn)
        await self._consent(doctor)
        assert not mayor.heard(CardsReleased)
        await self._consent(mayor)
        for reader in (doctor, mayor):
            await reader.until(CardsReleased)
            assert [card.fields["name"] for card in reader.thread.cards] == [CARD.name, CARD.name]

    async def _consent(self, online: Online) -> bytes:
        key = online.client.mailboxes[0].identity_key
        attestation = self._service.idp.attestation(key, {"title": text("titre")})
        return await online.thread.consent(CARD, fields=FIELDS, text=text("accord"), attestation=attestation)

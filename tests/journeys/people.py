"""People with devices: a doctor and their spouse, a village's secretary and mayor, each with the SDK.

A device's memory outlives its visits: `online` is one visit. What happened in a visit is kept in `happened`.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self, TypeVar

import httpx
import msgspec

from messaging.app import system_clock
from messaging.domain.vocabulary import MailboxKind, Role
from messaging.e2ee.entropy import Entropy
from messaging.e2ee.suite import SigningKey
from messaging.ports import MailboxClaim
from messaging.wire.rest import ServiceInfo
from pli_client import (
    Card,
    Carrier,
    Client,
    Happening,
    MemoryStorage,
    Message,
    Recovery,
    SeatAsked,
    Storage,
    Thread,
    Trust,
)
from pli_client.http import Api
from tests.support.server import NO_TLS, Deployed

WAIT_S: Final = 20.0
CONSENT_TEXT: Final = "J’accepte de montrer ces éléments de ma carte à l’autre partie."

ROOT: Final = SigningKey(b"\x0a" * 32)
"""The moderators' offline root, as all applications of these tests pin it."""

T = TypeVar("T")


class Person:
    """One account on one device."""

    def __init__(
        self,
        service: Deployed,
        trust: Trust,
        subject: str,
        claims: Sequence[MailboxClaim],
        *,
        url: str = "",
    ) -> None:
        self.subject = subject
        self.device: Storage = MemoryStorage()
        self.url = url or service.url
        """Where this person's device finds the service."""
        self.entropy: Entropy = os.urandom
        self.clock: Callable[[], int] = system_clock
        self.carrier = Carrier.AUTO
        self.recovery_code = ""
        self.known_code: str | None = None
        """The recovery code as this person types it on a new device."""
        self.token_s = 900
        self.tokens: list[str] = []
        """Every token that the platform gave out, in order."""
        self._service = service
        self._trust = trust
        self.claims = claims

    @contextlib.asynccontextmanager
    async def online(self) -> AsyncIterator["Online"]:
        client = Client(
            self.url,
            token=self.token,
            device=self.device,
            trust=self._trust,
            recovery=Recovery(show=self._write_down, code=self.known_code),
            timeout_s=WAIT_S,
            entropy=self.entropy,
            clock=self.clock,
            carrier=self.carrier,
        )
        async with client as me, Online(me) as online:
            yield online

    def on_another_device(self) -> "Person":
        """The same person with a device that is new to the account, and the recovery code at hand."""
        other = Person(self._service, self._trust, self.subject, self.claims, url=self.url)
        other.known_code = self.recovery_code
        return other

    def api(self) -> Api:
        """The HTTP side alone, as this person; to be closed."""
        return Api(self.url, self.token)

    def token(self) -> str:
        token = self._service.token(self.subject, self.claims, lifetime_s=self.token_s)
        self.tokens.append(token)
        return token

    def _write_down(self, code: str) -> None:
        self.recovery_code = code


class Online:
    """One visit: a connected client, and what happened to it."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.happened: list[Happening] = []
        self._news = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._reading is not None
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    @property
    def thread(self) -> Thread:
        """The one conversation of this person."""
        (thread,) = self.client.threads
        return thread

    def heard(self, kind: type[T]) -> list[T]:
        return [event for event in self.happened if isinstance(event, kind)]

    async def until(self, kind: type[T], holds: Callable[[T], bool] = lambda _: True) -> T:
        """The first event of this kind for which `holds`, come or to come. Raises: AssertionError."""
        try:
            async with asyncio.timeout(WAIT_S):
                while True:
                    for event in self.heard(kind):
                        if holds(event):
                            return event
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"no such {kind.__name__}; there were {self.happened}") from None

    async def reads(self, text: str) -> Message:
        """The message with this text, come or to come."""
        return await self.until(Message, lambda message: message.text == text)

    async def _read(self) -> None:
        async for event in self.client.events():
            self.happened.append(event)
            self._news.set()


@dataclass(frozen=True)
class Cast:
    """Everybody, registered with the platform; `settle` makes the town hall and the project."""

    doctor: Person
    spouse: Person
    secretary: Person
    mayor: Person
    village: bytes
    project: bytes
    listing: bytes
    """The target that a first contact to the village aims at."""

    async def settle(self) -> None:
        """The secretary founds the town hall and admits the mayor; the doctor founds the project."""
        async with self.secretary.online() as secretary, self.mayor.online() as mayor:
            await found_and_admit(secretary, mayor, self.village)
        async with self.doctor.online() as doctor:
            await doctor.client.found(self.project)


async def found_and_admit(founder: Online, newcomer: Online, mailbox: bytes) -> None:
    """Founds a mailbox with two seats, the twelve words compared."""
    await founder.client.found(mailbox)
    await admit(founder, newcomer, mailbox)


async def admit(admin: Online, newcomer: Online, mailbox: bytes) -> None:
    """Seats a colleague, the twelve words compared."""
    asking = await newcomer.client.ask_seat(mailbox)
    asked = await admin.until(SeatAsked)
    assert asked.words == asking.words
    await admin.client.mailbox(mailbox).admit(asked.seat, asked.words)
    await asking.admitted(timeout_s=WAIT_S)


async def trust_of(service: Deployed) -> Trust:
    """What an application would have in its configuration."""
    async with httpx.AsyncClient(verify=NO_TLS, base_url=service.url) as client:
        answer = await client.get("/v1/service")
    info = msgspec.json.decode(answer.content, type=ServiceInfo)
    pinned = (info.service, info.stamp_key, service.idp.public_key)
    return Trust(*pinned, moderation_root=ROOT.public, audit_key=info.audit_key)


async def cast(service: Deployed, *, url: str = "") -> Cast:
    """Registers a village with a listing, and a project; `url` is where the doctor's device finds the service."""
    village = await service.register_mailbox("mairie", MailboxKind.TERRITORY)
    project = await service.register_mailbox("projet", MailboxKind.PROJECT)
    listing = await service.register_target("annonce", "mairie")
    trust = await trust_of(service)

    def person(subject: str, ref: str, kind: MailboxKind, role: Role, *, admin: bool, url: str = "") -> Person:
        return Person(service, trust, subject, [MailboxClaim(ref, kind, role, admin)], url=url)

    return Cast(
        doctor=person("camille", "projet", MailboxKind.PROJECT, Role.HOLDER, admin=True, url=url),
        spouse=person("dominique", "projet", MailboxKind.PROJECT, Role.CO_HOLDER, admin=False),
        secretary=person("martine", "mairie", MailboxKind.TERRITORY, Role.AGENT, admin=True),
        mayor=person("yves", "mairie", MailboxKind.TERRITORY, Role.MAYOR, admin=False),
        village=village,
        project=project,
        listing=listing,
    )


DOCTORS_CARD: Final = Card(name="Dr Camille Le Goff", role="Médecin", phone="06 39 98 41 07")
SPOUSES_CARD: Final = Card(name="Dominique Le Goff", role="Libraire", email="dominique@famille.example")
MAYORS_CARD: Final = Card(name="Yves Kerambrun", organisation="Mairie (fictive)", phone="06 39 98 22 91")


async def consent(online: Online, card: Card, *fields: str) -> bytes:
    """The person agrees to show these fields in their one conversation; the card's id."""
    return await online.thread.consent(card, fields=fields or ("name",), text=CONSENT_TEXT)

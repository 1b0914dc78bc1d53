"""The ground of the suite: a town hall of two, a project, a conversation; made once, and copied for each test.

Everything is the product's: the service over sockets, the SDK on both sides. A copy has its own database, its own keys'
folder and its own devices, so that no test sees what another one did.
"""

import asyncio
import contextlib
import dataclasses
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from messaging.app import Service
from pli_client import Client, MemoryStorage, Message, Thread, Trust
from tests.hostile_server.book import Book
from tests.hostile_server.door import Door, Patched
from tests.sdk import people
from tests.sdk.people import E, Person, Place, place
from tests.support.server import RunningService, running_service

LINES: Final = ("Bonjour", "Bienvenue", "Avez-vous un cabinet ?")
"""What was said before: by the doctor, the mayor, the doctor."""
NAMES: Final = ("mayor", "secretary", "doctor")
WAIT_S: Final = 30.0


@dataclass
class Account:
    """A person with the device that they have had all along."""

    person: Person
    device: MemoryStorage = field(default_factory=MemoryStorage)

    def client(self, door: Door | None = None, *, is_new: bool = False, trust: Trust | None = None) -> Client:
        """On the old device, or on one that `is_new`, with the recovery code; through a door, or honestly served."""
        code = self.person.codes[0] if is_new else None
        device = MemoryStorage() if is_new else self.device
        return self.person.client(device, code=code, url=door.url if door else None, timeout_s=20.0, trust=trust)

    def copied(self) -> "Account":
        """The same device as it is now: what its owner does on it later is not on this one."""
        return dataclasses.replace(self, device=_copy(self.device))


@dataclass
class Ground:
    """A running service with its past. `town` has the mayor, its administrator, and the secretary."""

    place: Place
    thread: bytes
    accounts: dict[str, Account]
    patched: Patched

    @property
    def service(self) -> RunningService:
        return self.place.service

    @property
    def town(self) -> bytes:
        return self.place.town

    @property
    def project(self) -> bytes:
        return self.place.project

    @property
    def mayor(self) -> Account:
        return self.accounts["mayor"]

    @property
    def secretary(self) -> Account:
        return self.accounts["secretary"]

    @property
    def doctor(self) -> Account:
        return self.accounts["doctor"]

    @property
    def book(self) -> Book:
        """The conversation's log, in the hands of the service."""
        return Book(self.service, self.thread)

    def door(self) -> Door:
        """A new way in, honest until it is told to lie."""
        name = f"door-{len(self.patched.doors)}"
        self.patched.doors[name] = Door(name, self.service.url)
        return self.patched.doors[name]

    def newcomer(self, subject: str) -> Account:
        """Another agent of the town hall, to the platform; without a seat."""
        person = self.place.secretary()
        person.subject = subject
        return Account(person)


@dataclass(frozen=True)
class Template:
    """What was made once: the folder of the stopped service, and what everybody's devices hold."""

    folder: Path
    town: bytes
    project: bytes
    listing: bytes
    thread: bytes
    devices: dict[str, MemoryStorage]
    codes: dict[str, list[str]]


def url_in(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'pli.sqlite3'}"


async def make_template(folder: Path) -> Template:
    """Plays the past, with an honest service."""
    folder.mkdir()
    async with running_service(url_in(folder), folder, with_worker=False) as service:
        here = await place(service)
        persons = {"mayor": here.mayor(), "secretary": here.secretary(), "doctor": here.doctor()}
        devices = {name: MemoryStorage() for name in NAMES}
        async with contextlib.AsyncExitStack() as everybody:
            mayor, secretary, doctor = [
                await everybody.enter_async_context(persons[name].client(devices[name])) for name in NAMES
            ]
            await mayor.found(here.town)
            await seat_colleague(mayor, secretary, here.town)
            thread = await (await doctor.found(here.project)).open(here.listing, LINES[0])
            await first(mayor, Message)
            await mayor.thread(thread.id).send(LINES[1])
            await first(doctor, Message)
            await thread.send(LINES[2])
            await hears(mayor, LINES[2])
            await hears(secretary, LINES[2])
        codes = {name: persons[name].codes for name in NAMES}
        return Template(folder, here.town, here.project, here.listing, thread.id, devices, codes)


@contextlib.asynccontextmanager
async def copied(template: Template, folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ground]:
    """A service of its own with the same past, whose doors may lie."""
    shutil.copytree(template.folder, folder)
    honest, patched = Service.asgi, list[Patched]()

    def asgi(service: Service) -> Patched:
        patched.append(Patched(honest(service)))
        return patched[0]

    monkeypatch.setattr(Service, "asgi", asgi)
    async with running_service(url_in(folder), folder, with_worker=False) as service:
        here = Place(service, template.town, template.project, template.listing)
        persons = {"mayor": here.mayor(), "secretary": here.secretary(), "doctor": here.doctor()}
        accounts = {name: Account(persons[name], _copy(template.devices[name])) for name in NAMES}
        for name, account in accounts.items():
            account.person.codes.extend(template.codes[name])
        yield Ground(here, template.thread, accounts, patched[0])


async def seat_colleague(admin: Client, newcomer: Client, mailbox: bytes) -> None:
    """The twelve words compared, and found alike."""
    asked = await newcomer.ask_seat(mailbox)
    (waiting,) = await admin.mailbox(mailbox).pending()
    assert waiting.words == asked.words
    await admin.mailbox(mailbox).admit(waiting.seat, asked.words)
    await asked.admitted(timeout_s=20)


async def first(me: Client, kind: type[E], where: Callable[[E], bool] = lambda event: True) -> E:
    """The next event of a kind, within the time of a busy machine; those before it are passed over."""
    async with asyncio.timeout(WAIT_S):
        return await people.first(me, kind, where)


async def hears(me: Client, text: str) -> Message:
    """Waits for this text; whatever else happens is passed over."""
    return await first(me, Message, lambda message: message.text == text)


def texts(thread: Thread) -> list[str | None]:
    """What this thread shows."""
    return [message.text for message in thread.messages]


def _copy(device: MemoryStorage) -> MemoryStorage:
    copy = MemoryStorage()
    copy._values.update(device._values)
    return copy

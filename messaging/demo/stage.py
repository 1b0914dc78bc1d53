"""The stage of the demo: the embedded service in its own folder, the platform beside it, and people with devices."""

import asyncio
import contextlib
import dataclasses
import json
import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import TypeVar

import httpx
import msgspec

from messaging.app import Service, initialise, running, system_clock, system_entropy
from messaging.config import Settings
from messaging.demo.idp import ISSUER, DemoIdentityProvider
from messaging.demo.people import Party, Person
from messaging.domain.vocabulary import CardField
from messaging.operations.admin_socket import answering
from messaging.server import Server, listen
from messaging.territories import Territories
from messaging.wire.rest import MailboxPut, MailboxRegistered, TargetPut, TargetRegistered
from pli_client import Client, Happening, MemoryStorage, Recovery, Trust

T = TypeVar("T")

_WAIT_S = 10.0


class StepFailed(Exception):
    """Something that the demo promises did not hold."""


class Stage:
    """The running service, and what the platform does beside it."""

    def __init__(self, service: Service, idp: DemoIdentityProvider, url: str, folder: Path) -> None:
        self.service = service
        self.idp = idp
        self.url = url
        self.folder = folder
        self.trust = Trust(service.store.service_id, service.stamp_public, idp.public_key)
        self.targets: dict[str, bytes] = {}
        self.codes: dict[str, str] = {}
        """Recovery codes by `sub`: what each person wrote on a sheet of paper."""

    async def register(self, party: Party, territories: Territories) -> None:
        """What the platform's back end does when a town hall or a project signs up."""
        box = MailboxPut(party.ref, party.kind, party.presentation, party.dimensions(territories))
        await self._put("/v1/platform/mailboxes", box, MailboxRegistered)
        answer = await self._put("/v1/platform/targets", TargetPut(party.target_ref, party.ref), TargetRegistered)
        self.targets[party.target_ref] = answer.target

    async def _put(self, path: str, body: object, kind: type[T]) -> T:
        headers = {"authorization": f"Bearer {self.idp.platform_token()}"}
        async with httpx.AsyncClient(base_url=self.url, headers=headers) as http:
            answer = await http.put(path, content=msgspec.json.encode(body))
            answer.raise_for_status()
            return msgspec.json.decode(answer.content, type=kind)

    def events(self) -> list[Mapping[str, object]]:
        """The relation events delivered so far."""
        path = self.service.settings.event_log
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]


class Actor:
    """A person with one device: may come and go; what the device keeps stays between two visits."""

    def __init__(self, stage: Stage, party: Party, person: Person) -> None:
        self.party = party
        self.person = person
        self.name = person.card[CardField.NAME]
        self.recovery_code = ""
        self._stage = stage
        self._storage = MemoryStorage()

    @contextlib.asynccontextmanager
    async def online(self) -> AsyncIterator["Online"]:
        client = Client(
            self._stage.url,
            token=self._token,
            device=self._storage,
            trust=self._stage.trust,
            recovery=Recovery(show=self._keep_code),
        )
        async with client as me, Online(me) as online:
            yield online

    async def _token(self) -> str:
        return self._stage.idp.token(self.person.subject, [self.party.claim(self.person)])

    def attestation(self, identity_key: bytes) -> str:
        """What the platform vouches for, asked for by this person's own client."""
        return self._stage.idp.attestation(identity_key, self.party.attested)

    def _keep_code(self, code: str) -> None:
        self.recovery_code = self._stage.codes[self.person.subject] = code


class Online:
    """A connected client, with what happened to it."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.happened: list[Happening] = []
        self._reader: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()

    async def __aenter__(self) -> "Online":
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    async def _read(self) -> None:
        async for event in self.client.events():
            async with self._news:
                self.happened.append(event)
                self._news.notify_all()

    async def until(self, what: str, kind: type[T], holds: Callable[[T], bool] = lambda _: True) -> T:
        """The first event of this kind for which `holds`, come or to come. Raises: StepFailed."""
        try:
            async with asyncio.timeout(_WAIT_S), self._news:
                while True:
                    for event in self.happened:
                        if isinstance(event, kind) and holds(event):
                            return event
                    await self._news.wait()
        except TimeoutError:
            raise StepFailed(f"jamais arrivé : {what}") from None


@contextlib.asynccontextmanager
async def raised(folder: Path, port: int) -> AsyncIterator[tuple[Stage, asyncio.Task[None]]]:
    """A fresh service that listens; with the task that ends when somebody stops it."""
    await asyncio.to_thread(_empty, folder)
    listener = listen("127.0.0.1", port)
    port = listener.getsockname()[1]
    settings = _settings(folder, port)
    idp = DemoIdentityProvider(settings, system_entropy, system_clock)
    (folder / "platform.jwks.json").write_text(json.dumps(idp.jwks()))
    await initialise(settings)
    async with running(settings, with_worker=True) as service, answering(service):
        server = Server(service)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield Stage(service, idp, settings.public_url, folder), serving
        finally:
            server.should_exit = True
            await serving


def _empty(folder: Path) -> None:
    """Makes the demo's folder anew: nothing of an earlier performance is worth keeping."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, mode=0o700)


def _settings(folder: Path, port: int) -> Settings:
    env = {
        "PLI_DATA_DIR": str(folder / "data"),
        "PLI_PORT": str(port),
        "PLI_JWKS": str(folder / "platform.jwks.json"),
        "PLI_TOKEN_ISSUER": ISSUER,
        "PLI_ANONYMITY_MIN": "1",  # two parties are a whole platform here
    }
    return dataclasses.replace(Settings.from_env(env), demo=True)

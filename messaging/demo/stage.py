"""The stage of the demo: the embedded service in its own folder, and the platform beside it."""

import asyncio
import contextlib
import dataclasses
import json
import shutil
import socket
from collections.abc import AsyncIterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec

from messaging.app import Service, initialise, running, system_clock, system_entropy
from messaging.config import Settings
from messaging.demo.idp import ISSUER, DemoIdentityProvider
from messaging.demo.people import Party, Person
from messaging.demo.post import NO_TLS, PACE, SENDER, Post, collecting, enrol
from messaging.domain.vocabulary import CardField
from messaging.e2ee.moderation_key import ModerationKey, certify
from messaging.e2ee.suite import SigningKey
from messaging.moderation import keys as keys_of_moderators
from messaging.operations.admin_socket import answering
from messaging.ports import Transaction
from messaging.server import Server, listen
from messaging.services.outcome import Outcome
from messaging.territories import Territories
from messaging.wire.rest import MailboxPut, MailboxRegistered, TargetPut, TargetRegistered
from pli_client import Trust
from pli_client.keys import MailboxKeys

T = TypeVar("T")


class StepFailed(Exception):
    """Something that the demo promises did not hold."""


@dataclasses.dataclass(frozen=True, slots=True)
class Origins:
    """Where browsers find this performance: two origins of one site, as a deployment has them, and of no earlier one.

    Every name below localhost is this machine (RFC 6761). A browser holds what it knows of a service by its origin, and
    each performance is another service.
    """

    service: str
    platform: str

    @classmethod
    def drawn(cls, port: int, platform_port: int) -> Self:
        site = f"demo-{system_entropy(3).hex()}.localhost"
        return cls(f"http://pli.{site}:{port}", f"http://plateforme.{site}:{platform_port}")


class Stage:
    """The running service, and what the platform does beside it."""

    def __init__(
        self,
        service: Service,
        idp: DemoIdentityProvider,
        url: str,
        folder: Path,
        origins: "Origins",
        platform_listener: socket.socket,
        post: Post,
        root: SigningKey,
    ) -> None:
        self.service = service
        self.post = post
        """Where its mails go."""
        self.idp = idp
        self.url = url
        self.web_url = origins.service
        """The same service as browsers reach it."""
        self.platform_url = origins.platform
        """Where the platform's own pages are to be served, by `platform_listener`."""
        self.platform_listener = platform_listener
        self.folder = folder
        self._root = root
        self.trust = Trust(
            *(service.store.service_id, service.stamp_public, idp.public_key),
            moderation_root=root.public,
            audit_key=service.context.auditor.public,
        )
        self.targets: dict[str, bytes] = {}
        """By how the platform names them."""
        self.wanted_as: dict[str, str] = {}
        """How the event that a target is wanted names each, as the platform was told when it registered it."""
        self.codes: dict[str, str] = {}
        """Recovery codes by `sub`: what each person wrote on a sheet of paper."""

    @cached_property
    def territories(self) -> Territories:
        return Territories.load()

    async def register(self, party: Party) -> None:
        """What the platform's back end does when a town hall or a project signs up."""
        box = MailboxPut(party.ref, party.kind, party.presentation, party.dimensions(self.territories))
        await self._put("/v1/platform/mailboxes", box, MailboxRegistered)
        answer = await self._put("/v1/platform/targets", TargetPut(party.target_ref, party.ref), TargetRegistered)
        self.targets[party.target_ref] = answer.target
        self.wanted_as[party.target_ref] = answer.report_ref

    async def enrol(self, party: Party, person: Person) -> None:
        """Has a person alerted by mail. Raises: TimeoutError, httpx.HTTPError."""
        token = self.idp.token(person.subject, [party.claim(person)])
        await enrol(self.url, token, person.card[CardField.EMAIL], self.post)

    async def certify(self, keys: MailboxKeys) -> None:
        """What an operator does once with the offline root: the moderators' key is certified, and installed."""
        kem, now = keys.roster.identity_kem, system_clock()
        key = ModerationKey(kem, keys.roster.g, now - 1_000, now + 90 * 86_400_000)
        certificate, context = certify(key, self._root), self.service.context

        async def install(tx: Transaction) -> Outcome[None]:
            await keys_of_moderators.install(tx, context.auditor, certificate, self._root.public, now)
            return Outcome(None)

        await self.service.pipeline.run(install)

    async def _put(self, path: str, body: object, kind: type[T]) -> T:
        headers = {"authorization": f"Bearer {self.idp.platform_token()}"}
        async with httpx.AsyncClient(base_url=self.url, headers=headers, verify=NO_TLS) as http:
            answer = await http.put(path, content=msgspec.json.encode(body))
            answer.raise_for_status()
            return msgspec.json.decode(answer.content, type=kind)

    def events(self) -> list[Mapping[str, object]]:
        """The relation events delivered so far."""
        path = self.service.settings.event_log
        whole, _, _ = path.read_text().rpartition("\n") if path.exists() else ("", "", "")
        return [json.loads(line) for line in whole.splitlines()]


@contextlib.asynccontextmanager
async def raised(folder: Path, port: int) -> AsyncIterator[tuple[Stage, asyncio.Task[None]]]:
    """A fresh service that listens; with the task that ends when somebody stops it."""
    await asyncio.to_thread(_empty, folder)
    listener = listen("127.0.0.1", port)
    platform_listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    origins = Origins.drawn(port, platform_listener.getsockname()[1])
    async with collecting() as post:
        settings = _settings(folder, port, origins, post)
        idp = DemoIdentityProvider(settings, system_entropy, system_clock)
        root = SigningKey(system_entropy(32))
        settings = dataclasses.replace(settings, platform_key=idp.public_key, moderation_root=root.public)
        (folder / "platform.jwks.json").write_text(json.dumps(idp.jwks()))
        await initialise(settings)
        async with running(settings, with_worker=True, alert_pace=PACE) as service, answering(service):
            server = Server(service)
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            url = f"http://127.0.0.1:{port}"
            try:
                yield Stage(service, idp, url, folder, origins, platform_listener, post, root), serving
            finally:
                platform_listener.close()
                server.should_exit = True
                await serving


def _empty(folder: Path) -> None:
    """Makes the demo's folder anew: nothing of an earlier performance is worth keeping."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, mode=0o700)


def _settings(folder: Path, port: int, origins: Origins, post: Post) -> Settings:
    env = {
        "PLI_DATA_DIR": str(folder / "data"),
        "PLI_PORT": str(port),
        "PLI_JWKS": str(folder / "platform.jwks.json"),
        "PLI_TOKEN_ISSUER": ISSUER,
        "PLI_ANONYMITY_MIN": "1",  # two parties are a whole platform here
    }
    settings = Settings.from_env(env)
    return dataclasses.replace(
        settings,
        demo=True,
        public_url=origins.service,
        allowed_origins=settings.allowed_origins | {origins.service},
        allowed_hosts=settings.allowed_hosts | {urlsplit(origins.service).hostname or ""},
        embed_origins=frozenset({origins.platform}),
        smtp_url=post.url,
        smtp_from=SENDER,
        sign_in_url=f"{origins.platform}/connexion",
        token_url=f"{origins.platform}/jeton",
        attestation_url=f"{origins.platform}/attestation",
    )

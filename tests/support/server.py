"""A running service for a test: real sockets, real store, in the test's own loop, on a free port.

`running_service(url, folder)` migrates, starts and serves; leaving it drains and stops. The demo's identity provider
stands in for the platform.
"""

import asyncio
import contextlib
import dataclasses
import json
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import httpx
import msgspec

from messaging.app import Service, running, system_clock, system_entropy
from messaging.config import Settings
from messaging.demo.idp import ISSUER, DemoIdentityProvider
from messaging.domain.scope import Scope
from messaging.domain.vocabulary import MailboxKind
from messaging.e2ee.entropy import Entropy
from messaging.ports import Clock, MailboxClaim
from messaging.server import Server, listen
from messaging.services import platform_keys
from messaging.wire.rest import Dimensions, MailboxPut, MailboxRegistered, TargetPut, TargetRegistered
from messaging.wire.types import Presentation
from tests.support.schema import prepared

PROJECT = Presentation("Médecin généraliste", "Bretagne", True, "Cherche une commune pour s’installer.")
TERRITORY = Presentation("Commune", "Côtes-d’Armor", True, "Un cabinet attend son médecin.")


ALERTS_FROM = "avis@messages.example.org"
MESSAGES_PER_S = "10000"
"""Far more than the service allows by itself: tests play in seconds what people write in weeks."""
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For HTTP clients of the loopback interface: the default context reads all certificates of the machine, each time."""
ANSWER_S = 60.0
"""What a test prepares is not what it measures: on a busy machine an answer may take longer than httpx waits."""

_TICK_S = 0.1
"""uvicorn's own."""


class Deployed:
    """A service that listens, wherever it runs, and what the platform would do beside it."""

    def __init__(self, idp: DemoIdentityProvider, port: int) -> None:
        self.idp = idp
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.ws_url = f"ws://127.0.0.1:{port}/v1/ws"

    def client(
        self, headers: Mapping[str, str] = MappingProxyType({}), timeout_s: float = ANSWER_S
    ) -> httpx.AsyncClient:
        """Of HTTP, made for a third of what it costs to look in the environment for proxies."""
        return httpx.AsyncClient(
            base_url=self.url, headers=dict(headers), verify=NO_TLS, timeout=timeout_s, trust_env=False
        )

    def token(self, subject: str, claims: Sequence[MailboxClaim], *, lifetime_s: int = 900) -> str:
        return self.idp.token(subject, claims, lifetime_s=lifetime_s)

    async def register_mailbox(
        self,
        ref: str,
        kind: MailboxKind,
        presentation: Presentation | None = None,
        dimensions: Dimensions | None = None,
    ) -> bytes:
        """A mailbox id."""
        shown = presentation or (PROJECT if kind is MailboxKind.PROJECT else TERRITORY)
        body = MailboxPut(ref, kind, shown, dimensions or Dimensions())
        answer = await self.platform("PUT", "/v1/platform/mailboxes", body)
        return msgspec.json.decode(answer, type=MailboxRegistered).mailbox

    async def register_target(self, ref: str, mailbox_ref: str) -> bytes:
        """A target id."""
        answer = await self.platform("PUT", "/v1/platform/targets", TargetPut(ref, mailbox_ref))
        return msgspec.json.decode(answer, type=TargetRegistered).target

    async def platform(self, method: str, path: str, body: object) -> bytes:
        headers = {"authorization": f"Bearer {self.idp.platform_token()}"}
        async with self.client(headers) as client:
            answer = await client.request(method, path, content=msgspec.json.encode(body))
            assert answer.is_success, answer.text
            return answer.content


class RunningService(Deployed):
    """The service under test, in the test's own loop."""

    def __init__(self, service: Service, idp: DemoIdentityProvider, port: int) -> None:
        super().__init__(idp, port)
        self.service = service

    async def platform_key(self, *scopes: Scope) -> str:
        """A new key of the platform's back end, as an operator makes it."""
        context = self.service.context
        made = (frozenset(scopes), context.entropy, context.clock())
        return await self.service.pipeline.run(lambda tx: platform_keys.add(tx, "test", *made))


class PromptServer(Server):
    """Ends as soon as it is told: uvicorn looks ten times a second, which costs each test a twentieth of one."""

    def __init__(self, service: Service) -> None:
        super().__init__(service)
        self._told = asyncio.Event()

    def end(self) -> None:
        self.should_exit = True
        self._told.set()

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TICK_S):
                    await self._told.wait()


def settings_for(
    database_url: str,
    folder: Path,
    idp_jwks: Path,
    *,
    anonymity_min: int = 1,
    port: int = 0,
    embed_origins: Sequence[str] = (),
    redis_urls: Sequence[str] = (),
) -> Settings:
    """Settings of a service whose every file is in `folder`. Few parties make a world here: each shows itself."""
    env = {
        "PLI_DATABASE_URL": database_url,
        "PLI_DATA_DIR": str(folder),
        "PLI_PORT": str(port),
        "PLI_EMBED_ORIGINS": ",".join(embed_origins),
        "PLI_JWKS": str(idp_jwks),
        "PLI_TOKEN_ISSUER": ISSUER,
        "PLI_ANONYMITY_MIN": str(anonymity_min),
        "PLI_REDIS_URL": " ".join(redis_urls),
        "PLI_MESSAGES_PER_S": MESSAGES_PER_S,
    }
    return dataclasses.replace(Settings.from_env(env), demo=True)


@contextlib.asynccontextmanager
async def running_service(
    database_url: str,
    folder: Path,
    *,
    with_worker: bool = True,
    anonymity_min: int = 1,
    clock: Clock = system_clock,
    entropy: Entropy = system_entropy,
    embed_origins: Sequence[str] = (),
    redis_urls: Sequence[str] = (),
    also_at: str = "",
    smtp_url: str | None = None,
    webhooks: Path | None = None,
    moderation_root: bytes | None = None,
) -> AsyncIterator[RunningService]:
    """`also_at`: where a proxy before it shows its pages. `smtp_url`: the mail server of alerts; pushes may then go to
    this machine too, and so may `webhooks`.
    """
    jwks = folder / "jwks.json"
    listener = listen("127.0.0.1", 0)
    port: int = listener.getsockname()[1]
    settings = settings_for(
        database_url,
        folder,
        jwks,
        anonymity_min=anonymity_min,
        port=port,
        embed_origins=embed_origins,
        redis_urls=redis_urls,
    )
    idp = DemoIdentityProvider(settings, entropy, clock)
    settings = dataclasses.replace(settings, platform_key=idp.public_key, moderation_root=moderation_root)
    if also_at:
        settings = dataclasses.replace(settings, allowed_origins=settings.allowed_origins | {also_at})
    if smtp_url is not None:
        settings = dataclasses.replace(settings, smtp_url=smtp_url, smtp_from=ALERTS_FROM, push_loopback=True)
    if webhooks is not None:
        settings = dataclasses.replace(settings, webhooks=webhooks, push_loopback=True)
    jwks.write_text(json.dumps(idp.jwks()))
    await prepared(settings, entropy)
    async with running(settings, with_worker=with_worker, clock=clock, entropy=entropy) as service:
        server = PromptServer(service)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            while not server.started:
                if serving.done():
                    serving.result()
                await asyncio.sleep(0.005)
            yield RunningService(service, idp, port)
        finally:
            server.end()
            await serving

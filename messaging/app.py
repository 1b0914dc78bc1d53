"""The composition root: settings, keys, clock and randomness become adapters, use cases and an ASGI application."""

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from random import SystemRandom

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute

from messaging import keys, web
from messaging.alerts.alerter import Alerter
from messaging.alerts.letters import Letters
from messaging.config import ConfigError, Settings
from messaging.connection.connection import Backend
from messaging.connection.gate import Gate
from messaging.domain import limits
from messaging.domain.alerts import USUAL, Pace
from messaging.domain.errors import Busy, Malformed, NotFound, Unauthenticated
from messaging.domain.rates import ALLOWANCES, Allowance, Rate
from messaging.domain.retention import Category, Schedule
from messaging.e2ee import suite
from messaging.e2ee.entropy import Entropy
from messaging.e2ee.errors import E2EEError
from messaging.e2ee.stamp import Stamper
from messaging.e2ee.suite import SigningKey
from messaging.e2ee.verified_log import PlatformKey
from messaging.fanout.carriage import LocalCarriage
from messaging.fanout.hub import Hub
from messaging.fanout.rates import LocalRates
from messaging.fanout.shared import SharedHub
from messaging.http.alert_pages import AlertPages
from messaging.http.exchange import Exchange, Handler, answered, problem_response
from messaging.http.hosts import KnownHosts
from messaging.http.notice_pages import NoticePages
from messaging.http.pages import Pages, read_files
from messaging.http.public import Public
from messaging.http.routes import ROUTES
from messaging.http.streams import Streams
from messaging.identity.jwks import JwksVerifier
from messaging.identity.platform_keys import KeysAndTokens
from messaging.moderating import ModerationUpkeep
from messaging.moderation.audit import Auditor
from messaging.pipeline import Pipeline
from messaging.ports import Carriage, Clock, EventSink, Store, TokenClaims, TokenVerifier
from messaging.relations.relay import Relay
from messaging.relations.webhooks import WebhookSender
from messaging.repeating import reason, repeat
from messaging.services import reminders, reporting
from messaging.services.context import Context
from messaging.sinks.jsonl import JsonlSink
from messaging.sinks.redis_stream import RedisStreamSink
from messaging.sinks.smtp import SmtpSink
from messaging.sinks.webhook import WebhookSink, read_webhooks
from messaging.sinks.webpush import VapidKey, WebPushSink
from messaging.store import DatabaseMissing, KeyRing, RingFile, SqlStore, create_store, current_revision, migrate
from messaging.wire import closing
from messaging.wire.rest import ServiceInfo
from messaging.ws.endpoint import SUBPROTOCOL, Endpoint

log = logging.getLogger("pli.app")


def system_clock() -> int:
    """Milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


system_entropy = os.urandom  # noqa: TID251 - the composition root is where randomness comes from


class NobodySignsIn:
    """The `TokenVerifier` of a service without a key set: it runs, and says why nobody gets in."""

    async def verify(self, token: str) -> TokenClaims:
        raise Unauthenticated("no key set is configured: set PLI_JWKS and PLI_TOKEN_ISSUER")


class Service:
    """One process of the service: everything it is made of, from start to drain."""

    def __init__(
        self, settings: Settings, store: SqlStore, context: Context, stamp_public: bytes, verifier: TokenVerifier
    ) -> None:
        self.settings = settings
        self.store = store
        self.context = context
        self.stamp_public = stamp_public
        self.hub, self.rates, self._carriage = _fanout(settings, store, context)
        self.pipeline = Pipeline(store, self.hub, context, alone=not settings.redis_urls)
        self.backend = Backend(self.pipeline, self.hub, store, context, self.rates)
        self.draining = False
        self.tokens = verifier
        self._verifier = KeysAndTokens(self.pipeline, verifier, settings.token_issuer, context.clock)

    async def start(self) -> None:
        if isinstance(self.hub, SharedHub):
            await self.hub.start()
        self.pipeline.start()

    async def stop(self) -> None:
        """What was accepted is committed; then the store closes."""
        await self.pipeline.stop()
        if isinstance(self.hub, SharedHub):
            await self.hub.stop()
        await self.store.close()

    async def drain(self) -> None:
        """Tells the load balancer, then the sockets, a few at a time so that they do not all come back at once."""
        self.draining = True
        await self.reconnect_all()

    async def reconnect_all(self) -> None:
        """Sends every socket away, to come back at once: after a restored backup each must be greeted anew."""
        listeners = self.hub.listeners()
        pause = min(limits.drain_s, len(listeners) / limits.drain_sockets_per_s) / max(1, len(listeners))
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number, listener in enumerate(listeners):
            # By when it is due, not after another pause: pauses of a busy process are longer than asked for.
            await asyncio.sleep(max(0.0, began + number * pause - loop.time()))
            listener.close(closing.GOING_AWAY)

    def ready(self) -> bool:
        """Whether newcomers are welcome here."""
        return not self.draining

    def info(self) -> ServiceInfo:
        return ServiceInfo(
            *(self.store.service_id, self.stamp_public, self.store.stream_epoch, SUBPROTOCOL),
            platform_key=self.settings.platform_key,
            moderation_root=self.settings.moderation_root,
            attestation_audience=self.settings.attestation_audience,
            sign_in_url=self.settings.sign_in_url,
            token_url=self.settings.token_url,
            attestation_url=self.settings.attestation_url,
            audit_key=self.context.auditor.public,
        )

    def asgi(self) -> Starlette:
        """The application, without a lifespan: whoever runs it starts and stops the service."""
        public = Public(self.info, self.ready)
        backend = self.backend
        gate = Gate(self.settings.allowed_origins, self.ready)
        streams = Streams(backend, gate, self._carriage)
        routes = [
            Route("/healthz", public.health),
            Route("/readyz", public.readiness),
            Route("/v1/service", public.service),
            Route("/problems/{code}", public.problem_page),
            Route("/events/schemas/{type}/{version}", public.event_schema),
            WebSocketRoute("/v1/ws", Endpoint(backend, gate)),
            Route("/v1/stream", streams, methods=["POST"]),
            Route("/v1/commands", streams.command, methods=["POST"]),
            *(Route(path, self._endpoint(handler), methods=[method]) for method, path, handler in ROUTES),
            *AlertPages(self.pipeline, self.context).routes(),
            *NoticePages(self.pipeline, self.context, self.rates, self.settings.allowed_origins).routes(),
            *self._pages().routes(),
        ]
        hosts = Middleware(KnownHosts, hosts=self.settings.allowed_hosts)
        app = Starlette(routes=routes, middleware=[hosts], exception_handlers={HTTPException: _http_problem})
        # A redirect could send a token along to where no encryption is: behind a proxy the scheme is a guess.
        app.router.redirect_slashes = False
        return app

    def _pages(self) -> Pages:
        settings = self.settings
        return Pages(
            read_files(web.STATIC),
            public_url=settings.public_url,
            embed_origins=settings.embed_origins,
            asked=[url for url in (settings.token_url, settings.attestation_url) if url is not None],
        )

    def _endpoint(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            return await answered(handler, Exchange(request, self.pipeline, self._verifier, self.context, self.rates))

        return endpoint


def _fanout(settings: Settings, store: SqlStore, context: Context) -> tuple[Hub, LocalRates, Carriage]:
    """The sockets here, what accounts may ask for, and streams elsewhere: of one process, or of one of several."""
    per_s = settings.messages_per_s or limits.messages_per_s
    messages = Allowance(per_s, per_s * limits.messages_burst_s)
    allowances = {**ALLOWANCES, Rate.MESSAGES: messages}
    if not settings.redis_urls:
        return Hub(), LocalRates(time.monotonic, allowances), LocalCarriage()
    hub = SharedHub(
        settings.redis_urls,
        store.shared_key("pli/bulletin-key"),
        store,
        context.clock,
        context.entropy,
        monotonic=time.monotonic,
        allowances=allowances,
    )
    return hub, hub.neighbours.rates, hub.neighbours.carriage


async def _http_problem(request: Request, error: Exception) -> Response:
    """Starlette's own refusals (no such path or method) in the form of all others."""
    if isinstance(error, HTTPException) and error.status_code == 404:
        return problem_response(NotFound("unknown, or not yours"))
    return problem_response(Malformed("this address does not take this method"))


@contextlib.asynccontextmanager
async def running(
    settings: Settings,
    *,
    with_worker: bool,
    clock: Clock = system_clock,
    entropy: Entropy = system_entropy,
    alert_pace: Pace = USUAL,
) -> AsyncIterator[Service]:
    """A started service, stopped on leaving. Raises: StoreError, KeyFileError, ConfigError."""
    if with_worker:
        webhooks(settings, clock)  # what is wrong with them stops the start
    secrets = keys.load(settings.data_dir)
    store = make_store(settings, entropy)
    await store.start()
    signing = SigningKey(secrets.stamp_seed)
    context = Context(
        clock,
        entropy,
        Stamper(signing),
        store.service_id,
        secrets.reporting,
        Auditor(store.service_id, SigningKey(secrets.audit_seed)),
        anonymity_min=settings.anonymity_min,
        platform=_platform(settings),
        backup_days=settings.backup_days,
        stream_epoch=lambda: store.stream_epoch,
        push_key=VapidKey(secrets.vapid_seed).public,
        sends_mails=settings.smtp_url is not None,
        push_loopback=settings.push_loopback,
    )
    service = Service(settings, store, context, signing.public, _verifier(settings, clock))
    await service.start()
    try:
        async with background(service, with_worker=with_worker, alert_pace=alert_pace):
            yield service
    finally:
        await service.stop()


@contextlib.asynccontextmanager
async def background(service: Service, *, with_worker: bool, alert_pace: Pace) -> AsyncIterator[None]:
    """What runs beside the requests: the store's upkeep, the first look at the platform's keys, and the worker's tasks
    where no worker does them.
    """
    moderation = ModerationUpkeep(service.store, service.pipeline, service.context)
    tasks = [
        asyncio.create_task(_upkeep(service.store)),
        asyncio.create_task(_watch(service)),
        asyncio.create_task(moderation.run()),
    ]
    if isinstance(service.tokens, JwksVerifier):
        tasks.append(asyncio.create_task(service.tokens.begin()))
    if with_worker:
        tasks.append(asyncio.create_task(work(service.settings, service.store, service.context.clock, alert_pace)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _upkeep(store: Store) -> None:
    while True:
        await asyncio.sleep(limits.checkpoint_every_s)
        try:
            await store.checkpoint()
        except Exception:
            log.exception("the store's upkeep failed")


async def _watch(service: Service) -> None:
    while True:
        await asyncio.sleep(limits.watch_every_s)
        try:
            if await service.store.watch():
                log.warning("the stream epoch changed: a backup was restored; every socket is greeted anew")
                await service.reconnect_all()
        except Busy as error:
            log.warning("the store could not be watched: %s", error)
        except Exception:
            log.exception("the store could not be watched")


def retention_schedule(settings: Settings) -> Schedule:
    """How long this deployment keeps what."""
    return Schedule(
        {
            Category.CLAIMS: settings.retention_claims_days,
            Category.PENDING_SEATS: settings.retention_pending_seats_days,
            Category.THREADS: settings.retention_threads_days,
        }
    )


def relay(
    settings: Settings,
    store: Store,
    clock: Clock = system_clock,
    webhooks: Sequence[str] = (),
    *,
    shares: bool = False,
) -> Relay:
    sink: EventSink = JsonlSink(settings.event_log)
    if settings.event_stream is not None:
        sink = RedisStreamSink(settings.event_stream)
    return Relay(store, sink, f"{settings.public_url}/events", webhooks=webhooks, clock=clock, shares=shares)


def webhooks(settings: Settings, clock: Clock = system_clock) -> WebhookSink | None:
    """Raises: ConfigError."""
    if settings.webhooks is None:
        return None
    return read_webhooks(settings.webhooks, clock, loopback=settings.push_loopback)


def alerter(
    settings: Settings, store: Store, clock: Clock, entropy: Entropy = system_entropy, pace: Pace = USUAL
) -> Alerter:
    """Raises: KeyFileError."""
    mail = None if settings.smtp_url is None else SmtpSink(settings.smtp_url, settings.smtp_from)
    letters = Letters(settings.public_url, settings.smtp_from, entropy)
    contact = f"mailto:{settings.smtp_from}" if settings.smtp_from else settings.public_url
    key = VapidKey(keys.load(settings.data_dir).vapid_seed)
    push = WebPushSink(key, contact, clock, loopback=settings.push_loopback)
    return Alerter(store, letters, mail, push, clock, entropy, reminders.tell, pace)


async def work(
    settings: Settings, store: Store, clock: Clock = system_clock, alert_pace: Pace = USUAL, *, shares: bool = False
) -> None:
    """What a worker does, until cancelled: it delivers relation events, and alerts people. `shares`: it may be one of
    several. Raises: KeyFileError.
    """
    posted = webhooks(settings, clock)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(relay(settings, store, clock, () if posted is None else posted.names, shares=shares).run())
        if posted is not None:
            tasks.create_task(WebhookSender(store, posted, clock, SystemRandom().random).run())
        tasks.create_task(alerter(settings, store, clock, pace=alert_pace).run())
        tasks.create_task(_publish_figures(store, clock))


async def _publish_figures(store: Store, clock: Clock) -> None:
    async def step() -> bool:
        for period in await reporting.publish_due(store, clock()):
            log.info("figures were published: %s %s", period.kind, period.name)
        return False

    await repeat(
        step, limits.figures_every_s, lambda error: log.warning("figures are not published: %s", reason(error))
    )


async def prepare(settings: Settings) -> None:
    """The first start of the embedded service: key ring and schema, where neither ring nor database exists yet.

    Raises: StoreError.
    """
    keys.make_folder(settings.data_dir)
    if settings.embedded and await revision(settings) is None:
        await initialise(settings)


async def revision(settings: Settings) -> str | None:
    """The schema that the database has; None where there is none, or no file yet. Raises: StoreError."""
    try:
        return await current_revision(settings.database_url)
    except DatabaseMissing:
        if settings.embedded:
            return None
        raise


async def initialise(settings: Settings, entropy: Entropy = system_entropy) -> None:
    """Brings the schema up to date; a new database also gets its keys, an older one those that came since.

    Raises: StoreError, KeyFileError.
    """
    keys.make_folder(settings.data_dir)
    before = await revision(settings)
    if before is None:
        keys.make_missing(settings.data_dir, entropy)
        if settings.key_ring is None and not settings.key_ring_file.exists():
            KeyRing.generate(entropy).create_file(settings.key_ring_file)
    else:
        keys.make_later(settings.data_dir, before, entropy)
    await migrate(settings.database_url)


def make_store(settings: Settings, entropy: Entropy = system_entropy) -> SqlStore:
    """The store of this deployment, not yet open; its key ring is from the environment or from its file.

    Raises: StoreError.
    """
    if settings.key_ring is not None:
        return create_store(settings.database_url, KeyRing.from_json(settings.key_ring), entropy)
    ring_file = RingFile(settings.key_ring_file)
    return create_store(settings.database_url, ring_file.read(), entropy, ring_file)


def _platform(settings: Settings) -> PlatformKey | None:
    """Raises: ConfigError."""
    _check_public(settings.moderation_root, "PLI_MODERATION_ROOT")
    if settings.platform_key is None:
        return None
    _check_public(settings.platform_key, "PLI_PLATFORM_KEY")
    return PlatformKey(settings.platform_key, settings.attestation_audience)


def _check_public(key: bytes | None, variable: str) -> None:
    """Raises: ConfigError."""
    try:
        if key is not None:
            suite.check_sign_public(key)
    except E2EEError as error:
        raise ConfigError(variable, "not a key that a signature could be checked with.") from error


def _verifier(settings: Settings, clock: Clock) -> TokenVerifier:
    if settings.jwks is None or settings.token_issuer is None:
        return NobodySignsIn()
    return JwksVerifier(settings.jwks, settings.token_issuer, settings.token_audience, clock)

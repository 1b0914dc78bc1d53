"""The demo's platform in a browser: a listing page that holds the widget, and doors to the inbox.

It stands in for what lies outside of Pli: pages of another origin on the same site, a strict policy, a back end that
signs tokens for whoever clicks. Like the identity provider behind it, it exists in the demo only.
"""

import asyncio
import base64
import contextlib
import html
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from string import Template
from types import MappingProxyType
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from messaging.demo.cast.main import MAYOR, SECRETARY, VILLAGE, VILLAGE_NAME
from messaging.demo.cast.visitor import VISITOR, VISITORS_PROJECT
from messaging.demo.people import Person
from messaging.demo.stage import Stage
from messaging.domain.errors import PliError
from messaging.domain.vocabulary import CardField
from messaging.http.body import read_body
from messaging.http.hosts import KnownHosts, host_name

_SITE: Final = Path(__file__).parent / "site"
_FILES: Final = MappingProxyType(
    {"listing.js": "text/javascript", "platform.css": "text/css", "icon.svg": "image/svg+xml"}
)
_SEATED: Final = MappingProxyType({"martine": SECRETARY, "yves": MAYOR})
"""Whose inboxes have a door, by its address."""
_KEY_CHARS: Final = 44
_BODY_S: Final = 5.0


class Platform:
    """The pages, for a stage on which the village and the visitor's project are registered."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.listing = f"{stage.platform_url}/annonce"
        self.inboxes = {name: f"{stage.platform_url}/entrer/{name}" for name in _SEATED}

    def asgi(self) -> Starlette:
        routes = [
            Route("/annonce", self._listing),
            Route("/jeton", self._token, methods=["POST"]),
            Route("/attestation", self._attestation, methods=["POST"]),
            Route("/entrer/{name}", self._door),
            *(Route(f"/{name}", _file(name, kind)) for name, kind in _FILES.items()),
        ]
        host = host_name(self._stage.platform_url.partition("://")[2])
        return Starlette(routes=routes, middleware=[Middleware(KnownHosts, hosts=[host])])

    async def _listing(self, request: Request) -> Response:
        service = self._stage.web_url
        policy = (
            f"script-src 'self' {service}/widget/loader.js",
            f"frame-src {service}/widget/",
            "connect-src 'self'",
            "trusted-types 'none'",
            "require-trusted-types-for 'script'",
        )
        told = {
            "loader": f"{service}/widget/loader.js",
            "target": self._stage.targets[VILLAGE.target_ref].hex(),
            "platform_key": base64.b64encode(self._stage.idp.public_key).decode(),
            "village": VILLAGE_NAME,
            "visitor": VISITOR.name,
        }
        return _page("listing.html", told, policy)

    async def _token(self, request: Request) -> Response:
        return self._signed(request, self._stage.idp.token(VISITOR.subject, [VISITORS_PROJECT.claim(VISITOR)]))

    async def _attestation(self, request: Request) -> Response:
        """For the identity key in the body, base64: that it is the one of the visitor's project."""
        try:
            identity = base64.b64decode(await read_body(request, _KEY_CHARS, _BODY_S), validate=True)
            return self._signed(request, self._stage.idp.attestation(identity, VISITORS_PROJECT.attested))
        except (ValueError, PliError):
            return Response(status_code=400)

    def _signed(self, request: Request, word: str) -> Response:
        """For the listing page's visitor, as long as it is that page which asks."""
        if request.headers.get("origin") != self._stage.platform_url:
            return Response(status_code=403)
        return PlainTextResponse(word, headers={"cache-control": "no-store"})

    async def _door(self, request: Request) -> Response:
        person = _SEATED.get(request.path_params["name"])
        return Response(status_code=404) if person is None else _page("door.html", self._pass(person), ())

    def _pass(self, person: Person) -> Mapping[str, str]:
        token = self._stage.idp.token(person.subject, [VILLAGE.claim(person)])
        return {
            "name": person.name,
            "role": person.card[CardField.ROLE],
            "code": self._stage.codes.get(person.subject, "aucun : première visite"),
            "inbox": f"{self._stage.web_url}/inbox/#token={token}",
        }


@contextlib.asynccontextmanager
async def standing_in(stage: Stage) -> AsyncIterator[Platform]:
    """The platform's pages, served until it is left."""
    platform = Platform(stage)
    config = uvicorn.Config(platform.asgi(), log_config=None, access_log=False, lifespan="off", server_header=False)
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[stage.platform_listener]))
    try:
        yield platform
    finally:
        server.should_exit = True
        await serving


class _Server(uvicorn.Server):
    """Signals end the service; this one goes with it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _page(name: str, told: Mapping[str, str], policy: tuple[str, ...]) -> Response:
    template = Template((_SITE / name).read_text(encoding="utf-8"))
    content = template.substitute({key: html.escape(value) for key, value in told.items()})
    always = ("default-src 'none'", "style-src 'self'", "img-src 'self'", "base-uri 'none'", "form-action 'none'")
    headers = {
        "content-security-policy": "; ".join((*always, "frame-ancestors 'none'", *policy)),
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    return HTMLResponse(content, headers=headers)


def _file(name: str, kind: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        content = await asyncio.to_thread((_SITE / name).read_bytes)
        return Response(content, media_type=kind, headers={"cache-control": "no-cache"})

    return endpoint

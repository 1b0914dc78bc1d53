"""The demo's platform in a browser: a listing page that holds the widget, and doors to the inbox and the console.

It stands in for what lies outside of Pli: pages of another origin on the same site, a strict policy, a back end that
signs in whoever clicks, and signs tokens for who is signed in. Like the identity provider behind it, it exists in the
demo only.
"""

import asyncio
import base64
import contextlib
import html
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
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
from messaging.demo.cast.recruiter import FIRST_MODERATOR, MODERATORS, SECOND_MODERATOR
from messaging.demo.cast.visitor import VISITOR, VISITORS_PROJECT
from messaging.demo.idp import TOKEN_S_MAX
from messaging.demo.people import Party, Person
from messaging.demo.stage import Stage
from messaging.domain.errors import PliError
from messaging.domain.vocabulary import CardField
from messaging.http.body import read_body
from messaging.http.hosts import KnownHosts, host_name

_SITE: Final = Path(__file__).parent / "site"
_FILES: Final = MappingProxyType(
    {
        "listing.js": "text/javascript",
        "post.js": "text/javascript",
        "platform.css": "text/css",
        "icon.svg": "image/svg+xml",
    }
)


@dataclass(frozen=True, slots=True)
class _Door:
    """Where a person of the demo comes in by one click."""

    person: Person
    party: Party
    page: str
    """Of the service: `inbox` or `console`."""
    opens: str


_SEATED: Final = MappingProxyType(
    {
        "martine": _Door(SECRETARY, VILLAGE, "inbox", "Ouvrir la messagerie"),
        "yves": _Door(MAYOR, VILLAGE, "inbox", "Ouvrir la messagerie"),
        "mona": _Door(FIRST_MODERATOR, MODERATORS, "console", "Ouvrir la console"),
        "noe": _Door(SECOND_MODERATOR, MODERATORS, "console", "Ouvrir la console"),
    }
)
"""Whose inboxes, and consoles, have a door, by its address."""
_DOORS: Final = "/entrer"
_COOKIE: Final = "session"
_SESSIONS_MAX: Final = 1_000
_KEY_CHARS: Final = 44
_SUBJECT_CHARS: Final = 255
_BODY_S: Final = 5.0


class Platform:
    """The pages, for a stage on which the village and the visitor's project are registered."""

    def __init__(self, stage: Stage, *, token_s: int = TOKEN_S_MAX) -> None:
        """`token_s`: how long its tokens last."""
        self._stage = stage
        self._token_s = token_s
        self.listing = f"{stage.platform_url}/annonce"
        self.mails = f"{stage.platform_url}/courriels"
        self.figures = f"{stage.platform_url}/chiffres"
        self.sessions: dict[str, dict[str, tuple[Person, Party]]] = {}
        """Who is signed in, by what stands in their browser's cookie, then by subject; the oldest of too many goes."""

    @property
    def inboxes(self) -> Mapping[str, str]:
        """The doors to the inbox, by who comes in."""
        return self._doors_to("inbox")

    @property
    def consoles(self) -> Mapping[str, str]:
        """The doors to the moderators' console; none where nobody moderates in this performance."""
        return self._doors_to("console")

    def asgi(self) -> Starlette:
        routes = [
            Route("/annonce", self._listing),
            Route("/visite", self._visit, methods=["POST", "DELETE"]),
            Route("/connexion", self._doors),
            Route("/courriels", self._mails),
            Route("/courriels/nombre", self._mail_count),
            Route("/chiffres", self._staff),
            Route("/jeton", self._token, methods=["POST"]),
            Route("/attestation", self._attestation, methods=["POST"]),
            Route(f"{_DOORS}/{{name}}", self._door),
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

    async def _visit(self, request: Request) -> Response:
        """The listing page's visitor signs in by one click, and out."""
        if request.headers.get("origin") != self._stage.platform_url:
            return Response(status_code=403)
        answer = Response(status_code=204)
        if request.method == "POST":
            self._sign_in(request, answer, VISITOR, VISITORS_PROJECT)
        else:
            self._people(request).pop(VISITOR.subject, None)
        return answer

    async def _token(self, request: Request) -> Response:
        """The body names whose: more than one person of the town hall may be signed in in one browser here."""
        try:
            wanted = (await read_body(request, _SUBJECT_CHARS, _BODY_S)).decode()
        except (ValueError, PliError):
            return Response(status_code=400)
        return self._signed(request, self._token_for, wanted)

    async def _attestation(self, request: Request) -> Response:
        """For the identity key in the body, base64: that it is the one of the signed-in person's mailbox."""
        try:
            identity = base64.b64decode(await read_body(request, _KEY_CHARS, _BODY_S), validate=True)
            return self._signed(request, lambda _, party: self._stage.idp.attestation(identity, party.attested))
        except (ValueError, PliError):
            return Response(status_code=400)

    def _signed(self, request: Request, word: Callable[[Person, Party], str], wanted: str = "") -> Response:
        """For who is signed in, where a page of the two asks: no other page can use their cookie."""
        origin = request.headers.get("origin")
        seated = tuple(door.party for door in _SEATED.values())
        parties = {self._stage.platform_url: (VISITORS_PROJECT,), self._stage.web_url: seated}
        if origin not in parties:
            return Response(status_code=403)
        headers = {
            "access-control-allow-origin": origin,
            "access-control-allow-credentials": "true",
            "cache-control": "no-store",
            "vary": "origin",
        }
        here = [(person, party) for person, party in self._people(request).values() if party in parties[origin]]
        named = [session for session in here if wanted in ("", session[0].subject)]
        if not named:
            # Nobody is signed in: no error to the inbox, which then offers to sign in, and one to the listing page.
            return Response(status_code=204 if origin == self._stage.web_url else 401, headers=headers)
        return PlainTextResponse(word(*named[-1]), headers=headers)

    def _people(self, request: Request) -> dict[str, tuple[Person, Party]]:
        """Who is signed in in this browser, by subject."""
        return self.sessions.get(request.cookies.get(_COOKIE, ""), {})

    async def _doors(self, request: Request) -> Response:
        """Where the inbox and the console send who has to sign in."""
        people = {name: html.escape(door.person.name) for name, door in self._open_doors().items()}
        links = (f'<a class="primary" href="{_DOORS}/{name}">{shown}</a>' for name, shown in people.items())
        return _page("sign-in.html", {}, (), doors=" ".join(links))

    async def _mails(self, request: Request) -> Response:
        """What the service sent, to whomever."""
        policy = ("script-src 'self'", "connect-src 'self'")
        return _page("post.html", {}, policy, mails=self._stage.post.page(self._stage.web_url))

    async def _mail_count(self, request: Request) -> Response:
        return PlainTextResponse(str(len(self._stage.post.mails)), headers={"cache-control": "no-store"})

    async def _staff(self, request: Request) -> Response:
        """The platform's own people read the figures, and nothing else."""
        token = self._stage.idp.reporting_token(lifetime_s=self._token_s)
        return _page("figures.html", {"figures": f"{self._stage.web_url}/figures/#token={token}"}, ())

    async def _door(self, request: Request) -> Response:
        door = self._open_doors().get(request.path_params["name"])
        if door is None:
            return Response(status_code=404)
        answer = _page("door.html", self._pass(door), ())
        self._sign_in(request, answer, door.person, door.party)
        return answer

    def _open_doors(self) -> Mapping[str, _Door]:
        """Of parties that take part in this performance."""
        return {name: door for name, door in _SEATED.items() if door.party.target_ref in self._stage.targets}

    def _doors_to(self, page: str) -> Mapping[str, str]:
        url = f"{self._stage.platform_url}{_DOORS}"
        return {name: f"{url}/{name}" for name, door in self._open_doors().items() if door.page == page}

    def _sign_in(self, request: Request, answer: Response, person: Person, party: Party) -> None:
        session = secrets.token_hex(16)
        others = self.sessions.pop(request.cookies.get(_COOKIE, ""), {})
        self.sessions[session] = {**others, person.subject: (person, party)}
        for oldest in list(self.sessions)[:-_SESSIONS_MAX]:
            del self.sessions[oldest]
        answer.set_cookie(_COOKIE, session, httponly=True, samesite="lax")

    def _token_for(self, person: Person, party: Party) -> str:
        return self._stage.idp.token(person.subject, [party.claim(person)], lifetime_s=self._token_s)

    def _pass(self, door: _Door) -> Mapping[str, str]:
        person, token = door.person, self._token_for(door.person, door.party)
        return {
            "name": person.name,
            "role": person.card[CardField.ROLE],
            "code": self._stage.codes.get(person.subject, "aucun : première visite"),
            "inbox": f"{self._stage.web_url}/{door.page}/#token={token}",
            "opens": door.opens,
        }


@contextlib.asynccontextmanager
async def standing_in(stage: Stage, *, token_s: int = TOKEN_S_MAX) -> AsyncIterator[Platform]:
    """The platform's pages, served until it is left. `token_s`: how long its tokens last."""
    platform = Platform(stage, token_s=token_s)
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


def _page(name: str, told: Mapping[str, str], policy: tuple[str, ...], **markup: str) -> Response:
    template = Template((_SITE / name).read_text(encoding="utf-8"))
    content = template.substitute({key: html.escape(value) for key, value in told.items()}, **markup)
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

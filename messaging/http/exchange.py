"""From a request to a use case and back: who asks, the body as a struct, the answer or the problem as JSON.

Errors are RFC 9457 problems. Nothing of a body, a token or an address is logged.
"""

import asyncio
import hashlib
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from messaging.domain import limits
from messaging.domain.authorization import Actor
from messaging.domain.errors import Failed, Malformed, NotFound, PliError, TooMany, Unauthenticated
from messaging.domain.ids import ID_BYTES, AccountId
from messaging.domain.rates import Rate
from messaging.e2ee.encoding import frame
from messaging.http.body import read_body
from messaging.pipeline import Pipeline
from messaging.ports import Rates, TokenClaims, TokenVerifier, Transaction
from messaging.services import accounts
from messaging.services.context import Context
from messaging.services.once import Answer, Once, begin, carry_out, once
from messaging.services.outcome import Outcome
from messaging.wire.problems import problem

log = logging.getLogger("pli.http")

T = TypeVar("T")
Handler = Callable[["Exchange"], Awaitable[Response]]

_SAFE_HEADERS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_UNKNOWN: Final = "the outcome is unknown; the same request again gets the truth"


class Exchange:
    """One request, with what its handler may use."""

    def __init__(
        self, request: Request, pipeline: Pipeline, verifier: TokenVerifier, context: Context, rates: Rates
    ) -> None:
        self._request = request
        self._pipeline = pipeline
        self._verifier = verifier
        self.context = context
        self._rates = rates
        self._claims: TokenClaims | None = None
        self._content = b""
        """The body, once it was read."""

    async def claims(self) -> TokenClaims:
        """The verified token, verified once. Raises: Unauthenticated, TokenExpired, TooMany."""
        if self._claims is None:
            self._claims = await self._verified()
            self._pace(self._claims)
        return self._claims

    def _pace(self, claims: TokenClaims) -> None:
        """The platform's back end does as much as it wants. Raises: TooMany."""
        if claims.platform:
            return
        person = hashlib.sha256(frame("pli/person", claims.issuer.encode(), claims.subject.encode())).digest()
        wait_ms = self._rates.take(Rate.REQUESTS, person)
        if wait_ms:
            raise TooMany("more requests than one person may make in this time", retry_after_ms=wait_ms)

    async def _verified(self) -> TokenClaims:
        scheme, _, token = self._request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("a bearer token is needed")
        return await self._verifier.verify(token.strip())

    async def body(self, kind: type[T], bytes_max: int = limits.http_body_bytes_max) -> T:
        """The JSON body as a struct, read for nobody without a token, and not for ever.

        Raises: Unauthenticated, TooLarge, Malformed.
        """
        await self.claims()
        self._content = await read_body(self._request, bytes_max, limits.http_body_s)
        try:
            return msgspec.json.decode(self._content, type=kind)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise Malformed(str(error)) from error

    def path_id(self, name: str) -> bytes:
        """An id from the address, 32 hex digits. Raises: NotFound."""
        text = self._request.path_params[name]
        try:
            decoded = bytes.fromhex(text)
        except ValueError:
            decoded = b""
        if len(decoded) != 16 or decoded.hex() != text:
            raise NotFound("unknown, or not yours")
        return decoded

    def query(self, name: str, pattern: str) -> str | None:
        """What the address asks for; None: nothing. Raises: Malformed."""
        text = self._request.query_params.get(name)
        if text is not None and re.fullmatch(pattern, text, re.ASCII) is None:
            raise Malformed(f"{name} in the address is not of the form {pattern}")
        return text

    async def run(self, use_case: Callable[[Transaction, Actor], Awaitable[Outcome[T]]]) -> T:
        """Carries out a change, as whoever the token says; an account is made at its first change."""
        claims = await self.claims()
        new_account = AccountId(self.context.entropy(ID_BYTES))

        async def with_actor(tx: Transaction) -> Outcome[T]:
            return await use_case(tx, await accounts.actor_of(tx, claims, new_account))

        return await self._pipeline.run(with_actor)

    async def run_once(self, use_case: Callable[[Transaction, Actor], Awaitable[Outcome[Any]]]) -> Response:
        """Like `run`, for the platform's back end: with an Idempotency-Key a request is carried out once, and its
        answer given again. Read the body first: it is part of what the key stands for.

        Raises: Malformed, KeyReused, TooMany, and what the use case raises.
        """
        answer = await self.answer_once(use_case)
        return Response(
            answer.body, answer.status, _SAFE_HEADERS, media_type="application/json" if answer.body else None
        )

    async def answer_once(self, use_case: Callable[[Transaction, Actor], Awaitable[Outcome[Any]]]) -> Answer:
        """The answer of `run_once`, to be worked on before it is sent."""
        wanted = await self._once()

        async def kept(tx: Transaction, actor: Actor) -> Outcome[Answer]:
            return await carry_out(tx, actor, wanted, use_case, _encoded, self.context.clock())

        return await self.run(kept)

    async def begin_once(self, first: Callable[[Transaction, Actor], Awaitable[Outcome[None]]]) -> Answer | None:
        """The first of two transactions, whose second is `answer_once`; or the kept answer, and nothing is done.

        Raises: Malformed, KeyReused, TooMany, and what `first` raises; then nothing was changed.
        """
        wanted = await self._once()

        async def begun(tx: Transaction, actor: Actor) -> Outcome[Answer | None]:
            return await begin(tx, actor, wanted, first, self.context.clock())

        return await self.run(begun)

    async def _once(self) -> Once | None:
        """What the Idempotency-Key stands on; None without one. Raises: Malformed."""
        claims, request = await self.claims(), self._request
        key = request.headers.get("idempotency-key")
        address = (request.method.encode(), request.url.path.encode(), self._content)
        return None if key is None else once(claims, key, *address)

    async def purge(self, tables: Sequence[str]) -> Mapping[str, str]:
        """Clears the database's files of what a change deleted from these tables."""
        return await self._pipeline.purge(tables)

    async def read(self, query: Callable[[Transaction, Actor], Awaitable[T]]) -> T:
        """Answers a question, as whoever the token says."""
        claims = await self.claims()

        async def with_actor(tx: Transaction) -> T:
            return await query(tx, await accounts.actor_of(tx, claims, None))

        return await self._pipeline.read(with_actor)


def _encoded(value: Any) -> Answer:
    return Answer(204, b"") if value is None else Answer(200, msgspec.json.encode(value))


def json_response(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, _SAFE_HEADERS, media_type="application/json")


def empty_response() -> Response:
    return Response(status_code=204, headers=_SAFE_HEADERS)


def problem_response(error: PliError) -> Response:
    """RFC 9457. A 401 also says how to authenticate (RFC 9110 section 11.6.1)."""
    headers = dict(_SAFE_HEADERS)
    if isinstance(error, Unauthenticated):
        headers["www-authenticate"] = "Bearer"
    if error.retry_after_ms is not None:
        headers["retry-after"] = str(-(-error.retry_after_ms // 1_000))
    return Response(msgspec.json.encode(problem(error)), error.status, headers, media_type="application/problem+json")


async def answered(handler: Handler, exchange: Exchange) -> Response:
    """The handler's answer, or the problem that it raised.

    Cancelled, too: uvicorn does so to what is not answered soon enough when the process ends. The use case goes on in
    the pipeline, which is stopped later.
    """
    try:
        return await handler(exchange)
    except PliError as error:
        return problem_response(error)
    except asyncio.CancelledError:
        log.warning("a request was not answered before the process ended")
        return problem_response(Failed(_UNKNOWN))
    except Exception:
        log.exception("a request failed")
        return problem_response(Failed(_UNKNOWN))

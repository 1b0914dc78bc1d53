"""The HTTP side of the service: PROTOCOL.md section 6, one method a resource, typed both ways.

A token that the service does not take (it expired, or the platform changed its keys) is asked for once more from the
provider; then the refusal stands.
"""

import contextlib
import inspect
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import lru_cache
from ipaddress import ip_address
from types import TracebackType
from typing import Final, Self, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec

from messaging.domain.errors import TargetNotReady
from messaging.wire.events import Problem
from messaging.wire.moderation import (
    Answer,
    AuditAsked,
    AuditTrail,
    CaseExcerpt,
    CaseFile,
    CasesList,
    Claimed,
    Continuing,
    Decide,
    Decided,
    Exported,
    Exporting,
    Letters,
    ModerationKeyView,
    NoticesList,
    OutsideNotice,
    Queue,
    Report,
    ReportTaken,
    Second,
    Unmasked,
)
from messaging.wire.problems import problem
from messaging.wire.rest import (
    AccountView,
    Claim,
    ClaimRequest,
    OwnTargets,
    PendingSeats,
    PrekeyBatch,
    Removal,
    RosterAppend,
    RosterView,
    SeatRequest,
    ServiceInfo,
    TicketIssued,
    VaultBody,
)
from pli_client.errors import ProblemError, TimedOut, Unreachable

TokenProvider = Callable[[], str | Awaitable[str]]
"""Gives a fresh token of the platform each time it is called."""

T = TypeVar("T")

answer_bytes_max: Final = 4_194_304
stream_silence_s: Final = 45.0
"""Three times as long as a stream is ever silent while its line lives."""
_STREAM: Final = "Pli-Stream"
_PLACE: Final = "Pli-Place"
keep_idle_s: Final = 2.0
"""Less than servers and what stands before them keep an idle connection, 5 s at the least: a request must not meet its
end on the way."""
_CUT: Final = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)
"""How a request ends on a connection that was ended meanwhile, as where a proxy was reloaded."""


class Api:
    """One account's access over HTTP. `timeout_s` bounds each request; close it, or use it as a context manager."""

    def __init__(
        self,
        url: str,
        token: TokenProvider,
        *,
        timeout_s: float = 10.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        _check_confidential(url)
        self._provider = token
        self._token: str | None = None
        self._http = httpx.AsyncClient(
            base_url=url,
            timeout=timeout_s,
            transport=transport,
            follow_redirects=False,
            verify=_tls(url),
            limits=httpx.Limits(keepalive_expiry=keep_idle_s),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def token(self, *, fresh: bool = False) -> str:
        """The platform token in use; a new one from the provider if `fresh` or if there is none yet."""
        if fresh or self._token is None:
            given = self._provider()
            self._token = await given if inspect.isawaitable(given) else given
        return self._token

    async def service(self) -> ServiceInfo:
        return _decode(await self._request("GET", "/v1/service", None, {}), ServiceInfo)

    async def ticket(self) -> TicketIssued:
        return await self._post("/v1/tickets", None, TicketIssued)

    async def account(self) -> AccountView:
        return await self._get("/v1/account", AccountView)

    async def vault(self) -> VaultBody | None:
        """None when the account has none yet."""
        content = await self._send("GET", "/v1/vault", None)
        return _decode(content, VaultBody) if content else None

    async def put_vault(self, body: VaultBody) -> None:
        """Raises: ProblemError `stale_head` when another device wrote first."""
        await self._send("PUT", "/v1/vault", body)

    async def roster(self, mailbox: bytes) -> RosterView:
        return await self._get(f"/v1/mailboxes/{mailbox.hex()}/roster", RosterView)

    async def append_roster(self, mailbox: bytes, append: RosterAppend) -> None:
        """Raises: ProblemError `stale_head` when another record came first."""
        await self._send("POST", f"/v1/mailboxes/{mailbox.hex()}/roster", append)

    async def remove(self, mailbox: bytes, removal: Removal) -> None:
        """Raises: ProblemError `stale_head` when another record came first, `busy` when a conversation was opened."""
        await self._send("POST", f"/v1/mailboxes/{mailbox.hex()}/removals", removal)

    async def ask_seat(self, mailbox: bytes, request: SeatRequest) -> None:
        await self._send("POST", f"/v1/mailboxes/{mailbox.hex()}/seats", request)

    async def pending_seats(self, mailbox: bytes) -> PendingSeats:
        return await self._get(f"/v1/mailboxes/{mailbox.hex()}/seats", PendingSeats)

    async def targets(self, mailbox: bytes) -> OwnTargets:
        return await self._get(f"/v1/mailboxes/{mailbox.hex()}/targets", OwnTargets)

    async def publish_prekeys(self, target: bytes, batch: PrekeyBatch) -> None:
        await self._send("POST", f"/v1/targets/{target.hex()}/prekeys", batch)

    async def claim(self, target: bytes, mailbox: bytes) -> Claim:
        """Raises: ProblemError (`target_not_ready` while nobody can receive there), Unreachable."""
        answer = await self._send("POST", f"/v1/targets/{target.hex()}/claims", ClaimRequest(mailbox))
        if not answer:
            raise ProblemError(problem(TargetNotReady("nobody can receive there yet")))
        return _decode(answer, Claim)

    async def moderation_key(self) -> ModerationKeyView:
        return await self._get("/v1/moderation/key", ModerationKeyView)

    async def report(self, thread: bytes, report: Report) -> ReportTaken:
        return await self._post(f"/v1/threads/{thread.hex()}/reports", report, ReportTaken)

    async def cases(self, mailbox: bytes) -> CasesList:
        return await self._get(f"/v1/mailboxes/{mailbox.hex()}/cases", CasesList)

    async def answer(self, case: bytes, answer: Answer, *, appeal: bool) -> None:
        await self._send("POST", f"/v1/cases/{case.hex()}/{'appeals' if appeal else 'answers'}", answer)

    async def send_notice(self, notice: OutsideNotice) -> None:
        await self._send("POST", "/v1/notices", notice)

    async def notices(self) -> NoticesList:
        return await self._get("/v1/notices", NoticesList)

    async def queue(self) -> Queue:
        return await self._get("/v1/moderation/queue", Queue)

    async def case_file(self, case: bytes) -> CaseFile:
        return await self._get(f"/v1/moderation/cases/{case.hex()}", CaseFile)

    async def excerpt(self, case: bytes, asked: Continuing) -> CaseExcerpt:
        return await self._post(f"/v1/moderation/cases/{case.hex()}/excerpts", asked, CaseExcerpt)

    async def on_case(self, case: bytes, act: str, body: msgspec.Struct | None = None) -> None:
        """One of `release`, `hearing`, `second`, `review`, `unmaskings`."""
        await self._send("POST", f"/v1/moderation/cases/{case.hex()}/{act}", body)

    async def claim_case(self, case: bytes) -> Claimed:
        return await self._post(f"/v1/moderation/cases/{case.hex()}/claim", None, Claimed)

    async def letters(self, case: bytes, decision: Decide) -> Letters:
        return await self._post(f"/v1/moderation/cases/{case.hex()}/letters", decision, Letters)

    async def export(self, case: bytes, subject: bytes) -> Exported:
        return await self._post(f"/v1/moderation/cases/{case.hex()}/exports", Exporting(subject), Exported)

    async def audit_trail(self, asked: AuditAsked) -> AuditTrail:
        return await self._post("/v1/moderation/audit", asked, AuditTrail)

    async def decide(self, case: bytes, decision: Decide) -> Decided:
        return await self._post(f"/v1/moderation/cases/{case.hex()}/decision", decision, Decided)

    async def approve(self, case: bytes, word: Second) -> Decided:
        return await self._post(f"/v1/moderation/cases/{case.hex()}/approval", word, Decided)

    async def unmasked(self, unmasking: bytes) -> Unmasked:
        return await self._get(f"/v1/moderation/unmaskings/{unmasking.hex()}", Unmasked)

    @contextlib.asynccontextmanager
    async def stream(self, secret: str, hello: bytes) -> AsyncIterator[tuple[AsyncIterator[bytes], dict[str, str]]]:
        """Opens a stream of the second carrier (PROTOCOL.md section 2.1); gives its bytes as they come, and the headers
        by which frames find it.

        Raises: ProblemError, Unreachable; Unreachable also where the bytes are awaited.
        """
        headers = {_STREAM: secret, "Content-Type": "application/json", "Accept-Encoding": "identity"}
        silence = httpx.Timeout(self._http.timeout.connect, read=stream_silence_s)
        try:
            async with self._http.stream(
                "POST", "/v1/stream", content=hello, headers=headers, timeout=silence
            ) as answer:
                if not answer.is_success:
                    raise ProblemError(_problem(answer, await _read(answer)))
                if not answer.headers.get("content-type", "").startswith("text/event-stream"):
                    raise Unreachable("not an event stream")
                place = answer.headers.get(_PLACE)
                yield answer.aiter_raw(), {_STREAM: secret} | ({} if place is None else {_PLACE: place})
        except httpx.HTTPError as error:
            raise Unreachable(f"the stream: {type(error).__name__}") from error

    async def put_frame(self, headers: dict[str, str], frame: bytes) -> None:
        """Hands one frame to the stream of these headers. Raises: ProblemError, Unreachable."""
        await self._request("POST", "/v1/commands", frame, headers)

    async def _get(self, path: str, kind: type[T]) -> T:
        return _decode(await self._send("GET", path, None), kind)

    async def _post(self, path: str, body: msgspec.Struct | None, kind: type[T]) -> T:
        return _decode(await self._send("POST", path, body), kind)

    async def _send(self, method: str, path: str, body: msgspec.Struct | None) -> bytes:
        """Raises: ProblemError, Unreachable."""
        content = None if body is None else msgspec.json.encode(body)
        try:
            return await self._request(method, path, content, await self._authorization(fresh=False))
        except ProblemError as error:
            if error.problem.status != httpx.codes.UNAUTHORIZED:
                raise
        return await self._request(method, path, content, await self._authorization(fresh=True))

    async def _authorization(self, *, fresh: bool) -> dict[str, str]:
        return {"Authorization": f"Bearer {await self.token(fresh=fresh)}"}

    async def _request(self, method: str, path: str, content: bytes | None, headers: dict[str, str]) -> bytes:
        if content is not None:
            headers = headers | {"Content-Type": "application/json"}
        try:
            try:
                answer, body = await self._exchange(method, path, content, headers)
            except _CUT:
                if method != "GET":
                    raise  # it may have been taken
                answer, body = await self._exchange(method, path, content, headers)
        except httpx.TimeoutException as error:
            raise TimedOut(f"{method} {path}: no answer in time") from error
        except httpx.HTTPError as error:
            raise Unreachable(f"{method} {path}: {type(error).__name__}") from error
        if answer.is_success and (body or answer.status_code == httpx.codes.NO_CONTENT):
            return body
        if answer.is_success:
            raise Unreachable(f"{method} {path}: an empty answer")
        raise ProblemError(_problem(answer, body))

    async def _exchange(
        self, method: str, path: str, content: bytes | None, headers: dict[str, str]
    ) -> tuple[httpx.Response, bytes]:
        """Raises: httpx.HTTPError, Unreachable."""
        async with self._http.stream(method, path, content=content, headers=headers) as answer:
            return answer, await _read(answer)


def _check_confidential(url: str) -> None:
    """Tokens go with every request. Raises: ValueError for a URL that would show them to the network."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("the service's URL begins with https:// and names a host")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise ValueError("http:// shows tokens to the network: only a service on this machine is reached by it")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _tls(url: str) -> ssl.SSLContext:
    """One context for all clients of a process: reading the machine's certificates takes 50 ms. Plain HTTP (the
    loopback interface) needs none of them, and its empty context would refuse any server.
    """
    return _system_tls() if url.startswith("https:") else _empty_tls()


@lru_cache(maxsize=1)
def _system_tls() -> ssl.SSLContext:
    return ssl.create_default_context()


@lru_cache(maxsize=1)
def _empty_tls() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


async def _read(answer: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > answer_bytes_max:
            raise Unreachable("the answer is larger than any of this protocol")
    return bytes(body)


def _decode(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise Unreachable(f"not an answer of this protocol: {error}") from error


def _problem(answer: httpx.Response, body: bytes) -> Problem:
    """The problem of an answer; what stands between us and the service may answer with something else entirely."""
    try:
        return msgspec.json.decode(body, type=Problem)
    except (msgspec.DecodeError, UnicodeError):
        retryable = answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR
        return Problem("about:blank", answer.reason_phrase, answer.status_code, "unknown", retryable=retryable)

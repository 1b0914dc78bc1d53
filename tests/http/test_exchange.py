"""One request: its body and ids in, its answer or problem out."""

import asyncio
import logging
from typing import Any

import msgspec
import pytest
from starlette.requests import Request
from starlette.responses import Response

from messaging.domain.errors import Busy, Conflict, Malformed, NotFound, TokenExpired, TooLarge, Unauthenticated
from messaging.fanout.rates import LocalRates
from messaging.http.exchange import Exchange, answered, empty_response, json_response, problem_response
from messaging.ports import TokenClaims
from messaging.wire.rest import ClaimRequest, TicketIssued

Messages = list[dict[str, Any]]
BEARER = {"authorization": "Bearer token"}


class Believing:
    """Takes every token."""

    async def verify(self, token: str) -> TokenClaims:
        return TokenClaims("issuer", "subject", 0, 1, False, ())


def exchange(*chunks: bytes, headers: dict[str, str] | None = None, path: dict[str, str] | None = None) -> Exchange:
    """A request with this body."""
    waiting: Messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    waiting.append({"type": "http.request", "body": b"", "more_body": False})
    return _exchange(waiting, headers, path)


def _exchange(messages: Messages, headers: dict[str, str] | None, path: dict[str, str] | None) -> Exchange:
    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    raw = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": raw, "path_params": path or {}}
    unused: Any = None
    return Exchange(Request(scope, receive), unused, Believing(), unused, LocalRates(lambda: 0.0))


GOOD = msgspec.json.encode(ClaimRequest(bytes(16)))


async def test_a_body_is_read_whole() -> None:
    assert await exchange(GOOD[:5], GOOD[5:], headers=BEARER).body(ClaimRequest) == ClaimRequest(bytes(16))


async def test_a_body_is_read_no_further_than_its_bound() -> None:
    request = exchange(*[b" " * 10] * 100, headers=BEARER)
    with pytest.raises(TooLarge):
        await request.body(ClaimRequest, 25)


async def test_a_body_of_exactly_its_bound_is_read() -> None:
    assert await exchange(GOOD, headers=BEARER).body(ClaimRequest, len(GOOD))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b'{"mailbox":"AAAA"}'])
async def test_a_body_of_another_form_is_malformed(content: bytes) -> None:
    with pytest.raises(Malformed):
        await exchange(content, headers=BEARER).body(ClaimRequest)


async def test_a_body_that_ends_early_is_malformed() -> None:
    messages: Messages = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    with pytest.raises(Malformed):
        await _exchange(messages, BEARER, None).body(ClaimRequest)


async def test_no_body_is_read_for_who_has_no_token() -> None:
    messages: Messages = []
    with pytest.raises(Unauthenticated):
        await _exchange(messages, None, None).body(ClaimRequest)


def test_ids_are_32_lower_case_digits() -> None:
    assert exchange(path={"id": "ab" * 16}).path_id("id") == b"\xab" * 16
    for spelt in ("AB" * 16, "ab" * 15, "ab" * 17, "zz" * 16, "", " " + "ab" * 16, "ab " * 16, "٠" * 32):
        with pytest.raises(NotFound):
            exchange(path={"id": spelt}).path_id("id")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic eDp5", "token"])
async def test_without_a_bearer_token_nobody_is_known(header: str | None) -> None:
    with pytest.raises(Unauthenticated):
        await exchange(headers={} if header is None else {"authorization": header}).claims()


def test_a_problem_says_when_to_come_back_and_how_to_sign_in() -> None:
    busy = problem_response(Busy("why", retry_after_ms=1_200))
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "2")
    assert busy.headers["content-type"] == "application/problem+json"
    for error in (Unauthenticated("why"), TokenExpired("why")):
        assert problem_response(error).headers["www-authenticate"] == "Bearer"
    conflict = problem_response(Conflict("why"))
    assert "retry-after" not in conflict.headers
    assert "www-authenticate" not in conflict.headers


def test_nothing_is_kept_on_the_way() -> None:
    for response in (json_response(TicketIssued("t", 1), 201), empty_response(), problem_response(NotFound("why"))):
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-content-type-options"] == "nosniff"


async def test_what_a_handler_refuses_becomes_a_problem() -> None:
    async def refuse(exchange: Exchange) -> Response:
        raise Conflict("why")

    answer = await answered(refuse, exchange())
    assert (answer.status_code, msgspec.json.decode(answer.body)["detail"]) == (409, "why")


async def test_a_failure_is_ours_and_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def fail(exchange: Exchange) -> Response:
        raise ZeroDivisionError("a secret")

    answer = await answered(fail, exchange())
    assert answer.status_code == 500
    assert b"secret" not in answer.body
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_who_is_cut_off_by_the_end_of_the_process_is_told_to_ask_again(caplog: pytest.LogCaptureFixture) -> None:
    begun = asyncio.Event()

    async def never(exchange: Exchange) -> Response:
        begun.set()
        return await asyncio.Future[Response]()

    answering = asyncio.create_task(answered(never, exchange()))
    await begun.wait()
    answering.cancel()
    answer = await answering
    assert (answer.status_code, msgspec.json.decode(answer.body)["code"]) == (500, "failed")
    assert [(record.levelno, record.exc_info) for record in caplog.records] == [(logging.WARNING, None)]

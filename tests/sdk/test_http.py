"""HTTP: problems become errors that say why, tokens are renewed once, answers are bounded."""

import httpx
import msgspec
import pytest

from messaging.wire.events import Problem
from messaging.wire.rest import ServiceInfo, TicketIssued
from pli_client.errors import ProblemError, TimedOut, Unreachable
from pli_client.http import Api, answer_bytes_max
from tests.sdk.rig import URL, refusal


def api(answer: httpx.MockTransport, tokens: list[str] | None = None) -> Api:
    given = iter(tokens or ["token"] * 5)
    return Api(URL, lambda: next(given), transport=answer)


async def test_a_ticket_is_asked_for_with_the_token() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert (request.method, request.url.path) == ("POST", "/v1/tickets")
        assert request.headers["authorization"] == "Bearer token"
        return httpx.Response(201, content=msgspec.json.encode(TicketIssued("t", 60)))

    async with api(httpx.MockTransport(answer)) as opened:
        assert (await opened.ticket()).ticket == "t"


async def test_the_services_own_data_need_no_token() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert "authorization" not in request.headers
        return httpx.Response(200, content=msgspec.json.encode(ServiceInfo(bytes(16), bytes(32), 1, "pli.v1")))

    async with api(httpx.MockTransport(answer)) as opened:
        assert (await opened.service()).protocol == "pli.v1"


async def test_a_token_provider_may_be_asynchronous() -> None:
    async def provide() -> str:
        return "later"

    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return httpx.Response(201, content=msgspec.json.encode(TicketIssued("t", 60)))

    async with Api(URL, provide, transport=httpx.MockTransport(answer)) as opened:
        await opened.ticket()
    assert seen == ["Bearer later"]


@pytest.mark.parametrize("code", ["token_expired", "unauthenticated"])
async def test_a_token_that_is_not_taken_is_renewed_once(code: str) -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        if request.headers["authorization"] == "Bearer old":
            return refusal(code, 401)
        return httpx.Response(201, content=msgspec.json.encode(TicketIssued("t", 60)))

    async with api(httpx.MockTransport(answer), ["old", "new"]) as opened:
        await opened.ticket()
        await opened.ticket()
    assert seen == ["Bearer old", "Bearer new", "Bearer new"]


async def test_a_token_that_stays_expired_is_refused() -> None:
    transport = httpx.MockTransport(lambda request: refusal("token_expired", 401, retryable=True))
    async with api(transport) as opened:
        with pytest.raises(ProblemError) as caught:
            await opened.ticket()
    assert caught.value.code == "token_expired"
    assert caught.value.retryable


async def test_a_problem_says_why() -> None:
    problem = Problem("/problems/too_many", "Trop de demandes", 429, "too_many", "too many claims", True, 4_000)
    transport = httpx.MockTransport(lambda request: httpx.Response(429, content=msgspec.json.encode(problem)))
    async with api(transport) as opened:
        with pytest.raises(ProblemError, match="too many claims") as caught:
            await opened.account()
    assert caught.value.problem == problem


@pytest.mark.parametrize(("status", "retryable"), [(502, True), (404, False)])
async def test_what_stands_between_may_answer_anything(status: int, retryable: bool) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(status, text="<html>proxy</html>"))
    async with api(transport) as opened:
        with pytest.raises(ProblemError) as caught:
            await opened.account()
    assert (caught.value.code, caught.value.retryable) == ("unknown", retryable)


@pytest.mark.parametrize("content", [b"", b"<html>", b'{"account":1}', b'{"account":"AAAA","seats":[]}', b"\xff"])
async def test_an_answer_that_is_not_of_the_protocol_is_no_answer(content: bytes) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=content))
    async with api(transport) as opened:
        with pytest.raises(Unreachable):
            await opened.account()


async def test_an_endless_answer_is_cut() -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=b" " * (answer_bytes_max + 1)))
    async with api(transport) as opened:
        with pytest.raises(Unreachable, match="larger"):
            await opened.account()


@pytest.mark.parametrize(
    ("failure", "raised"), [(httpx.ReadTimeout("slow"), TimedOut), (httpx.ConnectError("down"), Unreachable)]
)
async def test_no_answer_is_unreachable(failure: Exception, raised: type[Exception]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise failure

    async with api(httpx.MockTransport(answer)) as opened:
        with pytest.raises(raised):
            await opened.account()


async def test_no_vault_is_none_and_another_refusal_is_not() -> None:
    async with api(httpx.MockTransport(lambda request: httpx.Response(204))) as opened:
        assert await opened.vault() is None
    async with api(httpx.MockTransport(lambda request: httpx.Response(200))) as opened:
        with pytest.raises(Unreachable):
            await opened.vault()
    async with api(httpx.MockTransport(lambda request: refusal("busy", 503, retryable=True))) as opened:
        with pytest.raises(ProblemError):
            await opened.vault()


@pytest.mark.parametrize("url", ["http://pli.example", "http://192.0.2.7:8000", "ftp://pli.example", "pli.example", ""])
def test_a_url_that_would_show_tokens_to_the_network_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="http"):
        Api(url, lambda: "token")


@pytest.mark.parametrize(
    "url", ["https://pli.example", "http://127.0.0.1:8000", "http://[::1]:8000", "http://localhost"]
)
async def test_a_service_on_this_machine_or_over_tls_is_reached(url: str) -> None:
    await Api(url, lambda: "token").close()

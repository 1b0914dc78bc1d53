"""Where WebSockets are blocked a client goes over HTTP, and comes back when they are not; it is the same client."""

import asyncio
from collections.abc import Callable

import pytest
from starlette.requests import Request

from messaging.domain import limits
from messaging.http.streams import PLACE_HEADER, _Stream
from messaging.wire import closing
from messaging.wire.rest import AccountRevoke
from pli_client import Carrier, Client, Message, carriers, transport
from pli_client.errors import Ended
from tests.sdk.people import Place, first
from tests.sdk.proxy import Proxy, proxy_to
from tests.support.waiting import until

pytestmark = pytest.mark.slow


async def converse(here: Place, mayor: Client) -> None:
    """A first contact and an answer, the mayor over whatever carries this client."""
    async with here.doctor().client() as doctor:
        thread = await (await doctor.found(here.project)).open(here.listing, "Bonjour")
        assert (await first(mayor, Message)).text == "Bonjour"
        await mayor.thread(thread.id).send("Bienvenue")
        assert (await first(doctor, Message)).text == "Bienvenue"


def refuse(proxy: Proxy) -> None:
    proxy.refuses_sockets = True


def swallow(proxy: Proxy) -> None:
    proxy.swallows_sockets = True


@pytest.mark.parametrize("block", [refuse, swallow])
async def test_a_blocked_socket_is_replaced(
    here: Place, block: Callable[[Proxy], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "greeting_s", 0.5)
    async with proxy_to(here.service.port) as proxy:
        block(proxy)
        async with here.mayor().client(url=proxy.url) as mayor:
            assert mayor.carrier is Carrier.HTTP
            await mayor.found(here.town)
            await converse(here, mayor)


async def test_the_socket_is_taken_again_when_it_comes_about(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carriers, "try_socket_every_s", 0.2)
    async with proxy_to(here.service.port) as proxy:
        proxy.refuses_sockets = True
        async with here.mayor().client(url=proxy.url) as mayor:
            await mayor.found(here.town)
            await until(lambda: proxy.refused >= 3)
            assert mayor.connected
            proxy.refuses_sockets = False
            await until(lambda: mayor.carrier is Carrier.WEBSOCKET and mayor.connected)
            await converse(here, mayor)


async def test_a_client_may_insist_on_the_socket(here: Place) -> None:
    async with proxy_to(here.service.port) as proxy:
        proxy.refuses_sockets = True
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1), here.mayor().client(url=proxy.url, carrier=Carrier.WEBSOCKET):
                pass


async def test_a_line_that_comes_and_goes_keeps_its_carrier(here: Place) -> None:
    async with proxy_to(here.service.port) as proxy:
        proxy.refuses_sockets = True
        async with here.mayor().client(url=proxy.url) as mayor:
            refused = proxy.refused
            for _ in range(2):
                proxy.cut()
                await until(lambda: not mayor.connected)
                await until(lambda: mayor.connected)
            assert mayor.carrier is Carrier.HTTP
            assert proxy.refused == refused


async def test_words_of_the_service_are_heard_over_http(here: Place) -> None:
    """Sent away, it comes back; told that it is over, it ends."""
    async with here.mayor().client(carrier=Carrier.HTTP) as mayor:
        (listener,) = here.service.service.hub.listeners()
        listener.close(closing.GOING_AWAY)
        await until(lambda: here.service.service.hub.listeners() not in ([], [listener]) and mayor.connected)
        await here.service.platform("POST", "/v1/platform/revocations", AccountRevoke("mayor"))
        with pytest.raises(Ended) as caught:
            async for _ in mayor.events():
                pass
        assert caught.value.code == closing.REVOKED


async def test_frames_say_where_their_stream_stands(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str | None] = []
    take = _Stream.take

    async def taken(stream: _Stream, request: Request) -> None:
        said.append(request.headers.get(PLACE_HEADER))
        await take(stream, request)

    monkeypatch.setattr(_Stream, "take", taken)
    monkeypatch.setattr(here.service.service._carriage, "sealed_place", lambda key: "00ff")
    monkeypatch.setattr("pli_client.streaming.say_something_s", 0.1)
    async with here.mayor().client(carrier=Carrier.HTTP):
        await until(lambda: bool(said))
    assert set(said) == {"00ff"}


async def test_a_silent_client_says_that_it_lives(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pli_client.streaming.say_something_s", 0.1)
    monkeypatch.setattr(limits, "stream_beat_s", 0.05)
    monkeypatch.setattr(limits, "stream_silence_s", 1.0)
    async with here.mayor().client(carrier=Carrier.HTTP):
        before = here.service.service.hub.listeners()
        await asyncio.sleep(1.5)
        assert here.service.service.hub.listeners() == before

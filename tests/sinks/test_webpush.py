"""Pushes to where somebody told us to: never inside, whatever a name resolves to."""

import socket
from typing import Any

import pytest
from py_vapid import Vapid02

from messaging.domain.errors import Malformed
from messaging.domain.ids import SubscriptionId
from messaging.ports import PushChannel
from messaging.sinks.webpush import PushRefusedError, VapidKey, WebPushSink
from tests.support.outside import PushService, push_service


def sink(*, loopback: bool = False) -> WebPushSink:
    return WebPushSink(VapidKey(bytes(31) + b"\1"), "mailto:a@b.example", lambda: 1_700_000_000_000, loopback=loopback)


def channel(service: PushService, endpoint: str | None = None) -> PushChannel:
    told = service.subscription
    return PushChannel(SubscriptionId(bytes(16)), endpoint or told.endpoint, told.p256dh, told.auth, 0)


async def test_what_the_browser_reads() -> None:
    async with push_service() as service:
        assert await sink(loopback=True).push(channel(service), b"content")
        assert service.opened(0) == b"content"
    head, sealed = service.posts[0]
    assert b"content" not in sealed
    said = head.decode().lower()
    assert f"host: 127.0.0.1:{service.port}\r\n" in said
    assert "content-encoding: aes128gcm\r\n" in said
    (authorization,) = [line for line in head.decode().splitlines() if line.lower().startswith("authorization: ")]
    assert Vapid02.verify(authorization.partition(": ")[2])


@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_that_is_gone(status: int) -> None:
    async with push_service(status=status) as service:
        assert not await sink(loopback=True).push(channel(service), b"content")


@pytest.mark.parametrize("status", [302, 307, 400, 429, 503])
async def test_a_push_that_is_not_taken_goes_nowhere_else(status: int) -> None:
    async with push_service(status=status) as service:
        with pytest.raises(PushRefusedError, match=str(status)):
            await sink(loopback=True).push(channel(service), b"content")
        assert len(service.posts) == 1


async def test_without_the_switch_of_the_tests_nothing_goes_to_this_machine() -> None:
    async with push_service() as service:
        with pytest.raises(Malformed):
            await sink().push(channel(service), b"content")
    assert service.posts == []


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1"])
async def test_a_name_that_resolves_to_the_inside(inside: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where only one of its addresses is."""
    asked: list[Any] = []

    def resolve(host: str, port: int, *args: Any, **options: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ("9.9.9.9", inside)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    async with push_service() as service:
        with pytest.raises(PushRefusedError, match="not public"):
            await sink().push(channel(service, "https://push.example/1"), b"content")
    assert asked == ["push.example"]
    assert service.posts == []


def test_every_seed_makes_a_key() -> None:
    for seed in (bytes(32), b"\xff" * 32):
        assert len(VapidKey(seed).public) == 65

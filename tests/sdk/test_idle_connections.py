"""A request that crosses the end of the connection that it was to go by."""

import asyncio

import msgspec
import pytest

from messaging.wire.rest import AccountView, TicketIssued
from pli_client import http
from pli_client.errors import Unreachable
from pli_client.http import Api
from tests.support.one_each import one_each

TICKET = msgspec.json.encode(TicketIssued("t", 60))
ACCOUNT = msgspec.json.encode(AccountView(bytes(16), []))


async def test_what_only_reads_is_asked_for_once_more() -> None:
    async with one_each(ACCOUNT) as server, Api(server.url, lambda: "token") as api:
        await api.account()
        await api.account()
    assert server.lines == ["GET /v1/account"] * 3


async def test_what_may_have_been_taken_is_not_sent_again() -> None:
    async with one_each(TICKET) as server, Api(server.url, lambda: "token") as api:
        await api.ticket()
        with pytest.raises(Unreachable, match="RemoteProtocolError"):
            await api.ticket()
    assert server.lines == ["POST /v1/tickets"] * 2


async def test_a_connection_that_lay_idle_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "keep_idle_s", 0.05)
    async with one_each(TICKET) as server, Api(server.url, lambda: "token") as api:
        await api.ticket()
        await asyncio.sleep(0.1)
        await api.ticket()
    assert server.lines == ["POST /v1/tickets"] * 2


async def test_who_always_ends_is_not_asked_for_ever() -> None:
    async with one_each(ACCOUNT) as server, Api(server.url, lambda: "token") as api:
        await api.account()
        server.is_over = True
        with pytest.raises(Unreachable):
            await api.account()
    assert server.lines == ["GET /v1/account"] * 3

"""The right of access: one document with everything that is held about one account, and nothing about anybody else."""

import os

import msgspec
import pytest

from messaging.app import system_clock
from messaging.domain import limits
from messaging.sinks.webpush import VapidKey
from messaging.wire.alerts import AlertSettings, PushSubscription
from messaging.wire.platform import AccountExport, ExportRequest
from messaging.wire.rest import AccountView, VaultBody, VaultWrap
from tests.platform.conftest import Backend
from tests.platform.test_erasure import REF, opened
from tests.support.server import PROJECT

pytestmark = pytest.mark.slow


async def test_everything_that_is_held_is_in_it(backend: Backend) -> None:
    world, holder = backend.world, backend.world.holder
    vault = VaultBody(1, os.urandom(50), [VaultWrap("device", bytes(16), b"w"), VaultWrap("recovery", b"r" * 16, b"w")])
    await world.expect(holder, "PUT", "/v1/vault", vault)
    await world.ticket(holder)
    initiator, _ = await opened(world)
    given = initiator.give(REF, system_clock())
    async with world.socket(holder) as socket:
        assert b'"t":"ok"' in await socket.ask(given)
    told = PushSubscription("https://push.example/1", VapidKey(bytes(32)).public, bytes(16))
    await world.expect(holder, "PUT", "/v1/account/alerts", AlertSettings(True, "holder@example.org", "Indian/Reunion"))
    await world.expect(holder, "PUT", "/v1/account/push", told)
    account = msgspec.json.decode(await world.expect(holder, "GET", "/v1/account"), type=AccountView).account

    held = await backend.ask("POST", "exports", AccountExport, ExportRequest(holder.subject))

    assert (held.account, held.tickets, held.complete, held.revoked_at) == (account, 1, True, 0)
    assert held.vault is not None
    assert (held.vault.version, held.vault.blob, held.vault.wraps) == (1, vault.blob, ["device", "recovery"])
    assert held.alerts is not None
    assert (held.alerts.pending, held.alerts.zone) == ("holder@example.org", "Indian/Reunion")
    assert held.alerts.endpoints == [told.endpoint]
    (seat,) = held.seats
    pair = holder.pair(world.project.mailbox)
    assert (seat.seat, seat.mailbox, seat.kind, seat.state) == (holder.seat, world.project.mailbox, "project", "active")
    assert (seat.sign_pk, seat.kem_pk, seat.seed_wraps) == (pair.sign.public, pair.kem.public, [0])
    assert seat.presentations == [PROJECT]
    (line,) = held.register
    assert (line.thread, line.action, line.statement) == (initiator.thread, "give", given.statement)
    (card,) = held.cards
    assert (card.card, card.state, card.waits) == (line.card, "waiting", True)


async def test_nothing_of_anybody_else_is_in_it(backend: Backend) -> None:
    world = backend.world
    await opened(world)
    answer = await backend.request("POST", "exports", ExportRequest(world.mayor.subject))
    decoded = msgspec.json.decode(answer.content, type=AccountExport)
    assert [seat.seat for seat in decoded.seats] == [world.mayor.seat]
    for foreign in (world.holder.seat, world.project.mailbox, world.agent.seat):
        assert msgspec.json.encode(foreign)[1:-1] not in answer.content


async def test_of_a_stranger_nothing_is_held(backend: Backend) -> None:
    held = await backend.ask("POST", "exports", AccountExport, ExportRequest("nobody"))
    assert held == AccountExport(held.exported_at, None)


async def test_a_list_that_was_cut_says_so(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    world = backend.world
    for _ in range(3):
        initiator, _ = await opened(world)
        async with world.socket(world.holder) as socket:
            assert b'"t":"ok"' in await socket.ask(initiator.give(REF, system_clock()))
    monkeypatch.setattr(limits, "export_rows_max", 2)
    held = await backend.ask("POST", "exports", AccountExport, ExportRequest(world.holder.subject))
    assert (len(held.cards), len(held.register), held.complete) == (2, 2, False)

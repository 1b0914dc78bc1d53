"""Erasure: after it nothing of the account is found in the database's files, and what others received stays theirs."""

import json
import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import msgspec
import pytest

from messaging.app import system_clock
from messaging.domain import limits
from messaging.domain.errors import Busy
from messaging.domain.ids import ThreadId
from messaging.domain.vocabulary import Role
from messaging.e2ee.consent_proof import verify_consent_proof
from messaging.services import erasure, proofs
from messaging.sinks.webpush import VapidKey
from messaging.wire.alerts import AlertSettings, PushSubscription
from messaging.wire.commands import ConsentGive, DeskPut, Pull, Threads
from messaging.wire.platform import AccountExport, ErasureProof, ErasureRequest, ExportRequest, SeatsListed
from messaging.wire.rest import AccountView, RosterView, VaultBody, VaultWrap
from tests.canary.search import search
from tests.platform.conftest import Backend, code
from tests.support.postgres import PostgresServer
from tests.support.processes import postgres_of_its_own
from tests.support.server import running_service
from tests.support.talk import Line, claimed_opening
from tests.support.world import Someone, World, newcomer

pytestmark = pytest.mark.slow

REF = 7
NEEDLE_BYTES = 64


@dataclass(frozen=True)
class Planted:
    """A person with everything that the service can hold about one, and the bytes to look for."""

    person: Someone
    token: str
    """Of before the erasure."""
    thread: ThreadId
    secrets: Mapping[str, bytes]


async def opened(world: World) -> tuple[Line, Line]:
    command, initiator, recipient = await claimed_opening(
        world, (world.project, world.holder), (world.town, world.mayor), REF
    )
    async with world.socket(world.holder) as socket:
        assert b'"t":"ack"' in await socket.ask(command)
    return initiator, recipient


async def plant(world: World) -> Planted:
    """The project's only holder: account, vault, ticket, desk, prekeys, and a card that waits."""
    holder, project = world.holder, world.project
    vault, wrap, note = (os.urandom(size) for size in (3_000, 100, 2_000))
    await world.expect(holder, "PUT", "/v1/vault", VaultBody(1, vault, [VaultWrap("device", bytes(16), wrap)]))
    told = PushSubscription("https://push.example/1", VapidKey(bytes(32)).public, bytes(16))
    await world.expect(holder, "PUT", "/v1/account/alerts", AlertSettings(True, "holder@example.org"))
    await world.expect(holder, "PUT", "/v1/account/push", told)
    ticket = await world.ticket(holder)
    initiator, _ = await opened(world)
    given = initiator.give(REF, system_clock())
    async with world.socket(holder) as socket:
        assert b'"t":"ok"' in await socket.ask(given)
        entry = DeskPut(ref=REF, mailbox=project.mailbox, entry=os.urandom(16), blob=note)
        assert b'"t":"desk.ack"' in await socket.ask(entry)
    account = msgspec.json.decode(await world.expect(holder, "GET", "/v1/account"), type=AccountView).account
    roster = await world.expect(holder, "GET", f"/v1/mailboxes/{project.mailbox.hex()}/roster")
    seed = msgspec.json.decode(roster, type=RosterView).seeds[0].wrap
    batch = project.next_prekeys(holder, 1)
    await world.expect(holder, "POST", f"/v1/targets/{project.target.hex()}/prekeys", batch)
    secrets = {
        "account": account,
        "vault": vault,
        "wrap of the vault": wrap,
        "desk": note,
        "seed": seed,
        "card": given.payload[-200:],
        "share": given.s_server,
        "prekey": batch.prekeys[0].pk_kem,
        "subject": f"person {holder.subject}, of the project".encode(),
        "ticket": ticket.ticket.encode(),
    }
    needles = {name: secret[:NEEDLE_BYTES] for name, secret in secrets.items()}
    return Planted(holder, world.token(holder), ThreadId(initiator.thread), needles)


STORED = {"account", "vault", "desk", "seed", "card", "prekey"}
"""What stands in the files as it is, before; the rest is there sealed, as a digest, or as JSON."""


def files(folder: Path) -> list[tuple[str, bytes]]:
    return [(path.name, path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()]


def found(planted: Planted, folder: Path, more: Mapping[str, bytes]) -> set[str]:
    return {finding.secret for finding in search({**planted.secrets, **more}, files(folder))}


async def test_nothing_is_left_in_sqlite_files(sqlite_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "service"
    folder.mkdir()
    path = tmp_path / "pli.sqlite3"
    async with running_service(sqlite_url, folder) as service, World.made(service) as world:
        backend = Backend(service, world, folder)
        planted = await plant(world)
        await service.service.store.checkpoint()
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as reader:
            sealed = _sealed(reader, planted.thread, world.project.mailbox)
        assert found(planted, tmp_path, sealed) >= STORED | sealed.keys()

        proof = await backend.ask("POST", "erasures", ErasureProof, ErasureRequest(planted.person.subject))

        assert found(planted, tmp_path, sealed) == set()
        _check_proof(proof, "overwritten")
        await _check_others(backend, planted)
    assert found(planted, tmp_path, sealed) == set()


def _sealed(reader: sqlite3.Connection, thread: bytes, mailbox: bytes) -> dict[str, bytes]:
    share = reader.execute("SELECT s_server FROM escrow WHERE thread = ?", (thread,)).fetchone()[0]
    shown = reader.execute("SELECT presentation FROM presentations WHERE mailbox = ?", (mailbox,)).fetchone()[0]
    return {"sealed share": share[:NEEDLE_BYTES], "sealed presentation": shown[:NEEDLE_BYTES]}


async def test_nothing_is_left_in_postgresql_files(tmp_path: Path) -> None:
    """Its write-ahead log too, once old segments are not kept for another use (docs/platform.md says so)."""
    with postgres_of_its_own() as server:
        server.sql("ALTER SYSTEM SET wal_recycle = off")
        server.sql("SELECT pg_reload_conf()")
        database = server.create_database()
        async with running_service(server.url(database), tmp_path) as service, World.made(service) as world:
            backend = Backend(service, world, tmp_path)
            planted = await plant(world)
            connection = await asyncpg.connect(server.url(database).replace("+asyncpg", ""))
            share = await connection.fetchval("SELECT s_server FROM escrow WHERE thread = $1", planted.thread)
            shown = await connection.fetchval(
                "SELECT presentation FROM presentations WHERE mailbox = $1", world.project.mailbox
            )
            await connection.close()
            sealed = {"sealed share": share[:NEEDLE_BYTES], "sealed presentation": shown[:NEEDLE_BYTES]}
            server.sql("CHECKPOINT")
            assert found(planted, server.data, sealed) >= STORED | sealed.keys()

            proof = await backend.ask("POST", "erasures", ErasureProof, ErasureRequest(planted.person.subject))

            _forget_log(server)
            assert found(planted, server.data, sealed) == set()
            _check_proof(proof, "rewritten")
            await _check_others(backend, planted)


def _forget_log(server: PostgresServer) -> None:
    """Until no segment is left that was begun before."""
    for _ in range(3):
        server.sql("SELECT pg_switch_wal()")
        server.sql("CHECKPOINT")


def _check_proof(proof: ErasureProof, how: str) -> None:
    gone = {"escrow": 1, "accounts": 1, "vaults": 1, "seeds": 1, "desk_entries": 1, "presentations": 1}
    gone |= {"alerts": 1, "push_subscriptions": 1}
    assert {table: proof.deleted[table] for table in gone} == gone
    assert proof.deleted["prekeys"] > 0
    assert proof.unlinked == {"seats": 1}
    assert set(proof.files.values()) == {how}
    assert proof.erased_at < proof.tokens_refused_until < proof.backups_expire_at
    assert "consent_register" in proof.kept


async def _check_others(backend: Backend, planted: Planted) -> None:
    """The peer's copy stays; the old token opens nothing; a later one is a stranger's."""
    world = backend.world
    async with world.socket(world.mayor) as mayor:
        answer = json.loads(await mayor.ask(Pull(ref=REF, thread=planted.thread, after=0)))
        assert [event["kind"] for event in answer["events"]] == ["epoch", "message"]
        assert not [heard for heard in mayor.heard if heard["t"] not in ("welcome",)]
    assert code(await world.request("GET", "/v1/account", planted.token)) == "unauthenticated"
    held = await backend.ask("POST", "exports", AccountExport, ExportRequest(planted.person.subject))
    assert held == AccountExport(held.exported_at, None)


async def test_a_colleague_leaves_an_unlinked_seat_behind(backend: Backend) -> None:
    """The roster still seats them: an administrator has to remove them, and can."""
    world = backend.world
    proof = await backend.ask("POST", "erasures", ErasureProof, ErasureRequest(world.agent.subject))
    assert (proof.deleted["accounts"], proof.unlinked["seats"]) == (1, 1)
    assert "desk_entries" not in proof.deleted
    path = f"mailboxes/{world.town.mailbox.hex()}/seats"
    seats = {seat.seat: seat.state for seat in (await backend.ask("GET", path, SeatsListed)).seats}
    assert seats == {world.mayor.seat: "active", world.agent.seat: "departed"}


async def test_the_register_says_that_a_waiting_card_was_erased(backend: Backend) -> None:
    world = backend.world
    initiator, recipient = await opened(world)
    given: ConsentGive = initiator.give(REF, system_clock())
    async with world.socket(world.holder) as socket:
        assert b'"t":"ok"' in await socket.ask(given)
    before = await backend.ask("POST", "exports", AccountExport, ExportRequest(world.holder.subject))
    assert [(card.state, card.waits) for card in before.cards] == [("waiting", True)]

    await backend.ask("POST", "erasures", ErasureProof, ErasureRequest(world.holder.subject))

    async with backend.service.service.store.reading() as tx:
        cards = await tx.consents.cards(ThreadId(initiator.thread))
        assert [card.state for card in cards] == ["withdrawn"]
        assert [line.action for line in await tx.consents.register(ThreadId(initiator.thread))] == ["give", "erase"]
        assert await proofs.check_register(tx, ThreadId(initiator.thread))
        proof = await proofs.consent_proof(tx, ThreadId(initiator.thread), cards[0].card)
    assert verify_consent_proof(proof).consent.card == cards[0].card
    assert (proof.state, proof.withdrawn) == ("withdrawn", None)
    # The peer's consent then reveals nobody: one side's card is gone, and nothing is released.
    async with world.socket(world.mayor) as mayor:
        assert b'"t":"ok"' in await mayor.ask(recipient.give(REF, system_clock()))
        events = json.loads(await mayor.ask(Pull(ref=REF, thread=initiator.thread, after=0)))["events"]
    assert "released" not in {event["kind"] for event in events}


async def test_erasing_again_and_erasing_nobody_have_their_proof_too(backend: Backend) -> None:
    world = backend.world
    for subject in (world.holder.subject, world.holder.subject, "nobody"):
        await backend.ask("POST", "erasures", ErasureProof, ErasureRequest(subject))
    proof = await backend.ask("POST", "erasures", ErasureProof, ErasureRequest(world.holder.subject))
    assert (proof.deleted, proof.unlinked) == ({}, {})
    headers = {"idempotency-key": "erase-1"}
    body = ErasureRequest(world.agent.subject)
    answers = [await backend.request("POST", "erasures", body, headers=headers) for _ in range(2)]
    assert answers[0].content == answers[1].content


async def seat_states(backend: Backend) -> dict[bytes, str]:
    path = f"mailboxes/{backend.world.town.mailbox.hex()}/seats"
    return {seat.seat: seat.state for seat in (await backend.ask("GET", path, SeatsListed)).seats}


@pytest.mark.parametrize(("key", "refused"), [("used", "key_reused"), ("no key", "malformed"), ("new", "too_many")])
async def test_a_refused_erasure_changes_nothing(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, key: str, refused: str
) -> None:
    world = backend.world
    monkeypatch.setattr(limits, "idempotency_answers_max", 1)
    used = await backend.request("POST", "erasures", ErasureRequest("nobody"), headers={"idempotency-key": "used"})
    assert used.status_code == 200
    body = ErasureRequest(world.mayor.subject)
    answer = await backend.request("POST", "erasures", body, headers={"idempotency-key": key})
    assert code(answer) == refused
    assert (await seat_states(backend))[world.mayor.seat] == "active"
    await world.expect(world.mayor, "GET", "/v1/account")


async def test_an_erasure_that_stopped_in_between_goes_on_under_its_key(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: object) -> None:
        raise Busy("not now")

    world, headers = backend.world, {"idempotency-key": "erase-2"}
    body = ErasureRequest(world.agent.subject)
    with monkeypatch.context() as stopped:
        stopped.setattr(erasure, "erase", busy)
        assert code(await backend.request("POST", "erasures", body, headers=headers)) == "busy"
    # Access is closed, and the key stands on this request already.
    assert (await seat_states(backend))[world.agent.seat] == "departed"
    other = await backend.request("POST", "erasures", ErasureRequest(world.mayor.subject), headers=headers)
    assert code(other) == "key_reused"
    assert (await seat_states(backend))[world.mayor.seat] == "active"
    proofs = [await backend.request("POST", "erasures", body, headers=headers) for _ in range(2)]
    assert msgspec.json.decode(proofs[0].content, type=ErasureProof).deleted["accounts"] == 1
    assert proofs[0].content == proofs[1].content


async def test_an_old_request_sent_again_does_not_shut_out_who_came_back(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, headers = backend.world, {"idempotency-key": "erase-3"}
    person = newcomer([world.town.claim(Role.AGENT)])
    await world.expect(person, "GET", "/v1/account")
    body = ErasureRequest(person.subject)
    first = await backend.request("POST", "erasures", body, headers=headers)
    monkeypatch.setattr(backend.service.idp, "_clock", lambda: system_clock() + 2_000)
    async with world.socket(person) as socket:
        again = await backend.request("POST", "erasures", body, headers=headers)
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert b'"t":"threads"' in await socket.ask(Threads(ref=REF))


async def test_an_erased_person_may_come_back_as_a_stranger(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    world = backend.world
    person = newcomer([world.town.claim(Role.AGENT)])
    first = msgspec.json.decode(await world.expect(person, "GET", "/v1/account"), type=AccountView)
    await backend.ask("POST", "erasures", ErasureProof, ErasureRequest(person.subject))
    later = system_clock() + 2_000
    monkeypatch.setattr(backend.service.idp, "_clock", lambda: later)
    second = msgspec.json.decode(await world.expect(person, "GET", "/v1/account"), type=AccountView)
    assert second.account != first.account

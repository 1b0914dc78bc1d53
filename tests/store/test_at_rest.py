"""What lies in the database's files: no reference, presentation, share or ticket that could be read there."""

import base64
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from messaging.domain.alerts import Ledger
from messaging.domain.authorization import Grant, Operation
from messaging.domain.consent import Card, CardState
from messaging.domain.ids import AccountId, CardId, MailboxId, SeatId, SubscriptionId, TargetId, ThreadId
from messaging.domain.receipt import ReadPosition
from messaging.domain.relation import Safety, Stage
from messaging.domain.vocabulary import MailboxKind
from messaging.ports import AlertRow, EscrowRow, PartyRow, PushChannel, ThreadRow, Transaction
from messaging.store import KeyRing, SqlStore, create_store, migrate
from messaging.wire.rest import Dimensions
from messaging.wire.types import Presentation
from tests.support.postgres import PostgresServer

RING = KeyRing({1: os.urandom(32)}, 1, os.urandom(32))
THREAD, CARD, SEAT = ThreadId(b"t" * 16), CardId(b"c" * 16), SeatId(b"s" * 16)
INITIATOR, RECIPIENT = MailboxId(b"0" * 16), MailboxId(b"1" * 16)


class Canaries:
    """Strings that nobody else writes; `kept` must be found (the search works), `secret` must not."""

    def __init__(self) -> None:
        self.secret = [os.urandom(12).hex() for _ in range(12)]
        self.kept = os.urandom(12).hex()


async def _plant(store: SqlStore, canaries: Canaries) -> None:
    issuer, subject, mailbox_ref, target_ref, group, area, words, share, party, *told = canaries.secret
    shown = Presentation(group, area, True, words)
    async with store.transaction() as tx:
        account = await tx.accounts.ensure(issuer, subject, AccountId(os.urandom(16)))
        await _plant_alerts(tx, account, *told)
        kind = MailboxKind.TERRITORY
        mailbox = await tx.mailboxes.put(mailbox_ref, RECIPIENT, kind, shown, Dimensions(plan=canaries.kept))
        await tx.targets.put(target_ref, TargetId(os.urandom(16)), mailbox, None)
        sides = (_side(0, shown), _side(1, Presentation(party, "Bretagne")))
        await tx.threads.create(Grant(Operation.THREAD_OPEN, mailbox=INITIATOR), _thread(), sides)
        card = Card(CARD, 0, SEAT, CardState.WAITING)
        grant = Grant(Operation.CONSENT_GIVE, thread=THREAD, party=0, seat=SEAT)
        held = EscrowRow(CARD, 0, b"payload " + canaries.kept.encode(), share.encode())
        await tx.consents.put(grant, card, 1, 1, held)


async def _plant_alerts(tx: Transaction, account: AccountId, address: str, pending: str, endpoint: str) -> None:
    grant = Grant(Operation.ALERTS_WRITE, account=account)
    await tx.alerts.put(grant, AlertRow(account, Ledger(0), 0, address=address, pending=pending))
    channel = PushChannel(SubscriptionId(os.urandom(16)), endpoint, os.urandom(65), os.urandom(16), 0)
    await tx.alerts.put_push(grant, channel)


async def test_sqlite_files_hold_no_secret_in_clear(sqlite_url: str, tmp_path: Path) -> None:
    canaries = Canaries()
    await migrate(sqlite_url)
    store = create_store(sqlite_url, RING, os.urandom)
    await store.start()
    await _plant(store, canaries)

    in_wal = _files(tmp_path)
    await store.checkpoint()
    in_database = _files(tmp_path)
    await store.close()

    for files in (in_wal, in_database, _files(tmp_path)):
        _check(canaries, files)


@pytest.mark.slow
async def test_postgresql_files_hold_no_secret_in_clear(postgres: PostgresServer, postgres_url: str) -> None:
    canaries = Canaries()
    await migrate(postgres_url)
    store = create_store(postgres_url, RING, os.urandom)
    await store.start()
    await _plant(store, canaries)
    postgres.sql("CHECKPOINT")
    await store.close()

    _check(canaries, _files(postgres.data))


async def test_a_taken_escrow_is_overwritten_in_the_sqlite_file(sqlite_url: str, tmp_path: Path) -> None:
    canaries = Canaries()
    await migrate(sqlite_url)
    store = create_store(sqlite_url, RING, os.urandom)
    await store.start()
    await _plant(store, canaries)
    await store.checkpoint()
    waiting = b"payload " + canaries.kept.encode()
    assert waiting in (tmp_path / "pli.sqlite3").read_bytes()

    async def take(tx: Transaction) -> int:
        return len(await tx.consents.take_escrow(THREAD, [CARD]))

    async with store.transaction() as tx:
        assert await take(tx) == 1
    await store.close()

    assert waiting not in b"".join(_files(tmp_path))


def _check(canaries: Canaries, files: list[bytes]) -> None:
    assert any(canaries.kept.encode() in content for content in files)
    found = [secret for secret in canaries.secret for form in _forms(secret) for content in files if form in content]
    assert found == []


def _forms(secret: str) -> Iterator[bytes]:
    """Raw, in hex, and in base64 at each of the three places it may start in."""
    raw = secret.encode()
    yield raw
    yield raw.hex().encode()
    for lead in range(3):
        encoded = base64.b64encode(b"\0" * lead + raw)
        yield encoded[4 if lead else 0 : -4]


def _files(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def _side(party: int, presentation: Presentation) -> PartyRow:
    keys = (os.urandom(32), os.urandom(1216), os.urandom(64))
    return PartyRow(THREAD, party, (INITIATOR, RECIPIENT)[party], presentation, *keys, None, ReadPosition())


def _thread() -> ThreadRow:
    hashes = (os.urandom(32), os.urandom(32))
    return ThreadRow(
        thread=THREAD,
        mailboxes=(INITIATOR, RECIPIENT),
        target=TargetId(os.urandom(16)),
        epoch=0,
        record_hash=hashes[0],
        first_record_hash=hashes[0],
        head_seq=0,
        head=hashes[1],
        opened_at=1,
        last_at=1,
        stage=Stage.SOLICITED,
        safety=Safety.NORMAL,
        humans=0,
        revealed=False,
        subject=os.urandom(16),
        relation_n=0,
    )

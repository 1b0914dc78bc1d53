"""SQLite finds rows by an index: nothing on a message's way, nor on the way back, reads a whole table.

Written down because one statement did: (a, b, c) IN (VALUES ...) looks like look-ups and is a scan.
"""

import os
import re
import sqlite3
from pathlib import Path

from msgspec.structs import replace

from messaging.domain.authorization import Grant, Operation
from messaging.domain.ids import AccountId, MailboxId, MessageId, SeatId, TargetId, ThreadId
from messaging.domain.relation import Safety, Stage
from messaging.ports import AlertLinkRow, ThreadRow, Transaction
from messaging.store import KeyRing, migrate
from messaging.store.address import Kind, parse
from messaging.store.engine import create_engine
from messaging.store.sealing import Sealer
from messaging.store.tables import metadata
from messaging.store.unit import unit

THREAD, MESSAGE, SEAT = ThreadId(b"t" * 16), MessageId(b"m" * 16), SeatId(b"s" * 16)
INITIATOR, RECIPIENT, TARGET = MailboxId(b"0" * 16), MailboxId(b"1" * 16), TargetId(b"g" * 16)
GRANT = Grant(Operation.EVENTS_PULL, AccountId(b"a" * 16), SEAT, INITIATOR, THREAD, TARGET, 0)
ROW = ThreadRow(
    thread=THREAD,
    mailboxes=(INITIATOR, RECIPIENT),
    target=TARGET,
    epoch=0,
    record_hash=b"r" * 32,
    first_record_hash=b"r" * 32,
    head_seq=0,
    head=b"h" * 32,
    opened_at=1,
    last_at=1,
    stage=Stage.SOLICITED,
    safety=Safety.NORMAL,
    humans=0,
    revealed=False,
    subject=b"u" * 16,
    relation_n=0,
)


async def _use(tx: Transaction) -> None:
    """What a send, a pull, a welcome, a claim and a desk do, on empty tables: the plan does not depend on rows."""
    await tx.threads.lock([THREAD] * 5)
    await tx.seats.active([SEAT] * 5)
    await tx.events.notice(THREAD, 0, MESSAGE)
    await tx.events.opening(THREAD)
    await tx.threads.update([replace(ROW, epoch=n) for n in range(5)])
    await tx.threads.get([THREAD] * 3)
    await tx.threads.parties(THREAD)
    await tx.threads.page(GRANT, [INITIATOR, RECIPIENT], 0, THREAD, 10, 1 << 60)
    await tx.threads.opened_since(INITIATOR, 0)
    await tx.threads.wraps(GRANT, 0, 10)
    await tx.events.range(GRANT, 0, 10, 10)
    await tx.events.epoch(GRANT, 0)
    await tx.events.epoch(GRANT, 3)
    await tx.accounts.find("issuer", "subject")
    await tx.tickets.take(b"d" * 32, 1)
    await tx.seats.of_account(AccountId(b"a" * 16))
    await tx.seats.count(INITIATOR)
    await tx.mailboxes.find(["ref"])
    await tx.mailboxes.get([INITIATOR])
    await tx.mailboxes.alternatives([INITIATOR, RECIPIENT], 5)
    await tx.accounts.erased_at("issuer", "subject")
    await tx.answers.begin(b"c" * 32, b"k" * 32, b"r" * 32, 1)
    await tx.erasing.threads_with_waiting_cards(GRANT, [SEAT])
    await tx.seats.listed(GRANT)
    await tx.seats.departed(GRANT)
    await tx.targets.owned(GRANT)
    await tx.targets.claim(GRANT, TARGET, b"c" * 16, 1)
    await tx.targets.claims_since(INITIATOR, 0)
    await tx.targets.lock_claim(GRANT, b"c" * 16)
    await tx.consents.cards(THREAD)
    await tx.consents.own_cards(GRANT)
    await tx.alerts.get(GRANT)
    await tx.alerts.due(1)
    await tx.alerts.take(1, 10)
    await tx.alerts.waiting(GRANT, 10)
    await tx.alerts.case_words(GRANT, 0, 10)
    await tx.alerts.unreached(GRANT)
    await tx.alerts.link(b"d" * 32, 1)
    await tx.alerts.links_since(GRANT, ("confirm",), 0)
    account = await tx.accounts.ensure("issuer", "subject", AccountId(b"a" * 16))
    await tx.alerts.put_link(b"d" * 32, AlertLinkRow(account, "open", None, 1, 2))
    await tx.alerts.pushes(GRANT)


async def test_no_table_is_read_whole(sqlite_url: str, tmp_path: Path) -> None:
    await migrate(sqlite_url)
    engine = create_engine(parse(sqlite_url))
    statements: list[str] = []
    async with engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        await driver.set_trace_callback(statements.append)
    async with unit(
        engine, Kind.SQLITE, Sealer(KeyRing({1: b"k" * 32}, 1, b"i" * 32), os.urandom), writable=True
    ) as tx:
        await _use(tx)
    await engine.dispose()

    planned = [s for s in statements if s.lstrip().startswith(("SELECT", "WITH", "UPDATE", "DELETE"))]
    with sqlite3.connect(tmp_path / "pli.sqlite3") as reader:
        steps = [(step[3], s) for s in planned for step in reader.execute(f"EXPLAIN QUERY PLAN {s}")]
    reader.close()

    tables = "|".join(metadata.tables)
    assert len(planned) >= 22
    assert [(step, s) for step, s in steps if re.match(rf"SCAN ({tables})\b", step)] == []

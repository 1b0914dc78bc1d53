"""Relation events on their way out, and the book of the figures."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    Table,
    Text,
)

from messaging.store.tables.schema import BYTES, ID, metadata, only_grows

outbox: Final = Table(
    "outbox",
    metadata,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True),
    Column("subject", ID, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("data", BYTES, nullable=False),
    sqlite_autoincrement=True,
)
"""AUTOINCREMENT: SQLite would give the id of a deleted row to a new one."""

webhook_deliveries: Final = Table(
    "webhook_deliveries",
    metadata,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True),
    Column("endpoint", Text, nullable=False),
    Column("subject", ID, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("event", BYTES, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("next_at", BigInteger, nullable=False, index=True),
    Column("dead_at", BigInteger),
    Column("says", Text, nullable=False),
    Index("ix_webhook_deliveries_order", "endpoint", "subject", "id"),
    sqlite_autoincrement=True,
)
"""Relation events that a webhook has not taken yet, by the name of the webhook; `says`: what became of the last try."""

webhooks_disabled: Final = Table(
    "webhooks_disabled",
    metadata,
    Column("endpoint", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
)

relation_openings: Final = Table(
    "relation_openings",
    metadata,
    Column("subject", ID, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("data", BYTES, nullable=False),
)
"""Event 0 of every relation whose events went out: with `relation_logs` all that the figures are counted from."""

relation_logs: Final = Table(
    "relation_logs",
    metadata,
    Column("subject", ID, primary_key=True),
    Column("part", BigInteger, primary_key=True, autoincrement=False),
    Column("records", BYTES, nullable=False),
)
"""The other events of a relation in parts of at most 64, packed (`messaging.reporting.records`)."""

relation_corrections: Final = Table(
    "relation_corrections",
    metadata,
    Column("subject", ID, primary_key=True),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("wrong", BigInteger, nullable=False),
    Column("data", BYTES, nullable=False),
    Column("at", BigInteger, nullable=False, server_default="0"),
)

publications: Final = Table(
    "publications",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("made_at", BigInteger, nullable=False),
    Column("cells", BYTES, nullable=False),
)
"""The figures that were published, each once and for good."""

only_grows(publications)

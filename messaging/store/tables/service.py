"""The service's own row, what its people hold of it, and the answers kept for who asks again."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    SmallInteger,
    Table,
    Text,
    text,
)

from messaging.store.tables.schema import BYTES, DIGEST, ID, metadata

meta: Final = Table(
    "meta",
    metadata,
    Column("one", SmallInteger, primary_key=True, autoincrement=False),
    Column("service_id", ID, nullable=False),
    Column("stream_epoch", BigInteger, nullable=False),
    Column("ring_check", DIGEST, nullable=False),
    Column("seal_key", SmallInteger),
    Column("seal_check", DIGEST),
    Column("beat", BigInteger, nullable=False, server_default=text("0")),
    CheckConstraint("one = 1", name="single"),
)

"""`seal_key`: which column key new values are sealed under, for all processes; `seal_check` tells it from another one
with the same id; both are noted by the first start. `beat` counts up while things are written: a database whose beat is
behind the file beside it was restored from a backup.
"""

accounts: Final = Table(
    "accounts",
    metadata,
    Column("account", ID, primary_key=True),
    Column("person", DIGEST, nullable=False, unique=True),
    Column("revoked_at", BigInteger, nullable=False),
)

tickets: Final = Table(
    "tickets",
    metadata,
    Column("digest", DIGEST, primary_key=True),
    Column("account", ID, ForeignKey("accounts.account"), nullable=False, index=True),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("ticket", BYTES, nullable=False),
)

erased_people: Final = Table(
    "erased_people",
    metadata,
    Column("person", DIGEST, primary_key=True),
    Column("at", BigInteger, nullable=False, index=True),
)
"""Whose account was erased a little while ago: their tokens of before must not make it anew."""

vaults: Final = Table(
    "vaults",
    metadata,
    Column("account", ID, ForeignKey("accounts.account"), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("blob", BYTES, nullable=False),
    Column("wraps", BYTES, nullable=False),
)

platform_keys: Final = Table(
    "platform_keys",
    metadata,
    Column("key", ID, primary_key=True),
    Column("digest", DIGEST, nullable=False),
    Column("name", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)

answers: Final = Table(
    "answers",
    metadata,
    Column("caller", DIGEST, primary_key=True),
    Column("key", DIGEST, primary_key=True),
    Column("request", DIGEST, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("body", BYTES, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
)

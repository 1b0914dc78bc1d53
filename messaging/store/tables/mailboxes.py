"""Mailboxes with their rosters, seats, resets, targets and prekeys."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    Table,
    Text,
    text,
)

from messaging.store.tables.schema import BYTES, DIGEST, ID, metadata

mailboxes: Final = Table(
    "mailboxes",
    metadata,
    Column("mailbox", ID, primary_key=True),
    Column("ref", DIGEST, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("dimensions", BYTES, nullable=False),
    Column("desk_seq", BigInteger, nullable=False),
)

presentations: Final = Table(
    "presentations",
    metadata,
    Column("mailbox", ID, ForeignKey("mailboxes.mailbox"), primary_key=True),
    Column("rank", SmallInteger, primary_key=True, autoincrement=False),
    Column("fingerprint", DIGEST, nullable=False, index=True),
    Column("presentation", BYTES, nullable=False),
)
"""What a mailbox may show, finest first, sealed; an HMAC of it is enough to count who else may show the same."""

rosters: Final = Table(
    "rosters",
    metadata,
    Column("mailbox", ID, ForeignKey("mailboxes.mailbox"), primary_key=True),
    Column("n", BigInteger, nullable=False),
    Column("head", DIGEST, nullable=False),
    Column("g", BigInteger, nullable=False),
    Column("identity_sign", DIGEST, nullable=False),
)

roster_records: Final = Table(
    "roster_records",
    metadata,
    Column("mailbox", ID, ForeignKey("rosters.mailbox"), primary_key=True),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("signed", BYTES, nullable=False),
)

seeds: Final = Table(
    "seeds",
    metadata,
    Column("mailbox", ID, ForeignKey("rosters.mailbox"), primary_key=True),
    Column("seat", ID, primary_key=True),
    Column("g", BigInteger, primary_key=True, autoincrement=False),
    Column("record_hash", DIGEST, nullable=False),
    Column("wrap", BYTES, nullable=False),
)

prevs: Final = Table(
    "prevs",
    metadata,
    Column("mailbox", ID, ForeignKey("rosters.mailbox"), primary_key=True),
    Column("g", BigInteger, primary_key=True, autoincrement=False),
    Column("prev", BYTES, nullable=False),
)
"""Each generation's predecessor: S_{g-1} sealed under S_g."""

resets: Final = Table(
    "resets",
    metadata,
    Column("mailbox", ID, ForeignKey("mailboxes.mailbox"), primary_key=True),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("reset", ID, nullable=False, unique=True),
    Column("at", BigInteger, nullable=False),
)
"""Each beginning anew of a mailbox."""

ended_records: Final = Table(
    "ended_records",
    metadata,
    Column("mailbox", ID, primary_key=True),
    Column("reset_n", BigInteger, primary_key=True, autoincrement=False),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("signed", BYTES, nullable=False),
    ForeignKeyConstraint(["mailbox", "reset_n"], ["resets.mailbox", "resets.n"]),
)
"""Of each roster that a reset ended, its records: the proofs of consents from before stand on them."""

seats: Final = Table(
    "seats",
    metadata,
    Column("seat", ID, primary_key=True),
    Column("mailbox", ID, ForeignKey("mailboxes.mailbox"), nullable=False, index=True),
    Column("account", ID, ForeignKey("accounts.account"), nullable=False, index=True),
    Column("sign_pk", DIGEST, nullable=False),
    Column("kem_pk", BYTES, nullable=False),
    Column("role", Text, nullable=False),
    Column("admin", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("removed_at", BigInteger),
    Column("left_at", BigInteger),
)
Index(
    "uq_seats_held",
    seats.c.mailbox,
    seats.c.account,
    unique=True,
    sqlite_where=text("state <> 'removed'"),
    postgresql_where=text("state <> 'removed'"),
)

targets: Final = Table(
    "targets",
    metadata,
    Column("target", ID, primary_key=True),
    Column("ref", DIGEST, nullable=False, unique=True),
    Column("mailbox", ID, ForeignKey("mailboxes.mailbox"), nullable=False, index=True),
    Column("dimensions", BYTES),
    Column("wanted_at", BigInteger),
    Column("wanted_n", BigInteger, nullable=False, server_default="0"),
)
"""`wanted_at`, ms: when the platform was last told that nobody can receive here; `wanted_n`: how often it was."""

prekeys: Final = Table(
    "prekeys",
    metadata,
    Column("target", ID, ForeignKey("targets.target"), primary_key=True),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("pk_sign", DIGEST, nullable=False),
    Column("pk_kem", BYTES, nullable=False),
    Column("own", BYTES, nullable=False),
    Column("claim", ID, unique=True),
    Column("claimant", ID),
    Column("claimed_at", BigInteger),
    Column("thread", ID),
)
Index(
    "ix_prekeys_free",
    prekeys.c.target,
    prekeys.c.n,
    sqlite_where=text("claim IS NULL"),
    postgresql_where=text("claim IS NULL"),
)
Index("ix_prekeys_claimant_claimed_at", prekeys.c.claimant, prekeys.c.claimed_at)

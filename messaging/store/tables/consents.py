"""Cards, escrow and the register of consents."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    SmallInteger,
    Table,
    Text,
)

from messaging.store.tables.schema import BYTES, ID, metadata, only_grows

cards: Final = Table(
    "cards",
    metadata,
    Column("thread", ID, ForeignKey("threads.thread"), primary_key=True),
    Column("card", ID, primary_key=True),
    Column("party", SmallInteger, nullable=False),
    Column("seat", ID, nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("bits", SmallInteger, nullable=False),
    Column("given_at", BigInteger, nullable=False),
)

escrow: Final = Table(
    "escrow",
    metadata,
    Column("thread", ID, primary_key=True),
    Column("card", ID, primary_key=True),
    Column("party", SmallInteger, nullable=False),
    Column("payload", BYTES, nullable=False),
    Column("s_server", BYTES, nullable=False),
    ForeignKeyConstraint(["thread", "card"], ["cards.thread", "cards.card"]),
)

consent_register: Final = Table(
    "consent_register",
    metadata,
    Column("thread", ID, primary_key=True),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("card", ID, nullable=False),
    Column("party", SmallInteger, nullable=False),
    Column("seat", ID, nullable=False, index=True),
    Column("action", Text, nullable=False),
    Column("statement", BYTES, nullable=False),
    Column("signature", BYTES, nullable=False),
    Column("at", BigInteger, nullable=False),
)

only_grows(consent_register)

"""Alerts: where to, when next, and the links in them."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    SmallInteger,
    Table,
    Text,
)

from messaging.store.tables.schema import BYTES, DIGEST, ID, metadata

alerts: Final = Table(
    "alerts",
    metadata,
    Column("account", ID, ForeignKey("accounts.account"), primary_key=True),
    Column("wanted", Boolean, nullable=False),
    Column("zone", Text, nullable=False),
    Column("quiet_begins", SmallInteger, nullable=False),
    Column("quiet_ends", SmallInteger, nullable=False),
    Column("quiet_sundays", Boolean, nullable=False),
    Column("address", BYTES),
    Column("pending", BYTES),
    Column("asked", Boolean, nullable=False),
    Column("failing_since", BigInteger),
    Column("covered_until", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("sent_at", BigInteger, nullable=False),
    Column("day_from", BigInteger, nullable=False),
    Column("day_n", BigInteger, nullable=False),
    Column("look_at", BigInteger, nullable=False, index=True),
)
"""How each person wants to be alerted, and was. `pending`: an address that nobody confirmed yet; `asked`: whether its
owner was written to. Addresses are sealed.
"""

alert_links: Final = Table(
    "alert_links",
    metadata,
    Column("digest", DIGEST, primary_key=True),
    Column("account", ID, ForeignKey("accounts.account"), nullable=False, index=True),
    Column("purpose", Text, nullable=False),
    Column("thread", ID),
    Column("made_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
)
"""What the links of mails are good for, by the SHA-256 of their tokens."""

push_subscriptions: Final = Table(
    "push_subscriptions",
    metadata,
    Column("subscription", ID, primary_key=True),
    Column("account", ID, ForeignKey("accounts.account"), nullable=False),
    Column("endpoint", DIGEST, nullable=False),
    Column("channel", BYTES, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Index("uq_push_subscriptions_endpoint", "account", "endpoint", unique=True),
)
"""Where browsers are pushed to: an HMAC of the endpoint, and endpoint and keys sealed."""

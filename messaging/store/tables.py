"""Every table of the service, one MetaData.

- Ids are 16 random bytes, digests 32; times are ms since 1970 in 8 bytes; JSON is kept as bytes.
- `thread` leads every key of a thread's data: it can be the distribution key of a cluster as it stands.
- The path of a message writes `threads`, `events` and `outbox` only. `events` has the fewest indexes that keep the log
  right, and no foreign key: the thread's row is locked while it is written to, which says more.
- The consent register is append-only, by triggers: it is the proof that a consent was given (GDPR article 7).
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    event,
    text,
)

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

_ID: Final = LargeBinary(16)
_DIGEST: Final = LargeBinary(32)
_BYTES: Final = LargeBinary()
_HOT_ROWS: Final = {"fillfactor": 70}
"""PostgreSQL: room in each page for the next version of a row that changes all the time."""

meta: Final = Table(
    "meta",
    metadata,
    Column("one", SmallInteger, primary_key=True, autoincrement=False),
    Column("service_id", _ID, nullable=False),
    Column("stream_epoch", BigInteger, nullable=False),
    Column("ring_check", _DIGEST, nullable=False),
    Column("seal_key", SmallInteger),
    Column("seal_check", _DIGEST),
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
    Column("account", _ID, primary_key=True),
    Column("person", _DIGEST, nullable=False, unique=True),
    Column("revoked_at", BigInteger, nullable=False),
)

tickets: Final = Table(
    "tickets",
    metadata,
    Column("digest", _DIGEST, primary_key=True),
    Column("account", _ID, ForeignKey("accounts.account"), nullable=False, index=True),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("ticket", _BYTES, nullable=False),
)

erased_people: Final = Table(
    "erased_people",
    metadata,
    Column("person", _DIGEST, primary_key=True),
    Column("at", BigInteger, nullable=False, index=True),
)
"""Whose account was erased a little while ago: their tokens of before must not make it anew."""

vaults: Final = Table(
    "vaults",
    metadata,
    Column("account", _ID, ForeignKey("accounts.account"), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("blob", _BYTES, nullable=False),
    Column("wraps", _BYTES, nullable=False),
)

platform_keys: Final = Table(
    "platform_keys",
    metadata,
    Column("key", _ID, primary_key=True),
    Column("digest", _DIGEST, nullable=False),
    Column("name", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)

answers: Final = Table(
    "answers",
    metadata,
    Column("caller", _DIGEST, primary_key=True),
    Column("key", _DIGEST, primary_key=True),
    Column("request", _DIGEST, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("body", _BYTES, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
)

mailboxes: Final = Table(
    "mailboxes",
    metadata,
    Column("mailbox", _ID, primary_key=True),
    Column("ref", _DIGEST, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("dimensions", _BYTES, nullable=False),
    Column("desk_seq", BigInteger, nullable=False),
)

presentations: Final = Table(
    "presentations",
    metadata,
    Column("mailbox", _ID, ForeignKey("mailboxes.mailbox"), primary_key=True),
    Column("rank", SmallInteger, primary_key=True, autoincrement=False),
    Column("fingerprint", _DIGEST, nullable=False, index=True),
    Column("presentation", _BYTES, nullable=False),
)
"""What a mailbox may show, finest first, sealed; an HMAC of it is enough to count who else may show the same."""

rosters: Final = Table(
    "rosters",
    metadata,
    Column("mailbox", _ID, ForeignKey("mailboxes.mailbox"), primary_key=True),
    Column("n", BigInteger, nullable=False),
    Column("head", _DIGEST, nullable=False),
    Column("g", BigInteger, nullable=False),
    Column("identity_sign", _DIGEST, nullable=False),
)

roster_records: Final = Table(
    "roster_records",
    metadata,
    Column("mailbox", _ID, ForeignKey("rosters.mailbox"), primary_key=True),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("signed", _BYTES, nullable=False),
)

seeds: Final = Table(
    "seeds",
    metadata,
    Column("mailbox", _ID, ForeignKey("rosters.mailbox"), primary_key=True),
    Column("seat", _ID, primary_key=True),
    Column("g", BigInteger, primary_key=True, autoincrement=False),
    Column("record_hash", _DIGEST, nullable=False),
    Column("wrap", _BYTES, nullable=False),
)

prevs: Final = Table(
    "prevs",
    metadata,
    Column("mailbox", _ID, ForeignKey("rosters.mailbox"), primary_key=True),
    Column("g", BigInteger, primary_key=True, autoincrement=False),
    Column("prev", _BYTES, nullable=False),
)
"""Each generation's predecessor: S_{g-1} sealed under S_g."""

resets: Final = Table(
    "resets",
    metadata,
    Column("mailbox", _ID, ForeignKey("mailboxes.mailbox"), primary_key=True),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("reset", _ID, nullable=False, unique=True),
    Column("at", BigInteger, nullable=False),
)
"""Each beginning anew of a mailbox."""

ended_records: Final = Table(
    "ended_records",
    metadata,
    Column("mailbox", _ID, primary_key=True),
    Column("reset_n", BigInteger, primary_key=True, autoincrement=False),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("signed", _BYTES, nullable=False),
    ForeignKeyConstraint(["mailbox", "reset_n"], ["resets.mailbox", "resets.n"]),
)
"""Of each roster that a reset ended, its records: the proofs of consents from before stand on them."""

seats: Final = Table(
    "seats",
    metadata,
    Column("seat", _ID, primary_key=True),
    Column("mailbox", _ID, ForeignKey("mailboxes.mailbox"), nullable=False, index=True),
    Column("account", _ID, ForeignKey("accounts.account"), nullable=False, index=True),
    Column("sign_pk", _DIGEST, nullable=False),
    Column("kem_pk", _BYTES, nullable=False),
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
    Column("target", _ID, primary_key=True),
    Column("ref", _DIGEST, nullable=False, unique=True),
    Column("mailbox", _ID, ForeignKey("mailboxes.mailbox"), nullable=False, index=True),
    Column("dimensions", _BYTES),
    Column("wanted_at", BigInteger),
    Column("wanted_n", BigInteger, nullable=False, server_default="0"),
)
"""`wanted_at`, ms: when the platform was last told that nobody can receive here; `wanted_n`: how often it was."""

prekeys: Final = Table(
    "prekeys",
    metadata,
    Column("target", _ID, ForeignKey("targets.target"), primary_key=True),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("pk_sign", _DIGEST, nullable=False),
    Column("pk_kem", _BYTES, nullable=False),
    Column("own", _BYTES, nullable=False),
    Column("claim", _ID, unique=True),
    Column("claimant", _ID),
    Column("claimed_at", BigInteger),
    Column("thread", _ID),
)
Index(
    "ix_prekeys_free",
    prekeys.c.target,
    prekeys.c.n,
    sqlite_where=text("claim IS NULL"),
    postgresql_where=text("claim IS NULL"),
)
Index("ix_prekeys_claimant_claimed_at", prekeys.c.claimant, prekeys.c.claimed_at)

threads: Final = Table(
    "threads",
    metadata,
    Column("thread", _ID, primary_key=True),
    Column("mailbox_0", _ID, nullable=False),
    Column("mailbox_1", _ID, nullable=False),
    Column("target", _ID, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("record_hash", _DIGEST, nullable=False),
    Column("first_record_hash", _DIGEST, nullable=False),
    Column("head_seq", BigInteger, nullable=False),
    Column("head", _DIGEST, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("stage", Text, nullable=False),
    Column("safety", Text, nullable=False),
    Column("humans", SmallInteger, nullable=False),
    Column("revealed", Boolean, nullable=False),
    Column("subject", _ID, nullable=False),
    Column("relation_n", BigInteger, nullable=False),
    Column("renew", SmallInteger, nullable=False, server_default="0"),
    Column("third", _ID),
    Index("ix_threads_mailbox_0_opened_at", "mailbox_0", "opened_at"),
    Index("ix_threads_mailbox_1", "mailbox_1"),
    postgresql_with=_HOT_ROWS,
)
"""`third`: the mailbox of the third party that is in."""
Index(
    "ix_threads_third",
    threads.c.third,
    sqlite_where=text("third IS NOT NULL"),
    postgresql_where=text("third IS NOT NULL"),
)

closings: Final = Table(
    "closings",
    metadata,
    Column("thread", _ID, ForeignKey("threads.thread"), primary_key=True),
    Column("stage", Text, nullable=False),
)
"""Of each closed relation, where it stood: beside `threads`, whose rows every message writes."""

parties: Final = Table(
    "parties",
    metadata,
    Column("thread", _ID, ForeignKey("threads.thread"), primary_key=True),
    Column("party", SmallInteger, primary_key=True, autoincrement=False),
    Column("mailbox", _ID, nullable=False),
    Column("presentation", _BYTES, nullable=False),
    Column("pk_sign", _DIGEST, nullable=False),
    Column("pk_kem", _BYTES, nullable=False),
    Column("own", _BYTES, nullable=False),
    Column("prekey_index", BigInteger),
)

positions: Final = Table(
    "positions",
    metadata,
    Column("thread", _ID, ForeignKey("threads.thread"), primary_key=True),
    Column("party", SmallInteger, primary_key=True, autoincrement=False),
    Column("own", BigInteger, nullable=False),
    Column("shown", BigInteger, nullable=False),
    Column("shown_before", BigInteger, nullable=False),
    Column("shown_from", BigInteger, nullable=False),
    postgresql_with=_HOT_ROWS,
)
"""Beside `parties`, whose rows hold large keys: a receipt then rewrites little."""

wraps: Final = Table(
    "wraps",
    metadata,
    Column("thread", _ID, ForeignKey("threads.thread"), primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("wrap_0", _BYTES, nullable=False),
    Column("wrap_1", _BYTES, nullable=False),
)

rotations: Final = Table(
    "rotations",
    metadata,
    Column("thread", _ID, ForeignKey("threads.thread"), primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("party", SmallInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("own", _BYTES, nullable=False),
)
"""Who made each epoch after the first, where its record stands in the log, and who vouches for the pseudonym."""

thirds: Final = Table(
    "thirds",
    metadata,
    Column("thread", _ID, ForeignKey("threads.thread"), primary_key=True),
    Column("third", _DIGEST, primary_key=True),
    Column("mailbox", _ID, nullable=False),
    Column("target", _ID, nullable=False),
    Column("prekey_index", BigInteger, nullable=False),
    Column("own", _BYTES, nullable=False),
    Column("state", Text, nullable=False),
    Column("history", Boolean, nullable=False),
    Column("joined_seq", BigInteger, nullable=False),
    Column("joined_epoch", BigInteger, nullable=False),
    Column("entry_head", _BYTES, nullable=False),
)
"""Every invitation of a third party, and what came of it. Who is in has a row in `parties` too, as party 2."""

shares: Final = Table(
    "shares",
    metadata,
    Column("thread", _ID, primary_key=True),
    Column("third", _DIGEST, primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("share", _BYTES, nullable=False),
    ForeignKeyConstraint(["thread", "third"], ["thirds.thread", "thirds.third"]),
)
"""Keys of epochs, wrapped to the third party that is in; they go when it leaves."""

events: Final = Table(
    "events",
    metadata,
    Column("thread", _ID, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("party", SmallInteger, nullable=False),
    Column("msg_id", _ID),
    Column("payload", _BYTES, nullable=False),
    Column("proof", _BYTES, nullable=False),
    Index("uq_events_message", "thread", "party", "msg_id", unique=True),
)

desk_entries: Final = Table(
    "desk_entries",
    metadata,
    Column("mailbox", _ID, ForeignKey("mailboxes.mailbox"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("entry", _ID, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("blob", _BYTES, nullable=False),
    Index("uq_desk_entries_entry", "mailbox", "entry", unique=True),
)

cards: Final = Table(
    "cards",
    metadata,
    Column("thread", _ID, ForeignKey("threads.thread"), primary_key=True),
    Column("card", _ID, primary_key=True),
    Column("party", SmallInteger, nullable=False),
    Column("seat", _ID, nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("bits", SmallInteger, nullable=False),
    Column("given_at", BigInteger, nullable=False),
)

escrow: Final = Table(
    "escrow",
    metadata,
    Column("thread", _ID, primary_key=True),
    Column("card", _ID, primary_key=True),
    Column("party", SmallInteger, nullable=False),
    Column("payload", _BYTES, nullable=False),
    Column("s_server", _BYTES, nullable=False),
    ForeignKeyConstraint(["thread", "card"], ["cards.thread", "cards.card"]),
)

consent_register: Final = Table(
    "consent_register",
    metadata,
    Column("thread", _ID, primary_key=True),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("card", _ID, nullable=False),
    Column("party", SmallInteger, nullable=False),
    Column("seat", _ID, nullable=False, index=True),
    Column("action", Text, nullable=False),
    Column("statement", _BYTES, nullable=False),
    Column("signature", _BYTES, nullable=False),
    Column("at", BigInteger, nullable=False),
)

outbox: Final = Table(
    "outbox",
    metadata,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True),
    Column("subject", _ID, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("data", _BYTES, nullable=False),
    sqlite_autoincrement=True,
)
"""AUTOINCREMENT: SQLite would give the id of a deleted row to a new one."""

alerts: Final = Table(
    "alerts",
    metadata,
    Column("account", _ID, ForeignKey("accounts.account"), primary_key=True),
    Column("wanted", Boolean, nullable=False),
    Column("zone", Text, nullable=False),
    Column("quiet_begins", SmallInteger, nullable=False),
    Column("quiet_ends", SmallInteger, nullable=False),
    Column("quiet_sundays", Boolean, nullable=False),
    Column("address", _BYTES),
    Column("pending", _BYTES),
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
    Column("digest", _DIGEST, primary_key=True),
    Column("account", _ID, ForeignKey("accounts.account"), nullable=False, index=True),
    Column("purpose", Text, nullable=False),
    Column("thread", _ID),
    Column("made_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
)
"""What the links of mails are good for, by the SHA-256 of their tokens."""

push_subscriptions: Final = Table(
    "push_subscriptions",
    metadata,
    Column("subscription", _ID, primary_key=True),
    Column("account", _ID, ForeignKey("accounts.account"), nullable=False),
    Column("endpoint", _DIGEST, nullable=False),
    Column("channel", _BYTES, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Index("uq_push_subscriptions_endpoint", "account", "endpoint", unique=True),
)
"""Where browsers are pushed to: an HMAC of the endpoint, and endpoint and keys sealed."""

_ONLY_GROWS: Final = "consent_register only grows"

REGISTER_TRIGGERS: Final = {
    "sqlite": tuple(
        f"CREATE TRIGGER consent_register_no_{action.lower()} BEFORE {action} ON consent_register "
        f"BEGIN SELECT RAISE(ABORT, '{_ONLY_GROWS}'); END"
        for action in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        "CREATE FUNCTION consent_register_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_ONLY_GROWS}'; END $$",
        "CREATE TRIGGER consent_register_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON consent_register "
        "FOR EACH STATEMENT EXECUTE FUNCTION consent_register_only_grows()",
    ),
}
"""By dialect. A purge of retention will have to be a migration's or a superuser's deliberate act."""


@event.listens_for(consent_register, "after_create")
def _create_triggers(_table: Table, connection: Connection, **_options: object) -> None:
    for statement in REGISTER_TRIGGERS[connection.dialect.name]:
        connection.execute(text(statement))

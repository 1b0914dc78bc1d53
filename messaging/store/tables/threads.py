"""Threads: parties, log, epochs and desk."""

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

from messaging.store.tables.schema import BYTES, DIGEST, HOT_ROWS, ID, metadata

threads: Final = Table(
    "threads",
    metadata,
    Column("thread", ID, primary_key=True),
    Column("mailbox_0", ID, nullable=False),
    Column("mailbox_1", ID, nullable=False),
    Column("target", ID, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("record_hash", DIGEST, nullable=False),
    Column("first_record_hash", DIGEST, nullable=False),
    Column("head_seq", BigInteger, nullable=False),
    Column("head", DIGEST, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("stage", Text, nullable=False),
    Column("safety", Text, nullable=False),
    Column("humans", SmallInteger, nullable=False),
    Column("revealed", Boolean, nullable=False),
    Column("subject", ID, nullable=False),
    Column("relation_n", BigInteger, nullable=False),
    Column("renew", SmallInteger, nullable=False, server_default="0"),
    Column("third", ID),
    *(Column(f"barred_{party}", BigInteger, nullable=False, server_default="0") for party in range(3)),
    Index("ix_threads_mailbox_0_opened_at", "mailbox_0", "opened_at"),
    Index("ix_threads_mailbox_1", "mailbox_1"),
    postgresql_with=HOT_ROWS,
)
"""`third`: the mailbox of the third party that is in; `barred_p`: until when moderation suspended that of party p."""
Index(
    "ix_threads_third",
    threads.c.third,
    sqlite_where=text("third IS NOT NULL"),
    postgresql_where=text("third IS NOT NULL"),
)

closings: Final = Table(
    "closings",
    metadata,
    Column("thread", ID, ForeignKey("threads.thread"), primary_key=True),
    Column("stage", Text, nullable=False),
)
"""Of each closed relation, where it stood: beside `threads`, whose rows every message writes."""

progress: Final = Table(
    "progress",
    metadata,
    Column("thread", ID, ForeignKey("threads.thread"), primary_key=True),
    Column("meeting", SmallInteger),
    Column("offer", SmallInteger),
    Column("installed", SmallInteger, nullable=False),
    Column("rating_0", SmallInteger),
    Column("rating_1", SmallInteger),
)
"""`domain.progress`; of each side, its two answers on satisfaction as the digits of one number."""

parties: Final = Table(
    "parties",
    metadata,
    Column("thread", ID, ForeignKey("threads.thread"), primary_key=True),
    Column("party", SmallInteger, primary_key=True, autoincrement=False),
    Column("mailbox", ID, nullable=False),
    Column("presentation", BYTES, nullable=False),
    Column("pk_sign", DIGEST, nullable=False),
    Column("pk_kem", BYTES, nullable=False),
    Column("own", BYTES, nullable=False),
    Column("prekey_index", BigInteger),
)

positions: Final = Table(
    "positions",
    metadata,
    Column("thread", ID, ForeignKey("threads.thread"), primary_key=True),
    Column("party", SmallInteger, primary_key=True, autoincrement=False),
    Column("own", BigInteger, nullable=False),
    Column("shown", BigInteger, nullable=False),
    Column("shown_before", BigInteger, nullable=False),
    Column("shown_from", BigInteger, nullable=False),
    Column("reminded", BigInteger, nullable=False, server_default="0"),
    postgresql_with=HOT_ROWS,
)
"""Beside `parties`, whose rows hold large keys: a receipt then rewrites little. `reminded`: the last moment of
reminding of which the relation events told."""

wraps: Final = Table(
    "wraps",
    metadata,
    Column("thread", ID, ForeignKey("threads.thread"), primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("wrap_0", BYTES, nullable=False),
    Column("wrap_1", BYTES, nullable=False),
)

rotations: Final = Table(
    "rotations",
    metadata,
    Column("thread", ID, ForeignKey("threads.thread"), primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("party", SmallInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("own", BYTES, nullable=False),
)
"""Who made each epoch after the first, where its record stands in the log, and who vouches for the pseudonym."""

thirds: Final = Table(
    "thirds",
    metadata,
    Column("thread", ID, ForeignKey("threads.thread"), primary_key=True),
    Column("third", DIGEST, primary_key=True),
    Column("mailbox", ID, nullable=False),
    Column("target", ID, nullable=False),
    Column("prekey_index", BigInteger, nullable=False),
    Column("own", BYTES, nullable=False),
    Column("state", Text, nullable=False),
    Column("history", Boolean, nullable=False),
    Column("joined_seq", BigInteger, nullable=False),
    Column("joined_epoch", BigInteger, nullable=False),
    Column("entry_head", BYTES, nullable=False),
)
"""Every invitation of a third party, and what came of it. Who is in has a row in `parties` too, as party 2."""

shares: Final = Table(
    "shares",
    metadata,
    Column("thread", ID, primary_key=True),
    Column("third", DIGEST, primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("share", BYTES, nullable=False),
    ForeignKeyConstraint(["thread", "third"], ["thirds.thread", "thirds.third"]),
)
"""Keys of epochs, wrapped to the third party that is in; they go when it leaves."""

events: Final = Table(
    "events",
    metadata,
    Column("thread", ID, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("party", SmallInteger, nullable=False),
    Column("msg_id", ID),
    Column("payload", BYTES, nullable=False),
    Column("proof", BYTES, nullable=False),
)
"""Messages have no index by their ids (`messaging.store.recent`); the rare notices have one."""
_NOTICES: Final = text("kind <> 'message'")
Index(
    "uq_events_notice",
    events.c.thread,
    events.c.party,
    events.c.msg_id,
    unique=True,
    sqlite_where=_NOTICES,
    postgresql_where=_NOTICES,
)

desk_entries: Final = Table(
    "desk_entries",
    metadata,
    Column("mailbox", ID, ForeignKey("mailboxes.mailbox"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("entry", ID, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("blob", BYTES, nullable=False),
    Index("uq_desk_entries_entry", "mailbox", "entry", unique=True),
)

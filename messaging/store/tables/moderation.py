"""Cases, the audit log, and the moderation's certificates."""

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
    text,
)

from messaging.store.tables.schema import BYTES, DIGEST, ID, metadata, only_grows

moderation_cases: Final = Table(
    "moderation_cases",
    metadata,
    Column("case", ID, primary_key=True),
    Column("origin", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("opened_at", BigInteger, nullable=False),
    Column("thread", ID, index=True),
    Column("accused", ID, index=True),
    Column("accused_party", SmallInteger),
    Column("accused_told", Boolean, nullable=False),
    Column("holder", ID),
    Column("held_until", BigInteger),
    Column("due_at", BigInteger),
    Column("second", ID),
    Column("decider", ID),
    Column("approver", ID),
    Column("decided_at", BigInteger),
    Column("closes_at", BigInteger),
    Column("in_question", BYTES, nullable=False),
    Column("flag", Text),
    Column("measured", BigInteger),
    Column("reports", SmallInteger, nullable=False),
    Column("reviewer", ID),
    Column("review", DIGEST),
)
"""As long as a case is not closed its thread is kept; then it goes with its thread."""

moderation_statements: Final = Table(
    "moderation_statements",
    metadata,
    Column("case", ID, ForeignKey("moderation_cases.case"), primary_key=True),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("subject", ID, nullable=False),
    Column("mailbox", ID, nullable=False),
    Column("party", SmallInteger, nullable=False),
    Column("category", Text),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("key", DIGEST, nullable=False),
    Column("sealed", BYTES, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("is_appeal", Boolean, nullable=False),
    Column("finding", Text),
    Index("ix_moderation_statements_mailbox_at", "mailbox", "at"),
)
"""Reports and answers, as their authors sealed them to the moderators."""
Index(
    "uq_moderation_statements_report",
    moderation_statements.c.subject,
    unique=True,
    sqlite_where=text("kind = 'report'"),
    postgresql_where=text("kind = 'report'"),
)

moderation_notices: Final = Table(
    "moderation_notices",
    metadata,
    Column("notice", ID, primary_key=True),
    Column("case", ID, ForeignKey("moderation_cases.case"), nullable=False, index=True),
    Column("account", ID, nullable=False, index=True),
    Column("at", BigInteger, nullable=False, index=True),
    Column("text", BYTES, nullable=False),
)
"""Of people outside of the conversations; the text is sealed."""

moderation_decisions: Final = Table(
    "moderation_decisions",
    metadata,
    Column("decision", ID, primary_key=True),
    Column("case", ID, nullable=False, index=True),
    Column("measure", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("seat", ID, nullable=False),
    Column("second", ID),
    Column("ends_at", BigInteger),
    Column("thread", ID, index=True),
    Column("mailbox", ID),
    Column("peer", ID),
    Column("body", BYTES, nullable=False),
    Index("ix_moderation_decisions_mailbox_state", "mailbox", "state"),
    Index("ix_moderation_decisions_state_ends_at", "state", "ends_at"),
)
"""What was decided, and what of it is in force; the body is sealed."""

moderation_told: Final = Table(
    "moderation_told",
    metadata,
    Column("case", ID, ForeignKey("moderation_cases.case"), primary_key=True),
    Column("n", SmallInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("mailbox", ID),
    Column("account", ID),
    Column("body", BYTES, nullable=False),
    Index("ix_moderation_told_mailbox_at", "mailbox", "at"),
)
"""The statements of reasons, to each who got one; sealed."""

moderation_unmaskings: Final = Table(
    "moderation_unmaskings",
    metadata,
    Column("unmasking", ID, primary_key=True),
    Column("case", ID, ForeignKey("moderation_cases.case"), nullable=False, index=True),
    Column("party", SmallInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("seat", ID, nullable=False),
    Column("second", ID),
    Column("approved_at", BigInteger),
    Column("reason", BYTES, nullable=False),
)
"""Who asked to see which mailbox is behind a pseudonym, why (sealed), and who approved it."""

audit_leaves: Final = Table(
    "audit_leaves",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("leaf", BYTES, nullable=False),
)
"""The moderators' audit log (SPEC.md section 10.6), from position 0 on. It only grows, like the next two."""

audit_nodes: Final = Table(
    "audit_nodes",
    metadata,
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", DIGEST, nullable=False),
)
"""The complete subtrees over it; level 0 has the leaves' hashes."""

audit_checkpoints: Final = Table(
    "audit_checkpoints",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
)
"""A signed tree head for each size that the log had."""

moderation_certificates: Final = Table(
    "moderation_certificates",
    metadata,
    Column("g", BigInteger, primary_key=True, autoincrement=False),
    Column("not_after", BigInteger, primary_key=True, autoincrement=False),
    Column("certificate", BYTES, nullable=False),
    Column("installed_at", BigInteger, nullable=False),
)
"""By which the offline root vouches for the keys that reports are sealed to (SPEC.md section 10.1)."""

only_grows(audit_leaves)
only_grows(audit_nodes)
only_grows(audit_checkpoints)

"""Moderation: cases, what was said and told in them, decisions, unmaskings; and until when a party is suspended.

Revision: 0014, after 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_ID = sa.LargeBinary(16)


def upgrade() -> None:
    for party in range(3):
        op.add_column("threads", sa.Column(f"barred_{party}", sa.BigInteger, nullable=False, server_default="0"))
    _cases()
    _said()
    _decided()


def _cases() -> None:
    op.create_table(
        "moderation_cases",
        sa.Column("case", _ID, primary_key=True),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False, index=True),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("thread", _ID, index=True),
        sa.Column("accused", _ID, index=True),
        sa.Column("accused_party", sa.SmallInteger),
        sa.Column("accused_told", sa.Boolean, nullable=False),
        sa.Column("holder", _ID),
        sa.Column("held_until", sa.BigInteger),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("second", _ID),
        sa.Column("decider", _ID),
        sa.Column("approver", _ID),
        sa.Column("decided_at", sa.BigInteger),
        sa.Column("closes_at", sa.BigInteger),
        sa.Column("in_question", sa.LargeBinary(), nullable=False),
        sa.Column("flag", sa.Text),
        sa.Column("measured", sa.BigInteger),
        sa.Column("reports", sa.SmallInteger, nullable=False),
    )


def _said() -> None:
    op.create_table(
        "moderation_statements",
        sa.Column("case", _ID, sa.ForeignKey("moderation_cases.case"), primary_key=True),
        sa.Column("n", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", _ID, nullable=False),
        sa.Column("mailbox", _ID, nullable=False),
        sa.Column("party", sa.SmallInteger, nullable=False),
        sa.Column("category", sa.Text),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("is_appeal", sa.Boolean, nullable=False),
        sa.Column("finding", sa.Text),
    )
    op.create_index("ix_moderation_statements_mailbox_at", "moderation_statements", ["mailbox", "at"])
    op.create_index(
        "uq_moderation_statements_report",
        "moderation_statements",
        ["subject"],
        unique=True,
        sqlite_where=sa.text("kind = 'report'"),
        postgresql_where=sa.text("kind = 'report'"),
    )
    op.create_table(
        "moderation_notices",
        sa.Column("notice", _ID, primary_key=True),
        sa.Column("case", _ID, sa.ForeignKey("moderation_cases.case"), nullable=False, index=True),
        sa.Column("account", _ID, nullable=False, index=True),
        sa.Column("at", sa.BigInteger, nullable=False, index=True),
        sa.Column("text", sa.LargeBinary(), nullable=False),
    )


def _decided() -> None:
    op.create_table(
        "moderation_decisions",
        sa.Column("decision", _ID, primary_key=True),
        sa.Column("case", _ID, nullable=False, index=True),
        sa.Column("measure", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("seat", _ID, nullable=False),
        sa.Column("second", _ID),
        sa.Column("ends_at", sa.BigInteger),
        sa.Column("thread", _ID, index=True),
        sa.Column("mailbox", _ID),
        sa.Column("peer", _ID),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_moderation_decisions_mailbox_state", "moderation_decisions", ["mailbox", "state"])
    op.create_index("ix_moderation_decisions_state_ends_at", "moderation_decisions", ["state", "ends_at"])
    op.create_table(
        "moderation_told",
        sa.Column("case", _ID, sa.ForeignKey("moderation_cases.case"), primary_key=True),
        sa.Column("n", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("mailbox", _ID),
        sa.Column("account", _ID),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "moderation_unmaskings",
        sa.Column("unmasking", _ID, primary_key=True),
        sa.Column("case", _ID, sa.ForeignKey("moderation_cases.case"), nullable=False, index=True),
        sa.Column("party", sa.SmallInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("seat", _ID, nullable=False),
        sa.Column("second", _ID),
        sa.Column("approved_at", sa.BigInteger),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
    )

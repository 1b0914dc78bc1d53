"""Alerts: how each person wants to be told that something waits, the links of their mails, and their browsers.

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ID = sa.LargeBinary(16)


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("account", _ID, sa.ForeignKey("accounts.account"), primary_key=True),
        sa.Column("wanted", sa.Boolean, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("quiet_begins", sa.SmallInteger, nullable=False),
        sa.Column("quiet_ends", sa.SmallInteger, nullable=False),
        sa.Column("quiet_sundays", sa.Boolean, nullable=False),
        sa.Column("address", sa.LargeBinary()),
        sa.Column("pending", sa.LargeBinary()),
        sa.Column("asked", sa.Boolean, nullable=False),
        sa.Column("failing_since", sa.BigInteger),
        sa.Column("covered_until", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("sent_at", sa.BigInteger, nullable=False),
        sa.Column("day_from", sa.BigInteger, nullable=False),
        sa.Column("day_n", sa.BigInteger, nullable=False),
        sa.Column("look_at", sa.BigInteger, nullable=False, index=True),
    )
    op.create_table(
        "alert_links",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("account", _ID, sa.ForeignKey("accounts.account"), nullable=False, index=True),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("thread", _ID),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
    )
    op.create_table(
        "push_subscriptions",
        sa.Column("subscription", _ID, primary_key=True),
        sa.Column("account", _ID, sa.ForeignKey("accounts.account"), nullable=False),
        sa.Column("endpoint", sa.LargeBinary(32), nullable=False),
        sa.Column("channel", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Index("uq_push_subscriptions_endpoint", "account", "endpoint", unique=True),
    )

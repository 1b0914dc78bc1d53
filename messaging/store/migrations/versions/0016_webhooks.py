"""Deliveries to webhooks.

Revision: 0016, after 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("endpoint", sa.Text, nullable=False),
        sa.Column("subject", sa.LargeBinary(16), nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("event", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("next_at", sa.BigInteger, nullable=False),
        sa.Column("dead_at", sa.BigInteger),
        sa.Column("says", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_webhook_deliveries_order", "webhook_deliveries", ["endpoint", "subject", "id"])
    op.create_index("ix_webhook_deliveries_next_at", "webhook_deliveries", ["next_at"])
    op.create_table(
        "webhooks_disabled",
        sa.Column("endpoint", sa.Text, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )

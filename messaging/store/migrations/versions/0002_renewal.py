"""Removing a seat: what a mailbox's generations seal of each other, and which sides must renew their keys.

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "prevs",
        sa.Column("mailbox", sa.LargeBinary(16), sa.ForeignKey("rosters.mailbox"), primary_key=True),
        sa.Column("g", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("prev", sa.LargeBinary(), nullable=False),
    )
    op.add_column("seats", sa.Column("removed_at", sa.BigInteger))
    op.add_column("threads", sa.Column("renew", sa.SmallInteger, nullable=False, server_default="0"))
    op.create_index("ix_cards_seat", "cards", ["seat"])

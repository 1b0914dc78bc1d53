"""Resets: mailboxes that began anew, and the roster records from before, on which the proofs of consents stand.

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ID = sa.LargeBinary(16)


def upgrade() -> None:
    op.create_table(
        "resets",
        sa.Column("mailbox", _ID, sa.ForeignKey("mailboxes.mailbox"), primary_key=True),
        sa.Column("n", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("reset", _ID, nullable=False, unique=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "ended_records",
        sa.Column("mailbox", _ID, primary_key=True),
        sa.Column("reset_n", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("n", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("signed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["mailbox", "reset_n"], ["resets.mailbox", "resets.n"]),
    )

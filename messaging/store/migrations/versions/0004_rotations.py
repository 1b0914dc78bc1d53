"""Rotations: where each epoch record after the first stands, and what vouches for its pseudonym.

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "rotations",
        sa.Column("thread", sa.LargeBinary(16), sa.ForeignKey("threads.thread"), primary_key=True),
        sa.Column("epoch", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("party", sa.SmallInteger, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("own", sa.LargeBinary(), nullable=False),
    )

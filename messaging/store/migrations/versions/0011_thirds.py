"""Third parties whom both sides of a thread let in, and the keys that they were given.

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("threads", sa.Column("third", sa.LargeBinary(16)))
    op.create_index(
        "ix_threads_third",
        "threads",
        ["third"],
        sqlite_where=sa.text("third IS NOT NULL"),
        postgresql_where=sa.text("third IS NOT NULL"),
    )
    op.create_table(
        "thirds",
        sa.Column("thread", sa.LargeBinary(16), sa.ForeignKey("threads.thread"), primary_key=True),
        sa.Column("third", sa.LargeBinary(32), primary_key=True),
        sa.Column("mailbox", sa.LargeBinary(16), nullable=False),
        sa.Column("target", sa.LargeBinary(16), nullable=False),
        sa.Column("prekey_index", sa.BigInteger, nullable=False),
        sa.Column("own", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("history", sa.Boolean, nullable=False),
        sa.Column("joined_seq", sa.BigInteger, nullable=False),
        sa.Column("joined_epoch", sa.BigInteger, nullable=False),
        sa.Column("entry_head", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "shares",
        sa.Column("thread", sa.LargeBinary(16), primary_key=True),
        sa.Column("third", sa.LargeBinary(32), primary_key=True),
        sa.Column("epoch", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("share", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["thread", "third"], ["thirds.thread", "thirds.third"]),
    )

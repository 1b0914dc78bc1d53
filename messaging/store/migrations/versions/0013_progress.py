"""How far relations came, and how their sides rated them.

Revision: 0013, after 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "progress",
        sa.Column("thread", sa.LargeBinary(16), sa.ForeignKey("threads.thread"), primary_key=True),
        sa.Column("meeting", sa.SmallInteger),
        sa.Column("offer", sa.SmallInteger),
        sa.Column("installed", sa.SmallInteger, nullable=False),
        sa.Column("rating_0", sa.SmallInteger),
        sa.Column("rating_1", sa.SmallInteger),
    )

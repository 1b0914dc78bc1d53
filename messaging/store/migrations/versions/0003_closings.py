"""Where a relation stood when it was closed.

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "closings",
        sa.Column("thread", sa.LargeBinary(16), sa.ForeignKey("threads.thread"), primary_key=True),
        sa.Column("stage", sa.Text, nullable=False),
    )

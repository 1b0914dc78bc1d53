"""Targets that somebody would write to and where nobody can receive: when and how often the platform was told.

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("targets", sa.Column("wanted_at", sa.BigInteger))
    op.add_column("targets", sa.Column("wanted_n", sa.BigInteger, nullable=False, server_default="0"))

"""When sides were last said to be reminded, and when relation events were corrected.

Revision: 0018, after 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("positions", sa.Column("reminded", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("relation_corrections", sa.Column("at", sa.BigInteger, nullable=False, server_default="0"))

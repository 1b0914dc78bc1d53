"""Which column key is in use, and how far the database is: for `pli keys rotate` and for restored backups.

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("meta", sa.Column("seal_key", sa.SmallInteger()))
    op.add_column("meta", sa.Column("seal_check", sa.LargeBinary(32)))
    op.add_column("meta", sa.Column("beat", sa.BigInteger(), nullable=False, server_default=sa.text("0")))

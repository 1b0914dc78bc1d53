"""Who decided an appeal, and what they sent.

Revision: 0017, after 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("moderation_cases", sa.Column("reviewer", sa.LargeBinary(16)))
    op.add_column("moderation_cases", sa.Column("review", sa.LargeBinary(32)))

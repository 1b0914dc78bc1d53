"""Scoped keys of the platform's back end, and the answers kept for requests with an Idempotency-Key.

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ID = sa.LargeBinary(16)
_DIGEST = sa.LargeBinary(32)


def upgrade() -> None:
    op.create_table(
        "platform_keys",
        sa.Column("key", _ID, primary_key=True),
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
    )
    op.create_table(
        "answers",
        sa.Column("caller", _DIGEST, primary_key=True),
        sa.Column("key", _DIGEST, primary_key=True),
        sa.Column("request", _DIGEST, nullable=False),
        sa.Column("status", sa.SmallInteger, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False, index=True),
    )

"""Departures, presentations by the anonymity rule, and what an erasure leaves behind for a day.

What mailboxes showed until now was sealed to another place and is not taken along: until the platform registers a
mailbox again, it shows the generic presentation of its kind.

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_DIGEST = sa.LargeBinary(32)


def upgrade() -> None:
    op.add_column("seats", sa.Column("left_at", sa.BigInteger))
    op.create_table(
        "presentations",
        sa.Column("mailbox", sa.LargeBinary(16), sa.ForeignKey("mailboxes.mailbox"), primary_key=True),
        sa.Column("rank", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("fingerprint", _DIGEST, nullable=False, index=True),
        sa.Column("presentation", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_consent_register_seat", "consent_register", ["seat"])
    op.drop_column("mailboxes", "presentation")
    op.create_table(
        "erased_people",
        sa.Column("person", _DIGEST, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False, index=True),
    )

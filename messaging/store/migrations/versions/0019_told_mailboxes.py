"""What moderators told a mailbox is looked up by the mailbox, for alerts.

Revision: 0019, after 0018
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_moderation_told_mailbox_at", "moderation_told", ["mailbox", "at"])

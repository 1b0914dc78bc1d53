"""Messages without an index by their ids, which grew with all that was ever written; notices with one.

Revision: 0020, after 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("uq_events_message", "events")
    notices = sa.text("kind <> 'message'")
    op.create_index(
        "uq_events_notice",
        "events",
        ["thread", "party", "msg_id"],
        unique=True,
        sqlite_where=notices,
        postgresql_where=notices,
    )

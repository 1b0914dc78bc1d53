"""The book of relations that the figures are counted from, and the figures that were published.

Revision: 0015, after 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "relation_openings",
        sa.Column("subject", sa.LargeBinary(16), primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "relation_logs",
        sa.Column("subject", sa.LargeBinary(16), primary_key=True),
        sa.Column("part", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("records", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "relation_corrections",
        sa.Column("subject", sa.LargeBinary(16), primary_key=True),
        sa.Column("n", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("wrong", sa.BigInteger, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "publications",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("period", sa.Text, primary_key=True),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("cells", sa.LargeBinary(), nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER publications_no_{action.lower()} BEFORE {action} ON publications "
                "BEGIN SELECT RAISE(ABORT, 'publications only grows'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION publications_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'publications only grows'; END $$"
    )
    op.execute(
        "CREATE TRIGGER publications_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON publications "
        "FOR EACH STATEMENT EXECUTE FUNCTION publications_only_grows()"
    )

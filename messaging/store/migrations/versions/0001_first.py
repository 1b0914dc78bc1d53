"""The first schema.

Revision: 0001, after nothing
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.LargeBinary(16)
_DIGEST = sa.LargeBinary(32)
_BYTES = sa.LargeBinary()

_ONLY_GROWS = {
    "sqlite": (
        "CREATE TRIGGER consent_register_no_update BEFORE UPDATE ON consent_register "
        "BEGIN SELECT RAISE(ABORT, 'consent_register only grows'); END",
        "CREATE TRIGGER consent_register_no_delete BEFORE DELETE ON consent_register "
        "BEGIN SELECT RAISE(ABORT, 'consent_register only grows'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION consent_register_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'consent_register only grows'; END $$",
        "CREATE TRIGGER consent_register_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON consent_register "
        "FOR EACH STATEMENT EXECUTE FUNCTION consent_register_only_grows()",
    ),
}


def upgrade() -> None:
    _service()
    _accounts()
    _mailboxes()
    _targets()
    _threads()
    _consents()
    for statement in _ONLY_GROWS[op.get_bind().dialect.name]:
        op.execute(statement)


def _service() -> None:
    op.create_table(
        "meta",
        sa.Column("one", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("service_id", _ID, nullable=False),
        sa.Column("stream_epoch", sa.BigInteger, nullable=False),
        sa.Column("ring_check", _DIGEST, nullable=False),
        sa.CheckConstraint("one = 1", name="single"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("subject", _ID, nullable=False),
        sa.Column("n", sa.BigInteger, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("data", _BYTES, nullable=False),
        sqlite_autoincrement=True,
    )


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("account", _ID, primary_key=True),
        sa.Column("person", _DIGEST, nullable=False, unique=True),
        sa.Column("revoked_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "tickets",
        sa.Column("digest", _DIGEST, primary_key=True),
        sa.Column("account", _ID, sa.ForeignKey("accounts.account"), nullable=False, index=True),
        sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
        sa.Column("ticket", _BYTES, nullable=False),
    )
    op.create_table(
        "vaults",
        sa.Column("account", _ID, sa.ForeignKey("accounts.account"), primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("blob", _BYTES, nullable=False),
        sa.Column("wraps", _BYTES, nullable=False),
    )


def _mailboxes() -> None:
    op.create_table(
        "mailboxes",
        sa.Column("mailbox", _ID, primary_key=True),
        sa.Column("ref", _DIGEST, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("presentation", _BYTES, nullable=False),
        sa.Column("dimensions", _BYTES, nullable=False),
        sa.Column("desk_seq", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "rosters",
        sa.Column("mailbox", _ID, sa.ForeignKey("mailboxes.mailbox"), primary_key=True),
        sa.Column("n", sa.BigInteger, nullable=False),
        sa.Column("head", _DIGEST, nullable=False),
        sa.Column("g", sa.BigInteger, nullable=False),
        sa.Column("identity_sign", _DIGEST, nullable=False),
    )
    op.create_table(
        "roster_records",
        sa.Column("mailbox", _ID, sa.ForeignKey("rosters.mailbox"), primary_key=True),
        sa.Column("n", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("signed", _BYTES, nullable=False),
    )
    op.create_table(
        "seeds",
        sa.Column("mailbox", _ID, sa.ForeignKey("rosters.mailbox"), primary_key=True),
        sa.Column("seat", _ID, primary_key=True),
        sa.Column("g", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("record_hash", _DIGEST, nullable=False),
        sa.Column("wrap", _BYTES, nullable=False),
    )
    op.create_table(
        "seats",
        sa.Column("seat", _ID, primary_key=True),
        sa.Column("mailbox", _ID, sa.ForeignKey("mailboxes.mailbox"), nullable=False, index=True),
        sa.Column("account", _ID, sa.ForeignKey("accounts.account"), nullable=False, index=True),
        sa.Column("sign_pk", _DIGEST, nullable=False),
        sa.Column("kem_pk", _BYTES, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("admin", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
    )
    op.create_index(
        "uq_seats_held",
        "seats",
        ["mailbox", "account"],
        unique=True,
        sqlite_where=sa.text("state <> 'removed'"),
        postgresql_where=sa.text("state <> 'removed'"),
    )
    op.create_table(
        "desk_entries",
        sa.Column("mailbox", _ID, sa.ForeignKey("mailboxes.mailbox"), primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("entry", _ID, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("blob", _BYTES, nullable=False),
        sa.Index("uq_desk_entries_entry", "mailbox", "entry", unique=True),
    )


def _targets() -> None:
    op.create_table(
        "targets",
        sa.Column("target", _ID, primary_key=True),
        sa.Column("ref", _DIGEST, nullable=False, unique=True),
        sa.Column("mailbox", _ID, sa.ForeignKey("mailboxes.mailbox"), nullable=False, index=True),
        sa.Column("dimensions", _BYTES),
    )
    op.create_table(
        "prekeys",
        sa.Column("target", _ID, sa.ForeignKey("targets.target"), primary_key=True),
        sa.Column("n", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("pk_sign", _DIGEST, nullable=False),
        sa.Column("pk_kem", _BYTES, nullable=False),
        sa.Column("own", _BYTES, nullable=False),
        sa.Column("claim", _ID, unique=True),
        sa.Column("claimant", _ID),
        sa.Column("claimed_at", sa.BigInteger),
        sa.Column("thread", _ID),
    )
    op.create_index(
        "ix_prekeys_free",
        "prekeys",
        ["target", "n"],
        sqlite_where=sa.text("claim IS NULL"),
        postgresql_where=sa.text("claim IS NULL"),
    )
    op.create_index("ix_prekeys_claimant_claimed_at", "prekeys", ["claimant", "claimed_at"])


def _threads() -> None:
    op.create_table(
        "threads",
        sa.Column("thread", _ID, primary_key=True),
        sa.Column("mailbox_0", _ID, nullable=False),
        sa.Column("mailbox_1", _ID, nullable=False),
        sa.Column("target", _ID, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("record_hash", _DIGEST, nullable=False),
        sa.Column("first_record_hash", _DIGEST, nullable=False),
        sa.Column("head_seq", sa.BigInteger, nullable=False),
        sa.Column("head", _DIGEST, nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("safety", sa.Text, nullable=False),
        sa.Column("humans", sa.SmallInteger, nullable=False),
        sa.Column("revealed", sa.Boolean, nullable=False),
        sa.Column("subject", _ID, nullable=False),
        sa.Column("relation_n", sa.BigInteger, nullable=False),
        sa.Index("ix_threads_mailbox_0_opened_at", "mailbox_0", "opened_at"),
        sa.Index("ix_threads_mailbox_1", "mailbox_1"),
        postgresql_with={"fillfactor": 70},
    )
    op.create_table(
        "parties",
        sa.Column("thread", _ID, sa.ForeignKey("threads.thread"), primary_key=True),
        sa.Column("party", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("mailbox", _ID, nullable=False),
        sa.Column("presentation", _BYTES, nullable=False),
        sa.Column("pk_sign", _DIGEST, nullable=False),
        sa.Column("pk_kem", _BYTES, nullable=False),
        sa.Column("own", _BYTES, nullable=False),
        sa.Column("prekey_index", sa.BigInteger),
    )
    op.create_table(
        "positions",
        sa.Column("thread", _ID, sa.ForeignKey("threads.thread"), primary_key=True),
        sa.Column("party", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("own", sa.BigInteger, nullable=False),
        sa.Column("shown", sa.BigInteger, nullable=False),
        sa.Column("shown_before", sa.BigInteger, nullable=False),
        sa.Column("shown_from", sa.BigInteger, nullable=False),
        postgresql_with={"fillfactor": 70},
    )
    op.create_table(
        "wraps",
        sa.Column("thread", _ID, sa.ForeignKey("threads.thread"), primary_key=True),
        sa.Column("epoch", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("wrap_0", _BYTES, nullable=False),
        sa.Column("wrap_1", _BYTES, nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("thread", _ID, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("party", sa.SmallInteger, nullable=False),
        sa.Column("msg_id", _ID),
        sa.Column("payload", _BYTES, nullable=False),
        sa.Column("proof", _BYTES, nullable=False),
        sa.Index("uq_events_message", "thread", "party", "msg_id", unique=True),
    )


def _consents() -> None:
    op.create_table(
        "cards",
        sa.Column("thread", _ID, sa.ForeignKey("threads.thread"), primary_key=True),
        sa.Column("card", _ID, primary_key=True),
        sa.Column("party", sa.SmallInteger, nullable=False),
        sa.Column("seat", _ID, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("bits", sa.SmallInteger, nullable=False),
        sa.Column("given_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "escrow",
        sa.Column("thread", _ID, primary_key=True),
        sa.Column("card", _ID, primary_key=True),
        sa.Column("party", sa.SmallInteger, nullable=False),
        sa.Column("payload", _BYTES, nullable=False),
        sa.Column("s_server", _BYTES, nullable=False),
        sa.ForeignKeyConstraint(["thread", "card"], ["cards.thread", "cards.card"]),
    )
    op.create_table(
        "consent_register",
        sa.Column("thread", _ID, primary_key=True),
        sa.Column("n", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("card", _ID, nullable=False),
        sa.Column("party", sa.SmallInteger, nullable=False),
        sa.Column("seat", _ID, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("statement", _BYTES, nullable=False),
        sa.Column("signature", _BYTES, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )

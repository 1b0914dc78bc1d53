"""What all tables share: one MetaData, the shapes of columns, and tables that only grow."""

from typing import Final

from sqlalchemy import (
    Connection,
    LargeBinary,
    MetaData,
    Table,
    event,
    text,
)

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

ID: Final = LargeBinary(16)
DIGEST: Final = LargeBinary(32)
BYTES: Final = LargeBinary()
HOT_ROWS: Final = {"fillfactor": 70}
"""PostgreSQL: room in each page for the next version of a row that changes all the time."""


def _triggers(table: str) -> dict[str, tuple[str, ...]]:
    """By dialect: the triggers that refuse to change or delete a row."""
    says = f"{table} only grows"
    return {
        "sqlite": tuple(
            f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{says}'); END"
            for action in ("UPDATE", "DELETE")
        ),
        "postgresql": (
            f"CREATE FUNCTION {table}_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{says}'; END $$",
            f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_only_grows()",
        ),
    }


def _create_triggers(table: Table, connection: Connection, **_options: object) -> None:
    for statement in _triggers(table.name)[connection.dialect.name]:
        connection.execute(text(statement))


def only_grows(table: Table) -> None:
    """Has the database refuse to change or delete its rows: a purge of retention will have to be a migration's or a
    superuser's deliberate act."""
    event.listen(table, "after_create", _create_triggers)

"""The address of a database: which kind, which driver, and a form that may be shown."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from messaging.store.errors import BadAddress

_HOW: Final = "Write sqlite:///path/to/file or postgresql://user:password@host/database."


class Kind(StrEnum):
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


_SCHEMES: Final = {
    "sqlite": (Kind.SQLITE, "sqlite+aiosqlite"),
    "sqlite+aiosqlite": (Kind.SQLITE, "sqlite+aiosqlite"),
    "postgres": (Kind.POSTGRESQL, "postgresql+asyncpg"),
    "postgresql": (Kind.POSTGRESQL, "postgresql+asyncpg"),
    "postgresql+asyncpg": (Kind.POSTGRESQL, "postgresql+asyncpg"),
}


@dataclass(frozen=True, slots=True)
class Address:
    """A database URL that was understood."""

    kind: Kind
    url: URL

    @property
    def shown(self) -> str:
        """The address without its password and without its options, for people and logs."""
        return self.url.set(query={}).render_as_string(hide_password=True)

    @property
    def file(self) -> Path:
        """The file of a SQLite database."""
        return Path(self.url.database or "")


def parse(url: str) -> Address:
    """Raises: BadAddress; the text of the URL stays out of the message, for it may hold a password."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise BadAddress(f"The database URL cannot be read. {_HOW}") from None
    known = _SCHEMES.get(parsed.drivername)
    if known is None:
        raise BadAddress(f"The database URL names neither SQLite nor PostgreSQL. {_HOW}")
    kind, driver = known
    if not parsed.database or (kind is Kind.SQLITE and _in_memory(parsed)):
        raise BadAddress(f"The database URL names no database; one in memory would lose what was acknowledged. {_HOW}")
    return Address(kind, parsed.set(drivername=driver))


def _in_memory(url: URL) -> bool:
    return url.database == ":memory:" or (url.database or "").startswith("file:")

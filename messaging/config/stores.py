"""The database, and the Redis between several processes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode

from messaging.config.addresses import split
from messaging.config.variables import ConfigError

_DRIVERS: Final = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}
"""Accepted schemes of a database URL (hosting companies hand out the short ones) and the driver each one means."""

_SSL: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_OPTIONS: Final = {
    "ssl": "ssl",
    "sslmode": "ssl",
    **{name: name for name in ("host", "port", "target_session_attrs", "prepared_statement_cache_size")},
}
"""Of the URL of a PostgreSQL, and what the driver calls each."""
_REPEATED: Final = ("host", "port")
"""Of these one for each server may be named."""
_OF_FILES: Final = {"sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY"}


def database_url(values: Mapping[str, str], data_dir: Path) -> str:
    url = values.get("PLI_DATABASE_URL")
    if url is None:
        return f"sqlite+aiosqlite:///{data_dir / 'pli.sqlite3'}"
    scheme, separator, rest = url.partition("://")
    driver = _DRIVERS.get(scheme)
    if driver is None or not separator:
        raise ConfigError(
            "PLI_DATABASE_URL",
            "neither SQLite nor PostgreSQL. Write sqlite:///path/to/file or postgresql://user:password@host/database.",
        )
    if driver.startswith("sqlite"):
        _check_sqlite_path(rest)
    elif not split("PLI_DATABASE_URL", url).path.strip("/"):
        raise ConfigError("PLI_DATABASE_URL", "names no database. Write postgresql://user:password@host/database.")
    else:
        address, mark, options = rest.partition("?")
        rest = f"{address}{mark}{_postgresql_options(options)}"
    return f"{driver}://{rest}"


def _postgresql_options(options: str) -> str:
    """What follows the question mark, in the words of the driver: hosting companies hand out those of libpq."""
    named: list[tuple[str, str]] = []
    for name, value in parse_qsl(options, keep_blank_values=True):
        if name in _OF_FILES:
            raise ConfigError(
                "PLI_DATABASE_URL",
                f"has the option {name}. Leave it out, and set the variable {_OF_FILES[name]} to the file.",
            )
        if name not in _OPTIONS:
            raise ConfigError(
                "PLI_DATABASE_URL",
                f"has an option that is not known here: {name!r}. Leave it out; for TLS write ssl=require.",
            )
        if _OPTIONS[name] in (each for each, _ in named if each not in _REPEATED):
            raise ConfigError("PLI_DATABASE_URL", f"has the option {_OPTIONS[name]} twice. Leave one out.")
        if name == "port" and not all(port.isdecimal() for port in value.split(",")):
            raise ConfigError("PLI_DATABASE_URL", "has a port that is no number. Write port=5432.")
        if _OPTIONS[name] == "ssl" and value not in _SSL:
            raise ConfigError("PLI_DATABASE_URL", f"has an ssl that is none of {', '.join(_SSL)}. Write ssl=require.")
        named.append((_OPTIONS[name], value))
    return urlencode(named, safe="/:,")


def _check_sqlite_path(rest: str) -> None:
    """What follows `sqlite://`: a slash and a relative path, or a slash and an absolute one (four slashes in all)."""
    if not rest.startswith("/") or rest[1:].partition("?")[0] in ("", ":memory:"):
        raise ConfigError(
            "PLI_DATABASE_URL",
            "names no file. Write sqlite:///relative/path or sqlite:////absolute/path; "
            "a database in memory would lose what was acknowledged.",
        )


def _is_redis(variable: str, url: str) -> bool:
    parts = split(variable, url)
    return parts.scheme in ("redis", "rediss") and bool(parts.hostname) and not (parts.query or parts.fragment)


def event_stream(values: Mapping[str, str]) -> str | None:
    url = values.get("PLI_EVENT_STREAM")
    if url is not None and not _is_redis("PLI_EVENT_STREAM", url):
        raise ConfigError("PLI_EVENT_STREAM", "not the address of a Redis. Write redis://user:password@host:6379.")
    return url


def redis_urls(values: Mapping[str, str], database_url: str) -> tuple[str, ...]:
    urls = tuple(values.get("PLI_REDIS_URL", "").split())
    for url in urls:
        if not _is_redis("PLI_REDIS_URL", url):
            raise ConfigError(
                "PLI_REDIS_URL",
                "not the address of a Redis. Write redis://host:6379 or, with TLS, rediss://user:password@host:6379; "
                "of a cluster, some of its nodes with spaces between.",
            )
    if urls and database_url.startswith("sqlite"):
        raise ConfigError(
            "PLI_REDIS_URL",
            "set, while the database is a SQLite file, which one process opens. Set PLI_DATABASE_URL to a PostgreSQL, "
            "or unset it.",
        )
    return urls

"""The service's settings: read once from PLI_* environment variables, checked, and then never changed.

With no variable set the service runs embedded: SQLite, keys and events in ./var, on the loopback interface. Nothing
here opens a file or a socket, and a setting that is not understood stops the start with a sentence on what to do.
"""

import difflib
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self
from urllib.parse import SplitResult, urlsplit

_PREFIX: Final = "PLI_"
_NOT_SETTINGS: Final = "PLI_TEST_"
"""Variables with this prefix belong to the test suite."""

_VARIABLES: Final = frozenset(
    _PREFIX + name
    for name in (
        "ALLOWED_HOSTS",
        "ALLOWED_ORIGINS",
        "ANONYMITY_MIN",
        "ATTESTATION_AUDIENCE",
        "BACKUP_DAYS",
        "DATABASE_URL",
        "DATA_DIR",
        "EMBED_ORIGINS",
        "EVENT_LOG",
        "HOST",
        "JWKS",
        "KEY_RING",
        "KEY_RING_FILE",
        "LOG_LEVEL",
        "PLATFORM_KEY",
        "PORT",
        "PUBLIC_URL",
        "RETENTION_CLAIMS_DAYS",
        "RETENTION_PENDING_SEATS_DAYS",
        "RETENTION_THREADS_DAYS",
        "SMTP_FROM",
        "SMTP_URL",
        "TOKEN_AUDIENCE",
        "TOKEN_ISSUER",
    )
)

_NUMBER_MAX: Final = 36_500
"""A hundred years in days."""

_PUBLIC_KEY_BYTES: Final = 32
_PLAIN_ADDRESS: Final = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")

_DRIVERS: Final = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}
"""Accepted schemes of a database URL (hosting companies hand out the short ones) and the driver each one means."""


class ConfigError(Exception):
    """A setting that cannot be used. The message names the variable, says what is wrong and what to do."""

    def __init__(self, variable: str, problem: str) -> None:
        super().__init__(f"{variable}: {problem}")
        self.variable = variable


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that a deployment chooses. Values that may hold a secret stay out of `repr`."""

    data_dir: Path
    """Keys and, when embedded, the database and the events."""
    database_url: str = field(repr=False)
    """An SQLAlchemy URL, `sqlite+aiosqlite:` or `postgresql+asyncpg:`; may hold a password."""
    host: str
    port: int
    """0 lets the system choose."""
    public_url: str
    """How browsers reach the service, without a trailing slash."""
    allowed_origins: frozenset[str]
    """Exact `Origin` values that may open a socket or call from a page."""
    allowed_hosts: frozenset[str]
    """Exact `Host` names that are answered."""
    jwks: str | Path | None
    """Keys of the platform's tokens: an https URL or a file. None: nobody can sign in."""
    token_issuer: str | None
    """`iss` that tokens must have; set whenever `jwks` is."""
    token_audience: str
    """`aud` that tokens must have."""
    key_ring: str | None = field(repr=False)
    """The ring of column keys itself; None: it is in `key_ring_file`."""
    key_ring_file: Path
    log_level: str
    """A name of the logging module, in capitals."""
    event_log: Path
    """Where relation events go, one JSON document a line."""
    embed_origins: frozenset[str] = frozenset()
    """Exact origins of the pages that may hold the widget in a frame."""
    platform_key: bytes | None = None
    """Ed25519 public key, 32 bytes, that the platform signs attestations and resets with. None: nothing is reset."""
    attestation_audience: str = "pli-attest"
    """`aud` of what it signs with it."""
    anonymity_min: int = 5
    """How many parties a presentation must fit to be shown."""
    backup_days: int = 30
    """After how many days a backup is deleted: what was erased is gone for good then."""
    retention_claims_days: int = 30
    retention_pending_seats_days: int = 90
    retention_threads_days: int = 1_825
    smtp_url: str | None = field(default=None, repr=False)
    """The mail server: `smtps://` or, with STARTTLS, `smtp://`; may hold a password. None: no mails are sent."""
    smtp_from: str = ""
    """The address that mails come from; set whenever `smtp_url` is."""
    push_loopback: bool = False
    """Whether pushes may go to this machine. Only tests set it; no environment variable does."""
    demo: bool = False
    """Whether fictional people may sign in. Only the demo sets it; no environment variable does."""

    @property
    def embedded(self) -> bool:
        """Whether the database is a file that this one process opens."""
        return self.database_url.startswith("sqlite")

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Settings from PLI_* variables; an empty variable counts as not set. Raises: ConfigError."""
        values = {name: value for name, value in env.items() if name.startswith(_PREFIX) and value}
        _refuse_unknown(values)
        data_dir = Path(values.get("PLI_DATA_DIR", "var"))
        host, port = values.get("PLI_HOST", "127.0.0.1"), _port(values)
        public_url = _public_url(values, host, port)
        jwks = _jwks(values)
        smtp_url = _smtp_url(values)
        return cls(
            data_dir=data_dir,
            database_url=_database_url(values, data_dir),
            host=host,
            port=port,
            public_url=public_url,
            allowed_origins=_origins(values, "PLI_ALLOWED_ORIGINS") | {public_url},
            embed_origins=_origins(values, "PLI_EMBED_ORIGINS"),
            allowed_hosts=_allowed_hosts(values, public_url),
            jwks=jwks,
            token_issuer=_token_issuer(values, jwks),
            token_audience=values.get("PLI_TOKEN_AUDIENCE", "pli"),
            key_ring=_key_ring(values),
            key_ring_file=Path(values.get("PLI_KEY_RING_FILE", data_dir / "key_ring.json")),
            log_level=_log_level(values),
            event_log=Path(values.get("PLI_EVENT_LOG", data_dir / "events.jsonl")),
            platform_key=_platform_key(values),
            attestation_audience=values.get("PLI_ATTESTATION_AUDIENCE", "pli-attest"),
            anonymity_min=_number(values, "PLI_ANONYMITY_MIN", 5, 1),
            backup_days=_number(values, "PLI_BACKUP_DAYS", 30, 0),
            retention_claims_days=_number(values, "PLI_RETENTION_CLAIMS_DAYS", 30, 7),
            retention_pending_seats_days=_number(values, "PLI_RETENTION_PENDING_SEATS_DAYS", 90, 1),
            retention_threads_days=_number(values, "PLI_RETENTION_THREADS_DAYS", 1_825, 1),
            smtp_url=smtp_url,
            smtp_from=_smtp_from(values, smtp_url),
        )


def _refuse_unknown(values: Mapping[str, str]) -> None:
    for name in sorted(values.keys() - _VARIABLES):
        if name.startswith(_NOT_SETTINGS):
            continue
        near = difflib.get_close_matches(name, _VARIABLES, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Unset it. There are: {', '.join(sorted(_VARIABLES))}."
        raise ConfigError(name, f"no such setting. {hint}")


def _database_url(values: Mapping[str, str], data_dir: Path) -> str:
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
    elif not _split("PLI_DATABASE_URL", url).path.strip("/"):
        raise ConfigError("PLI_DATABASE_URL", "names no database. Write postgresql://user:password@host/database.")
    return f"{driver}://{rest}"


def _check_sqlite_path(rest: str) -> None:
    """What follows `sqlite://`: a slash and a relative path, or a slash and an absolute one (four slashes in all)."""
    if not rest.startswith("/") or rest[1:].partition("?")[0] in ("", ":memory:"):
        raise ConfigError(
            "PLI_DATABASE_URL",
            "names no file. Write sqlite:///relative/path or sqlite:////absolute/path; "
            "a database in memory would lose what was acknowledged.",
        )


def _port(values: Mapping[str, str]) -> int:
    text = values.get("PLI_PORT", "8000")
    if not (text.isascii() and text.isdigit()) or int(text) > 65_535:
        raise ConfigError("PLI_PORT", f"{text!r} is not a port. Write a number from 1 to 65535, or 0 for any free one.")
    return int(text)


def _number(values: Mapping[str, str], variable: str, default: int, least: int) -> int:
    text = values.get(variable, str(default))
    if not (text.isascii() and text.isdigit()) or not least <= int(text) <= _NUMBER_MAX:
        raise ConfigError(variable, f"{text!r} is not a number from {least} to {_NUMBER_MAX:,}. Write one, in digits.")
    return int(text)


def _public_url(values: Mapping[str, str], host: str, port: int) -> str:
    url = values.get("PLI_PUBLIC_URL")
    if url is None:
        if not _is_loopback(host):
            raise ConfigError(
                "PLI_PUBLIC_URL",
                f"not set, and PLI_HOST={host} is reachable from outside. Write the address that browsers use, "
                "https://messages.example.org say.",
            )
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"
    parts = _split("PLI_PUBLIC_URL", url)
    _require_https("PLI_PUBLIC_URL", parts)
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ConfigError("PLI_PUBLIC_URL", "has a path or a query. Write scheme, host and port only.")
    return _origin(parts)


def _origins(values: Mapping[str, str], variable: str) -> frozenset[str]:
    origins = set()
    for text in _listed(values, variable):
        parts = _split(variable, text)
        _require_https(variable, parts)
        if text != _origin(parts) or not text.isascii() or any(mark in text for mark in "*;' "):
            raise ConfigError(
                variable,
                f"{text!r} is not an exact origin. Write what browsers send, in small letters, without default port, "
                "path or wildcard: https://www.example.org, several separated by commas.",
            )
        origins.add(text)
    return frozenset(origins)


def _allowed_hosts(values: Mapping[str, str], public_url: str) -> frozenset[str]:
    """The listed names and always the public one; on the loopback interface also its usual names."""
    public = urlsplit(public_url).hostname or ""
    hosts = {public, "localhost", "127.0.0.1"} if _is_loopback(public) else {public}
    for text in _listed(values, "PLI_ALLOWED_HOSTS"):
        if text != text.lower() or any(mark in text for mark in "*/:@ "):
            raise ConfigError(
                "PLI_ALLOWED_HOSTS",
                f"{text!r} is not an exact host name. Write it in small letters, without scheme, port or wildcard: "
                "messages.example.org, several separated by commas.",
            )
        hosts.add(text)
    return frozenset(hosts)


def _jwks(values: Mapping[str, str]) -> str | Path | None:
    text = values.get("PLI_JWKS")
    if text is None or "://" not in text:
        return None if text is None else Path(text)
    _require_https("PLI_JWKS", _split("PLI_JWKS", text))
    return text


def _token_issuer(values: Mapping[str, str], jwks: str | Path | None) -> str | None:
    issuer = values.get("PLI_TOKEN_ISSUER")
    if jwks is not None and issuer is None:
        raise ConfigError("PLI_TOKEN_ISSUER", "not set, while PLI_JWKS is. Write the `iss` of the platform's tokens.")
    if jwks is None and issuer is not None:
        raise ConfigError(
            "PLI_JWKS", "not set, while PLI_TOKEN_ISSUER is. Write the URL or file of the keys that sign its tokens."
        )
    return issuer


def _key_ring(values: Mapping[str, str]) -> str | None:
    if "PLI_KEY_RING" in values and "PLI_KEY_RING_FILE" in values:
        raise ConfigError("PLI_KEY_RING", "set together with PLI_KEY_RING_FILE. Keep one of the two.")
    return values.get("PLI_KEY_RING")


def _log_level(values: Mapping[str, str]) -> str:
    level = values.get("PLI_LOG_LEVEL", "INFO").upper()
    names = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
    if level not in names:
        raise ConfigError("PLI_LOG_LEVEL", f"{level!r} is not a level. Write one of {', '.join(names)}.")
    return level


def _platform_key(values: Mapping[str, str]) -> bytes | None:
    text = values.get("PLI_PLATFORM_KEY")
    if text is None:
        return None
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != _PUBLIC_KEY_BYTES:
        raise ConfigError("PLI_PLATFORM_KEY", "not an Ed25519 public key. Write its 32 bytes as 64 hex digits.")
    return key


def _smtp_url(values: Mapping[str, str]) -> str | None:
    url = values.get("PLI_SMTP_URL")
    if url is None:
        return None
    parts = _split("PLI_SMTP_URL", url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path not in ("", "/") or parts.query:
        raise ConfigError(
            "PLI_SMTP_URL",
            "not the address of a mail server. Write smtps://user:password@host (TLS from the start, port 465) or "
            "smtp://user:password@host (STARTTLS, port 587), special characters percent-encoded.",
        )
    return url


def _smtp_from(values: Mapping[str, str], smtp_url: str | None) -> str:
    address = values.get("PLI_SMTP_FROM", "")
    if smtp_url is None and not address:
        return ""
    if smtp_url is None or not address:
        missing, other = ("PLI_SMTP_URL", "PLI_SMTP_FROM") if address else ("PLI_SMTP_FROM", "PLI_SMTP_URL")
        raise ConfigError(missing, f"not set, while {other} is. Set a mail server and the address to write from.")
    if _PLAIN_ADDRESS.fullmatch(address) is None:
        raise ConfigError("PLI_SMTP_FROM", f"{address!r} is not a plain address. Write one: avis@messages.example.org.")
    return address


def _listed(values: Mapping[str, str], variable: str) -> list[str]:
    return [text.strip() for text in values.get(variable, "").split(",") if text.strip()]


def _split(variable: str, url: str) -> SplitResult:
    """The parts of a URL with a host that can be read. The URL stays out of the error: it may hold a password."""
    try:
        parts = urlsplit(url)
        port_is_readable = parts.port is None or parts.port > 0
    except ValueError:
        port_is_readable = False
    if not port_is_readable:
        raise ConfigError(variable, "not a URL: host or port cannot be read. Check its spelling.")
    return parts


def _require_https(variable: str, parts: SplitResult) -> None:
    host = parts.hostname or ""
    if host and not parts.username and (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))):
        return
    raise ConfigError(
        variable,
        "not an https address. Write https://host, without user name (http is for this machine's loopback only).",
    )


def _origin(parts: SplitResult) -> str:
    """The URL's origin as browsers write it (RFC 6454 section 6.2)."""
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, default) else "")


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

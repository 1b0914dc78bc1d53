"""The settings of a deployment, read once and then never changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from messaging.config import addresses, mail, stores, tokens, variables
from messaging.config.variables import PREFIX


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
    trusted_proxies: tuple[str, ...]
    """Addresses and networks of what stands before the service and may say where a request comes from."""
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
    moderation_root: bytes | None = None
    """Ed25519 public key, 32 bytes, of the offline root that certifies the keys of moderators. None: nobody reports."""
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
    messages_per_s: int | None = None
    """What one account may send in the long run; None: the service's own bound."""
    log_format: str = "text"
    """`text`, or `json`: one object a line."""
    metrics: tuple[str, int] | None = None
    """Host and port where Prometheus reads the process's numbers. None: nowhere."""
    event_stream: str | None = field(default=None, repr=False)
    """A Redis in whose stream relation events go instead; may hold a password. None: they go to `event_log`."""
    redis_urls: tuple[str, ...] = field(default=(), repr=False)
    """One Redis, or some nodes of a cluster, between several processes; may hold a password. None: one process."""
    webhooks: Path | None = None
    push_loopback: bool = False
    """Whether pushes may go to this machine. Only tests set it; no environment variable does."""
    sign_in_url: str | None = None
    """The platform's page that signs a person in and leads back to the inbox with a token."""
    token_url: str | None = None
    """Where the inbox asks the platform for another token of whoever is signed in there."""
    attestation_url: str | None = None
    """Where it asks for the platform's word for a mailbox's identity key."""
    demo: bool = False
    """Whether fictional people may sign in. Only the demo sets it; no environment variable does."""

    @property
    def embedded(self) -> bool:
        """Whether the database is a file that this one process opens."""
        return self.database_url.startswith("sqlite")

    @property
    def one_address(self) -> bool:
        """Whether others reach the service, and no proxy of theirs is known: behind one, they are one address."""
        return not (
            addresses.is_loopback(self.host) or any(not addresses.is_loopback(each) for each in self.trusted_proxies)
        )

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Settings from PLI_* variables; an empty variable counts as not set. Raises: ConfigError."""
        values = {name: value for name, value in env.items() if name.startswith(PREFIX) and value}
        variables.refuse_unknown(values)
        data_dir = Path(values.get("PLI_DATA_DIR", "var"))
        host, port = values.get("PLI_HOST", "127.0.0.1"), variables.port(values)
        public_url = addresses.public_url(values, host, port)
        jwks = tokens.jwks(values)
        smtp_url = mail.smtp_url(values)
        database_url = stores.database_url(values, data_dir)
        return cls(
            data_dir=data_dir,
            database_url=database_url,
            host=host,
            port=port,
            public_url=public_url,
            allowed_origins=addresses.origins(values, "PLI_ALLOWED_ORIGINS") | {public_url},
            embed_origins=addresses.origins(values, "PLI_EMBED_ORIGINS"),
            allowed_hosts=addresses.allowed_hosts(values, public_url),
            trusted_proxies=addresses.trusted_proxies(values),
            jwks=jwks,
            token_issuer=tokens.token_issuer(values, jwks),
            token_audience=values.get("PLI_TOKEN_AUDIENCE", "pli"),
            key_ring=variables.key_ring(values),
            key_ring_file=Path(values.get("PLI_KEY_RING_FILE", data_dir / "key_ring.json")),
            log_level=variables.log_level(values),
            event_log=Path(values.get("PLI_EVENT_LOG", data_dir / "events.jsonl")),
            platform_key=variables.public_key(values, "PLI_PLATFORM_KEY"),
            moderation_root=variables.public_key(values, "PLI_MODERATION_ROOT"),
            attestation_audience=values.get("PLI_ATTESTATION_AUDIENCE", "pli-attest"),
            anonymity_min=variables.number(values, "PLI_ANONYMITY_MIN", 5, 1),
            backup_days=variables.number(values, "PLI_BACKUP_DAYS", 30, 0),
            retention_claims_days=variables.number(values, "PLI_RETENTION_CLAIMS_DAYS", 30, 7),
            retention_pending_seats_days=variables.number(values, "PLI_RETENTION_PENDING_SEATS_DAYS", 90, 1),
            retention_threads_days=variables.number(values, "PLI_RETENTION_THREADS_DAYS", 1_825, 1),
            smtp_url=smtp_url,
            smtp_from=mail.smtp_from(values, smtp_url),
            redis_urls=stores.redis_urls(values, database_url),
            event_stream=stores.event_stream(values),
            webhooks=None if "PLI_WEBHOOKS" not in values else Path(values["PLI_WEBHOOKS"]),
            messages_per_s=variables.number(values, "PLI_MESSAGES_PER_S", 0, 1)
            if "PLI_MESSAGES_PER_S" in values
            else None,
            log_format=variables.log_format(values),
            metrics=addresses.metrics(values),
            sign_in_url=addresses.platform_address(values, "PLI_SIGN_IN_URL"),
            token_url=addresses.platform_address(values, "PLI_TOKEN_URL"),
            attestation_url=addresses.platform_address(values, "PLI_ATTESTATION_URL"),
        )

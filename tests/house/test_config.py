"""Settings: what a deployment may say, and what each mistake is answered with."""

from pathlib import Path

import pytest

from messaging.config import ConfigError, Settings

PRODUCTION = {
    "PLI_DATABASE_URL": "postgres://pli:s3cret@db.internal/pli",
    "PLI_DATA_DIR": "/srv/pli",
    "PLI_HOST": "0.0.0.0",
    "PLI_PORT": "80",
    "PLI_PUBLIC_URL": "https://messages.example.org/",
    "PLI_ALLOWED_ORIGINS": "https://www.example.org, https://example.org:8443",
    "PLI_TRUSTED_PROXIES": "192.0.2.7, 2001:db8::/64",
    "PLI_ALLOWED_HOSTS": "internal.example.org",
    "PLI_JWKS": "https://www.example.org/jwks.json",
    "PLI_TOKEN_ISSUER": "https://www.example.org",
    "PLI_TOKEN_AUDIENCE": "messages",
    "PLI_PLATFORM_KEY": "0A" * 32,
    "PLI_ATTESTATION_AUDIENCE": "messages-attest",
    "PLI_SIGN_IN_URL": "https://www.example.org/connexion",
    "PLI_TOKEN_URL": "https://www.example.org/pli/jeton",
    "PLI_ATTESTATION_URL": "https://www.example.org/pli/attestation",
    "PLI_KEY_RING": "ring-canary",
    "PLI_LOG_LEVEL": "warning",
    "PLI_EVENT_LOG": "/srv/events.jsonl",
}


def test_nothing_set_is_an_embedded_service_on_loopback() -> None:
    settings = Settings.from_env({"PATH": "/bin", "PLI_PORT": ""})

    assert settings == Settings(
        data_dir=Path("var"),
        database_url="sqlite+aiosqlite:///var/pli.sqlite3",
        host="127.0.0.1",
        port=8000,
        public_url="http://127.0.0.1:8000",
        allowed_origins=frozenset({"http://127.0.0.1:8000"}),
        allowed_hosts=frozenset({"127.0.0.1", "localhost"}),
        trusted_proxies=("127.0.0.1", "::1"),
        jwks=None,
        token_issuer=None,
        token_audience="pli",
        key_ring=None,
        key_ring_file=Path("var/key_ring.json"),
        log_level="INFO",
        event_log=Path("var/events.jsonl"),
        demo=False,
    )
    assert settings.embedded


def test_everything_set_is_taken() -> None:
    settings = Settings.from_env(PRODUCTION)

    assert settings == Settings(
        data_dir=Path("/srv/pli"),
        database_url="postgresql+asyncpg://pli:s3cret@db.internal/pli",
        host="0.0.0.0",
        port=80,
        public_url="https://messages.example.org",
        allowed_origins=frozenset(
            {"https://messages.example.org", "https://www.example.org", "https://example.org:8443"}
        ),
        allowed_hosts=frozenset({"messages.example.org", "internal.example.org"}),
        trusted_proxies=("192.0.2.7", "2001:db8::/64"),
        jwks="https://www.example.org/jwks.json",
        token_issuer="https://www.example.org",
        token_audience="messages",
        platform_key=b"\x0a" * 32,
        attestation_audience="messages-attest",
        sign_in_url="https://www.example.org/connexion",
        token_url="https://www.example.org/pli/jeton",
        attestation_url="https://www.example.org/pli/attestation",
        key_ring="ring-canary",
        key_ring_file=Path("/srv/pli/key_ring.json"),
        log_level="WARNING",
        event_log=Path("/srv/events.jsonl"),
    )
    assert not settings.embedded


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("", ""),
        ("?sslmode=require", "?ssl=require"),
        ("?ssl=verify-full", "?ssl=verify-full"),
        (
            "?host=/run/postgresql&target_session_attrs=read-write",
            "?host=/run/postgresql&target_session_attrs=read-write",
        ),
    ],
)
def test_options_of_a_postgresql_as_hosting_companies_write_them(given: str, taken: str) -> None:
    settings = Settings.from_env({**PRODUCTION, "PLI_DATABASE_URL": f"postgres://pli:s3cr%40t@db.internal/pli{given}"})
    assert settings.database_url == f"postgresql+asyncpg://pli:s3cr%40t@db.internal/pli{taken}"


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("channel_binding=require", "'channel_binding'. Leave it out"),
        ("sslmode=require&sslrootcert=/etc/ca.pem", "PGSSLROOTCERT"),
        ("sslmode=on", "verify-full. Write ssl=require"),
        ("ssl=", "Write ssl=require"),
        ("sslmode=require&ssl=verify-full", "ssl twice"),
        ("host=a&host=b&port=x", "Write port=5432"),
    ],
)
def test_options_of_a_postgresql_that_the_driver_does_not_know(option: str, says: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Settings.from_env({**PRODUCTION, "PLI_DATABASE_URL": f"postgres://pli:s3cret@db.internal/pli?{option}"})
    assert says in str(refused.value)
    assert "s3cret" not in str(refused.value)


def test_secrets_stay_out_of_repr() -> None:
    shown = repr(Settings.from_env(PRODUCTION))

    assert "s3cret" not in shown
    assert "ring-canary" not in shown


@pytest.mark.parametrize(
    ("given", "means"),
    [
        ("sqlite:///a/b.sqlite3", "sqlite+aiosqlite:///a/b.sqlite3"),
        ("sqlite:////a/b.sqlite3", "sqlite+aiosqlite:////a/b.sqlite3"),
        ("postgresql://h/d?ssl=require", "postgresql+asyncpg://h/d?ssl=require"),
        ("postgresql+asyncpg://u:p@h:5433/d", "postgresql+asyncpg://u:p@h:5433/d"),
    ],
)
def test_database_urls_get_their_driver(given: str, means: str) -> None:
    assert Settings.from_env({"PLI_DATABASE_URL": given}).database_url == means


def test_a_key_file_for_tokens_needs_no_network() -> None:
    settings = Settings.from_env({"PLI_JWKS": "keys/jwks.json", "PLI_TOKEN_ISSUER": "x"})

    assert settings.jwks == Path("keys/jwks.json")


def test_a_mail_server_and_who_writes() -> None:
    settings = Settings.from_env({"PLI_SMTP_URL": "smtps://u:s3cret@h", "PLI_SMTP_FROM": "a@b.example"})

    assert (settings.smtp_url, settings.smtp_from) == ("smtps://u:s3cret@h", "a@b.example")
    assert "s3cret" not in repr(settings)


def test_variables_of_the_tests_are_not_settings() -> None:
    assert Settings.from_env({"PLI_TEST_SCALE": "1"}) == Settings.from_env({})


def test_the_demo_cannot_be_switched_on_from_the_environment() -> None:
    with pytest.raises(ConfigError, match=r"PLI_DEMO: no such setting"):
        Settings.from_env({"PLI_DEMO": "1"})


MISTAKES = [
    ({"PLI_DATABSE_URL": "x"}, "PLI_DATABSE_URL", "Did you mean PLI_DATABASE_URL"),
    ({"PLI_DATABASE_URL": "mysql://h/d"}, "PLI_DATABASE_URL", "neither SQLite nor PostgreSQL"),
    ({"PLI_DATABASE_URL": "postgresql:h/d"}, "PLI_DATABASE_URL", "neither SQLite nor PostgreSQL"),
    ({"PLI_DATABASE_URL": "postgresql://u:s3cret@h/"}, "PLI_DATABASE_URL", "names no database"),
    ({"PLI_DATABASE_URL": "postgresql://u:s3cret@h:port/d"}, "PLI_DATABASE_URL", "cannot be read"),
    ({"PLI_DATABASE_URL": "sqlite://"}, "PLI_DATABASE_URL", "names no file"),
    ({"PLI_DATABASE_URL": "sqlite:///:memory:"}, "PLI_DATABASE_URL", "names no file"),
    ({"PLI_DATABASE_URL": "sqlite://a/b"}, "PLI_DATABASE_URL", "names no file"),
    ({"PLI_PORT": "http"}, "PLI_PORT", "not a port"),
    ({"PLI_PORT": "-1"}, "PLI_PORT", "not a port"),
    ({"PLI_PORT": "65536"}, "PLI_PORT", "not a port"),
    ({"PLI_HOST": "0.0.0.0"}, "PLI_PUBLIC_URL", "reachable from outside"),
    ({"PLI_PUBLIC_URL": "http://example.org"}, "PLI_PUBLIC_URL", "not an https address"),
    ({"PLI_PUBLIC_URL": "https://u:s3cret@example.org"}, "PLI_PUBLIC_URL", "not an https address"),
    ({"PLI_PUBLIC_URL": "https://example.org/pli"}, "PLI_PUBLIC_URL", "path or a query"),
    ({"PLI_ALLOWED_ORIGINS": "*"}, "PLI_ALLOWED_ORIGINS", "not an https address"),
    ({"PLI_ALLOWED_ORIGINS": "null"}, "PLI_ALLOWED_ORIGINS", "not an https address"),
    ({"PLI_ALLOWED_ORIGINS": "https://*.example.org"}, "PLI_ALLOWED_ORIGINS", "not an exact origin"),
    ({"PLI_ALLOWED_ORIGINS": "https://example.org/"}, "PLI_ALLOWED_ORIGINS", "not an exact origin"),
    ({"PLI_ALLOWED_ORIGINS": "https://example.org:443"}, "PLI_ALLOWED_ORIGINS", "not an exact origin"),
    ({"PLI_ALLOWED_ORIGINS": "https://Example.org"}, "PLI_ALLOWED_ORIGINS", "not an exact origin"),
    ({"PLI_EMBED_ORIGINS": "*"}, "PLI_EMBED_ORIGINS", "not an https address"),
    ({"PLI_EMBED_ORIGINS": "https://a.example/listing"}, "PLI_EMBED_ORIGINS", "not an exact origin"),
    ({"PLI_EMBED_ORIGINS": "https://a.example;script-src"}, "PLI_EMBED_ORIGINS", "not an exact origin"),
    ({"PLI_EMBED_ORIGINS": "https://é.example"}, "PLI_EMBED_ORIGINS", "not an exact origin"),
    ({"PLI_ALLOWED_HOSTS": "*.example.org"}, "PLI_ALLOWED_HOSTS", "not an exact host name"),
    ({"PLI_ALLOWED_HOSTS": "example.org:80"}, "PLI_ALLOWED_HOSTS", "not an exact host name"),
    ({"PLI_TRUSTED_PROXIES": "*"}, "PLI_TRUSTED_PROXIES", "not an address or a network"),
    ({"PLI_TRUSTED_PROXIES": "10.0.0.1, proxy"}, "PLI_TRUSTED_PROXIES", "not an address or a network"),
    ({"PLI_TRUSTED_PROXIES": "0.0.0.0/0"}, "PLI_TRUSTED_PROXIES", "not an address or a network"),
    ({"PLI_JWKS": "http://example.org/jwks", "PLI_TOKEN_ISSUER": "x"}, "PLI_JWKS", "not an https address"),
    ({"PLI_JWKS": "jwks.json"}, "PLI_TOKEN_ISSUER", "not set, while PLI_JWKS is"),
    ({"PLI_TOKEN_ISSUER": "x"}, "PLI_JWKS", "not set, while PLI_TOKEN_ISSUER is"),
    ({"PLI_KEY_RING": "s3cret", "PLI_KEY_RING_FILE": "y"}, "PLI_KEY_RING", "Keep one"),
    ({"PLI_PLATFORM_KEY": "0a" * 31}, "PLI_PLATFORM_KEY", "not an Ed25519 public key"),
    ({"PLI_PLATFORM_KEY": "x" * 64}, "PLI_PLATFORM_KEY", "not an Ed25519 public key"),
    ({"PLI_TOKEN_URL": "http://example.org/jeton"}, "PLI_TOKEN_URL", "not an https address"),
    ({"PLI_TOKEN_URL": "https://example.org/jeton?x=y"}, "PLI_TOKEN_URL", "not a plain address"),
    ({"PLI_ATTESTATION_URL": "https://example.org/a; script-src *"}, "PLI_ATTESTATION_URL", "not a plain address"),
    ({"PLI_SIGN_IN_URL": "javascript:alert(1)"}, "PLI_SIGN_IN_URL", "not an https address"),
    ({"PLI_LOG_LEVEL": "chatty"}, "PLI_LOG_LEVEL", "not a level"),
    ({"PLI_REDIS_URL": "http://u:s3cret@h"}, "PLI_REDIS_URL", "not the address"),
    ({"PLI_EVENT_STREAM": "redis://u:s3cret@h?db=1"}, "PLI_EVENT_STREAM", "not the address"),
    ({"PLI_METRICS": "9464"}, "PLI_METRICS", "not an address"),
    ({"PLI_METRICS": "127.0.0.1:0"}, "PLI_METRICS", "not an address"),
    ({"PLI_REDIS_URL": "redis://"}, "PLI_REDIS_URL", "not the address"),
    ({"PLI_REDIS_URL": "redis://h:6379 rediss://u:s3cret@h?x=1"}, "PLI_REDIS_URL", "not the address"),
    ({"PLI_REDIS_URL": "redis://u:s3cret@h"}, "PLI_REDIS_URL", "SQLite"),
    ({"PLI_SMTP_URL": "http://u:s3cret@h", "PLI_SMTP_FROM": "a@b.example"}, "PLI_SMTP_URL", "not the address"),
    ({"PLI_SMTP_URL": "smtps://u:s3cret@", "PLI_SMTP_FROM": "a@b.example"}, "PLI_SMTP_URL", "not the address"),
    ({"PLI_SMTP_URL": "smtps://u:s3cret@h/x", "PLI_SMTP_FROM": "a@b.example"}, "PLI_SMTP_URL", "not the address"),
    ({"PLI_SMTP_URL": "smtps://u:s3cret@h"}, "PLI_SMTP_FROM", "not set, while PLI_SMTP_URL is"),
    ({"PLI_SMTP_FROM": "a@b.example"}, "PLI_SMTP_URL", "not set, while PLI_SMTP_FROM is"),
    ({"PLI_SMTP_URL": "smtps://h", "PLI_SMTP_FROM": "Pli <a@b.example>"}, "PLI_SMTP_FROM", "not a plain address"),
    ({"PLI_SMTP_URL": "smtps://h", "PLI_SMTP_FROM": "a@b.example\nBcc: c"}, "PLI_SMTP_FROM", "not a plain address"),
]


@pytest.mark.parametrize(("env", "variable", "problem"), MISTAKES)
def test_each_mistake_names_its_variable_and_shows_no_secret(env: dict[str, str], variable: str, problem: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Settings.from_env(env)

    assert refused.value.variable == variable
    assert str(refused.value).startswith(f"{variable}: ")
    assert problem in str(refused.value)
    assert "s3cret" not in str(refused.value)

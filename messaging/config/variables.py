"""PLI_* variables as texts: which there are, and what is read from one of them alone."""

import difflib
from collections.abc import Mapping
from typing import Final

PREFIX: Final = "PLI_"
_NOT_SETTINGS: Final = "PLI_TEST_"
"""Variables with this prefix belong to the test suite."""
_VARIABLES: Final = frozenset(
    PREFIX + name
    for name in (
        "ALLOWED_HOSTS",
        "ALLOWED_ORIGINS",
        "ANONYMITY_MIN",
        "ATTESTATION_AUDIENCE",
        "BACKUP_DAYS",
        "ATTESTATION_URL",
        "DATABASE_URL",
        "DATA_DIR",
        "EMBED_ORIGINS",
        "EVENT_LOG",
        "EVENT_STREAM",
        "HOST",
        "JWKS",
        "KEY_RING",
        "KEY_RING_FILE",
        "LOG_FORMAT",
        "LOG_LEVEL",
        "MESSAGES_PER_S",
        "METRICS",
        "MODERATION_ROOT",
        "PLATFORM_KEY",
        "PORT",
        "PUBLIC_URL",
        "REDIS_URL",
        "RETENTION_CLAIMS_DAYS",
        "RETENTION_PENDING_SEATS_DAYS",
        "RETENTION_THREADS_DAYS",
        "SIGN_IN_URL",
        "SMTP_FROM",
        "SMTP_URL",
        "TOKEN_AUDIENCE",
        "TOKEN_ISSUER",
        "TOKEN_URL",
        "TRUSTED_PROXIES",
        "WEBHOOKS",
    )
)
_NUMBER_MAX: Final = 36_500
"""A hundred years in days."""
_PUBLIC_KEY_BYTES: Final = 32


class ConfigError(Exception):
    """A setting that cannot be used. The message names the variable, says what is wrong and what to do."""

    def __init__(self, variable: str, problem: str) -> None:
        super().__init__(f"{variable}: {problem}")
        self.variable = variable


def refuse_unknown(values: Mapping[str, str]) -> None:
    for name in sorted(values.keys() - _VARIABLES):
        if name.startswith(_NOT_SETTINGS):
            continue
        near = difflib.get_close_matches(name, _VARIABLES, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Unset it. There are: {', '.join(sorted(_VARIABLES))}."
        raise ConfigError(name, f"no such setting. {hint}")


def port(values: Mapping[str, str]) -> int:
    text = values.get("PLI_PORT", "8000")
    if not (text.isascii() and text.isdigit()) or int(text) > 65_535:
        raise ConfigError("PLI_PORT", f"{text!r} is not a port. Write a number from 1 to 65535, or 0 for any free one.")
    return int(text)


def number(values: Mapping[str, str], variable: str, default: int, least: int) -> int:
    text = values.get(variable, str(default))
    if not (text.isascii() and text.isdigit()) or not least <= int(text) <= _NUMBER_MAX:
        raise ConfigError(variable, f"{text!r} is not a number from {least} to {_NUMBER_MAX:,}. Write one, in digits.")
    return int(text)


def log_level(values: Mapping[str, str]) -> str:
    level = values.get("PLI_LOG_LEVEL", "INFO").upper()
    names = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
    if level not in names:
        raise ConfigError("PLI_LOG_LEVEL", f"{level!r} is not a level. Write one of {', '.join(names)}.")
    return level


def log_format(values: Mapping[str, str]) -> str:
    form = values.get("PLI_LOG_FORMAT", "text").lower()
    if form not in ("text", "json"):
        raise ConfigError("PLI_LOG_FORMAT", f"{form!r} is not a form of log. Write text or json.")
    return form


def public_key(values: Mapping[str, str], variable: str) -> bytes | None:
    text = values.get(variable)
    if text is None:
        return None
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != _PUBLIC_KEY_BYTES:
        raise ConfigError(variable, "not an Ed25519 public key. Write its 32 bytes as 64 hex digits.")
    return key


def key_ring(values: Mapping[str, str]) -> str | None:
    if "PLI_KEY_RING" in values and "PLI_KEY_RING_FILE" in values:
        raise ConfigError("PLI_KEY_RING", "set together with PLI_KEY_RING_FILE. Keep one of the two.")
    return values.get("PLI_KEY_RING")


def listed(values: Mapping[str, str], variable: str) -> list[str]:
    return [text.strip() for text in values.get(variable, "").split(",") if text.strip()]

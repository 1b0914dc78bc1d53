"""The mail server, and the address that mails come from."""

import re
from collections.abc import Mapping
from typing import Final

from messaging.config.addresses import split
from messaging.config.variables import ConfigError

_PLAIN_ADDRESS: Final = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def smtp_url(values: Mapping[str, str]) -> str | None:
    url = values.get("PLI_SMTP_URL")
    if url is None:
        return None
    parts = split("PLI_SMTP_URL", url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path not in ("", "/") or parts.query:
        raise ConfigError(
            "PLI_SMTP_URL",
            "not the address of a mail server. Write smtps://user:password@host (TLS from the start, port 465) or "
            "smtp://user:password@host (STARTTLS, port 587), special characters percent-encoded.",
        )
    return url


def smtp_from(values: Mapping[str, str], smtp_url: str | None) -> str:
    address = values.get("PLI_SMTP_FROM", "")
    if smtp_url is None and not address:
        return ""
    if smtp_url is None or not address:
        missing, other = ("PLI_SMTP_URL", "PLI_SMTP_FROM") if address else ("PLI_SMTP_FROM", "PLI_SMTP_URL")
        raise ConfigError(missing, f"not set, while {other} is. Set a mail server and the address to write from.")
    if _PLAIN_ADDRESS.fullmatch(address) is None:
        raise ConfigError("PLI_SMTP_FROM", f"{address!r} is not a plain address. Write one: avis@messages.example.org.")
    return address

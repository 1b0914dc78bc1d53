"""Who signs the tokens of people."""

from collections.abc import Mapping
from pathlib import Path

from messaging.config.addresses import require_https, split
from messaging.config.variables import ConfigError


def jwks(values: Mapping[str, str]) -> str | Path | None:
    text = values.get("PLI_JWKS")
    if text is None or "://" not in text:
        return None if text is None else Path(text)
    require_https("PLI_JWKS", split("PLI_JWKS", text))
    return text


def token_issuer(values: Mapping[str, str], jwks: str | Path | None) -> str | None:
    issuer = values.get("PLI_TOKEN_ISSUER")
    if jwks is not None and issuer is None:
        raise ConfigError("PLI_TOKEN_ISSUER", "not set, while PLI_JWKS is. Write the `iss` of the platform's tokens.")
    if jwks is None and issuer is not None:
        raise ConfigError(
            "PLI_JWKS", "not set, while PLI_TOKEN_ISSUER is. Write the URL or file of the keys that sign its tokens."
        )
    return issuer

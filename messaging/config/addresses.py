"""Addresses among the settings: where the service is reached, and who may call it or stand before it."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from messaging.config.variables import ConfigError, listed


def public_url(values: Mapping[str, str], host: str, port: int) -> str:
    url = values.get("PLI_PUBLIC_URL")
    if url is None:
        if not is_loopback(host):
            raise ConfigError(
                "PLI_PUBLIC_URL",
                f"not set, and PLI_HOST={host} is reachable from outside. Write the address that browsers use, "
                "https://messages.example.org say.",
            )
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"
    parts = split("PLI_PUBLIC_URL", url)
    require_https("PLI_PUBLIC_URL", parts)
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ConfigError("PLI_PUBLIC_URL", "has a path or a query. Write scheme, host and port only.")
    return _origin(parts)


def origins(values: Mapping[str, str], variable: str) -> frozenset[str]:
    origins = set()
    for text in listed(values, variable):
        parts = split(variable, text)
        require_https(variable, parts)
        if text != _origin(parts) or not text.isascii() or any(mark in text for mark in "*;' "):
            raise ConfigError(
                variable,
                f"{text!r} is not an exact origin. Write what browsers send, in small letters, without default port, "
                "path or wildcard: https://www.example.org, several separated by commas.",
            )
        origins.add(text)
    return frozenset(origins)


def allowed_hosts(values: Mapping[str, str], public_url: str) -> frozenset[str]:
    """The listed names and always the public one; on the loopback interface also its usual names."""
    public = urlsplit(public_url).hostname or ""
    hosts = {public, "localhost", "127.0.0.1"} if is_loopback(public) else {public}
    for text in listed(values, "PLI_ALLOWED_HOSTS"):
        if text != text.lower() or any(mark in text for mark in "*/:@ "):
            raise ConfigError(
                "PLI_ALLOWED_HOSTS",
                f"{text!r} is not an exact host name. Write it in small letters, without scheme, port or wildcard: "
                "messages.example.org, several separated by commas.",
            )
        hosts.add(text)
    return frozenset(hosts)


def trusted_proxies(values: Mapping[str, str]) -> tuple[str, ...]:
    proxies = tuple(listed(values, "PLI_TRUSTED_PROXIES"))
    for text in proxies:
        try:
            is_narrow = ipaddress.ip_network(text).prefixlen > 0
        except ValueError:
            is_narrow = False
        if not is_narrow:
            raise ConfigError(
                "PLI_TRUSTED_PROXIES",
                f"{text!r} is not an address or a network of a proxy. Write 192.0.2.7 or 10.0.0.0/8, several separated "
                "by commas; who is trusted chooses the address that their requests are counted by.",
            )
    return proxies or ("127.0.0.1", "::1")


def platform_address(values: Mapping[str, str], variable: str) -> str | None:
    """An address of the platform's own site, as it stands in links and in policies."""
    url = values.get(variable)
    if url is None:
        return None
    parts = split(variable, url)
    require_https(variable, parts)
    if not (url.isascii() and url.isprintable()) or any(mark in url for mark in "?#*;,'\" "):
        raise ConfigError(
            variable, "not a plain address. Write scheme, host and path only: https://www.example.org/connexion."
        )
    return url


def metrics(values: Mapping[str, str]) -> tuple[str, int] | None:
    text = values.get("PLI_METRICS")
    if text is None:
        return None
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or not 0 < int(port) < 65_536:
        raise ConfigError("PLI_METRICS", f"{text!r} is not an address. Write host:port, 127.0.0.1:9464 for instance.")
    return host.strip("[]"), int(port)


def split(variable: str, url: str) -> SplitResult:
    """The parts of a URL with a host that can be read. The URL stays out of the error: it may hold a password."""
    try:
        parts = urlsplit(url)
        port_is_readable = parts.port is None or parts.port > 0
    except ValueError:
        port_is_readable = False
    if not port_is_readable:
        raise ConfigError(variable, "not a URL: host or port cannot be read. Check its spelling.")
    return parts


def require_https(variable: str, parts: SplitResult) -> None:
    host = parts.hostname or ""
    if host and not parts.username and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))):
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


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

"""Where a push may go: the endpoint is an address that a browser, or whoever plays one, told us to call."""

import ipaddress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from messaging.domain.errors import Malformed

_HTTPS_PORT: Final = 443
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The parts of an endpoint that may be called."""

    scheme: str
    host: str
    port: int
    target: str
    """Path and query."""

    @property
    def origin(self) -> str:
        """As `aud` of RFC 8292 wants it."""
        return f"{self.scheme}://{self.host}" + ("" if self.port == _HTTPS_PORT else f":{self.port}")


def parse_endpoint(url: str, *, loopback: bool = False) -> Endpoint:
    """An https address of a named host, at the usual port. `loopback`: for tests, http on 127.0.0.1 too.

    Raises: Malformed.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _refused() from None
    plain = url.isascii() and url.isprintable() and " " not in url and parts.username is None and not parts.fragment
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if plain and loopback and (parts.scheme, host) == ("http", "127.0.0.1") and port is not None:
        return Endpoint("http", host, port, target)
    if not plain or parts.scheme != "https" or port not in (None, _HTTPS_PORT) or not _is_name(host):
        raise _refused()
    return Endpoint("https", host, _HTTPS_PORT, target)


def is_public(address: str) -> bool:
    """Whether an address that a name resolved to is one of the Internet at large, and hides none that is not."""
    parsed: Address = ipaddress.ip_address(address.partition("%")[0])
    return all(each.is_global and not each.is_multicast for each in (parsed, *_embedded(parsed)))


def _embedded(address: Address) -> list[Address]:
    """The IPv4 addresses that an IPv6 address may be translated or tunnelled to."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found: list[Address] = [each for each in (address.ipv4_mapped, address.sixtofour) if each is not None]
    if address.teredo is not None:
        found += address.teredo
    if address in _NAT64:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return found


def _is_name(host: str) -> bool:
    """With a dot, and no IP address in any of its spellings: their last label is a number."""
    last = host.rstrip(".").rpartition(".")
    return bool(last[0]) and last[2][:1].isalpha() and all(c.isalnum() or c in "-." for c in host)


def _refused() -> Malformed:
    return Malformed("not the endpoint of a push service: https, a host name, and no port are needed")

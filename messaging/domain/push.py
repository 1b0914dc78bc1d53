"""Where a push may go: the endpoint is an address that a browser, or whoever plays one, told us to call."""

import ipaddress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from messaging.domain.errors import Malformed

_HTTPS_PORT: Final = 443
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
"""All of IPv6 that was ever given out to be reached (IANA, IPv6 Global Unicast Address Assignments)."""
_NOT_REACHED: Final = (ipaddress.IPv6Network("2002::/16"), ipaddress.IPv6Network("3fff::/20"))
"""Of that: 6to4, which ends at an IPv4 address of anybody's choice (RFC 7526), and documentation (RFC 9637). Teredo is
in what `is_global` refuses.
"""
_NAME_MAX: Final = 253
_LABEL_MAX: Final = 63

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
    reached = _reached(ipaddress.ip_address(address.partition("%")[0]))
    if isinstance(reached, ipaddress.IPv6Address) and (
        reached not in _UNICAST or any(reached in each for each in _NOT_REACHED)
    ):
        return False
    return reached.is_global and not reached.is_multicast


def _reached(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where resolvers give such: mapped, or through a public NAT64."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address


def _is_name(host: str) -> bool:
    """With a dot, and no IP address in any of its spellings: their last label is a number. As long as RFC 1035 lets a
    name and its labels be: no resolver is asked for another one.
    """
    name = host.removesuffix(".")
    labels = name.split(".")
    return (
        len(labels) > 1
        and len(name) <= _NAME_MAX
        and all(1 <= len(label) <= _LABEL_MAX for label in labels)
        and labels[-1][0].isalpha()
        and all(c.isalnum() or c in "-." for c in name)
    )


def _refused() -> Malformed:
    return Malformed("not the endpoint of a push service: https, a host name, and no port are needed")

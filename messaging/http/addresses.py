"""Where a request comes from, as far as it tells one person from others."""

import hashlib
from ipaddress import IPv6Address, ip_address
from typing import Final

from starlette.requests import Request

from messaging.domain.ids import ID_BYTES

_IPV6_NETWORK_BITS: Final = 64
"""What one household or host has of its own."""


def origin_of(request: Request) -> bytes:
    """16 bytes that stand for the address, for counting; they are kept in memory alone."""
    host = "" if request.client is None else request.client.host
    return hashlib.sha256(network_of(host).encode()).digest()[:ID_BYTES]


def network_of(host: str) -> str:
    """An IPv4 address as it is, an IPv6 address by its network, whoever has which address in it; else the text."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return f"{int(address) >> (128 - _IPV6_NETWORK_BITS):x}::"
    return str(address)

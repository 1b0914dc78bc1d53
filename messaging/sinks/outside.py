"""Calls to addresses that somebody else chose: never inside, whatever a name resolves to.

By https, at a public address that the name resolved to just now and that the connection then keeps to (a name that
resolves to something else a moment later changes nothing), without redirects; of the answer only the status is read.
"""

import asyncio
import socket
import ssl
from collections.abc import Mapping

import httpx

from messaging.domain.push import Endpoint, is_public


class RefusedAddressError(Exception):
    """It may not be called."""


class Outside:
    """Posts. `loopback`, for tests, is the endpoint's own affair (`parse_endpoint`): only then is its scheme http."""

    def __init__(self) -> None:
        self._trusted: ssl.SSLContext | None = None

    async def post(self, endpoint: Endpoint, content: bytes, headers: Mapping[str, str], limit_s: float) -> int:
        """The status of the answer. Raises: RefusedAddressError, TimeoutError, httpx.HTTPError, OSError."""
        async with asyncio.timeout(limit_s):
            address = await _address(endpoint)
            host = f"[{address}]" if ":" in address else address
            async with (
                httpx.AsyncClient(verify=self._context(), trust_env=False, follow_redirects=False) as client,
                client.stream(
                    "POST",
                    f"{endpoint.scheme}://{host}:{endpoint.port}{endpoint.target}",
                    content=content,
                    headers={**headers, "host": endpoint.origin.partition("://")[2], "user-agent": "pli"},
                    extensions={"sni_hostname": endpoint.host},
                ) as answer,
            ):
                return answer.status_code

    def _context(self) -> ssl.SSLContext:
        """Made when first needed: it reads all certificates of the machine."""
        if self._trusted is None:
            self._trusted = ssl.create_default_context()
        return self._trusted


async def _address(endpoint: Endpoint) -> str:
    """Where the host is, if nothing that it resolves to is inside. Raises: RefusedAddressError, OSError."""
    if endpoint.scheme == "http":
        return endpoint.host
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(map(is_public, addresses)):
        raise RefusedAddressError("resolves to an address that is not public")
    return addresses[0]

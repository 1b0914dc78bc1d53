"""Answers only under the names that the service has: no Host header of an attacker's reaches what is behind."""

from collections.abc import Collection

from starlette.types import ASGIApp, Receive, Scope, Send

from messaging.domain.errors import Malformed
from messaging.http.exchange import problem_response


class KnownHosts:
    """ASGI middleware in front of everything."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if host_name(dict(scope["headers"]).get(b"host", b"").decode("latin-1")) in self._hosts:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            await problem_response(Malformed("no service of this name answers here"))(scope, receive, send)


def host_name(header: str) -> str:
    """The name in a Host header (RFC 9110 section 7.2), without port and the brackets of an IPv6 address."""
    if header.startswith("["):
        return header[1:].partition("]")[0].lower()
    return header.partition(":")[0].lower()

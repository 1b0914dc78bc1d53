"""uvicorn around the service: bounds of the transport, and a stop that loses nothing.

On SIGTERM: readiness answers 503, sockets are told to reconnect and closed over up to 12 s, then uvicorn ends what is
left, the writer commits what it accepted, and the store closes.
"""

import asyncio
import contextlib
import errno
import gc
import signal
import socket
from collections.abc import Iterator

import uvicorn

from messaging.app import Service
from messaging.domain import limits
from messaging.http.transport import BoundedHttp
from messaging.ws.transport import BoundedProtocol

_GRACE_S = 5
_YOUNG_OBJECTS_MAX = 10_000
"""Objects that may refer to others, made and not freed since the last look."""


_ADVICE = {
    errno.EADDRINUSE: "Stop what uses it, or set PLI_PORT to another port (0 takes any free one).",
    errno.EACCES: "Set PLI_PORT to a port from 1024 on.",
}


class PortBusyError(Exception):
    """The address cannot be listened on; the message says what to do."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises: PortBusyError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends without delay (TCP_NODELAY) only where the protocol is named.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Accepted sockets have it from here (socket(7)); the kernel doubles the number for its own books.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, limits.socket_send_bytes // 2)
    # A peer that vanished or never reads is given up by the kernel too, not only by the write-stall limit.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(2 * limits.write_stall_s * 1_000))
    try:
        listener.bind((host, port))
        listener.listen(2_048)
    except OSError as error:
        listener.close()
        advice = _ADVICE.get(error.errno or 0, "Set PLI_HOST to an address of this machine.")
        raise PortBusyError(f"Cannot listen on {host}:{port}: {error.strerror}. {advice}") from error
    listener.setblocking(False)
    return listener


class Server(uvicorn.Server):
    """Drains the service before uvicorn closes what is left."""

    def __init__(self, service: Service) -> None:
        super().__init__(_config(service))
        self._service = service

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._service.drain()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT ask for an orderly end; a second SIGINT ends at once. Nothing is raised again after."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)


def settle_memory() -> None:
    """Once, when a process that only serves has everything it needs: what it loaded is not gone through again.

    A collection of all generations stops the loop for as long as it goes through modules, tables and statements, some
    hundred thousand objects that live as long as the process; and messages make few cycles, so that looking for young
    ones can wait.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS_MAX, 20, 50)


def _config(service: Service) -> uvicorn.Config:
    return uvicorn.Config(
        service.asgi(),
        http=BoundedHttp,
        ws=BoundedProtocol,
        ws_max_size=limits.frame_bytes_max,
        ws_per_message_deflate=False,
        ws_ping_interval=20.0,
        ws_ping_timeout=20.0,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=[*service.settings.trusted_proxies],
        date_header=False,
        timeout_graceful_shutdown=_GRACE_S,
    )

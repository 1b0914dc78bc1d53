"""UNIX sockets for the same user on the same host: mode 0600, and the kernel says who is at the other end."""

import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

line_bytes_max: Final = 1_048_576
_WAITING_MAX: Final = 16
_PEER: Final = struct.Struct("3i")
"""struct ucred: pid, uid, gid."""


def listen(path: Path) -> socket.socket:
    """A listening socket with this name. One that is there is taken for a dead process's: hold a lock before."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    os.fchmod(listener.fileno(), 0o600)  # before it has a name: it is open to others at no moment
    with _short(path) as name:
        listener.bind(name)
    path.chmod(0o600)
    listener.listen(_WAITING_MAX)
    listener.setblocking(False)
    return listener


async def connect(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Raises: OSError, when nobody listens there."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        with _short(path) as name:
            connection.connect(name)
    except OSError:
        connection.close()
        raise
    return await asyncio.open_unix_connection(sock=connection, limit=line_bytes_max)


def is_own(writer: asyncio.StreamWriter) -> bool:
    """Whether the other end runs as this process's user, or as root. The mode keeps others out; the kernel knows."""
    connection = writer.get_extra_info("socket")
    _, uid, _ = _PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    return uid in (0, os.geteuid())


@contextlib.contextmanager
def _short(path: Path) -> Iterator[str]:
    """The path in a form that fits into the 108 bytes that the kernel takes, however deep the folder is."""
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{path.name}"
    finally:
        os.close(descriptor)

"""A peer that stopped reading: uvicorn would let it block a write for ever (PROTOCOL.md section 8)."""

import asyncio
import fcntl
import sys
import termios
from collections.abc import Callable

from messaging.domain import limits


class StallWatch:
    """Asks, while a transport has no room, whether it gets rid of anything. A slow line may take its time."""

    def __init__(self, count_unsent: Callable[[], int], on_stall: Callable[[], None]) -> None:
        """`on_stall` is called when nothing went out for `limits.write_stall_s`."""
        self._count_unsent = count_unsent
        self._on_stall = on_stall
        self._unsent = 0
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self.stop()
        self._unsent = self._count_unsent()
        self._timer = asyncio.get_running_loop().call_later(limits.write_stall_s, self._check)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _check(self) -> None:
        self._timer = None
        if self._count_unsent() < self._unsent:
            self.start()
        else:
            self._on_stall()


def count_unsent(transport: asyncio.Transport) -> int:
    """Bytes that the peer did not confirm yet: what waits here, and what the kernel holds (SIOCOUTQ, tcp(7))."""
    held = fcntl.ioctl(transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, bytes(4))
    return transport.get_write_buffer_size() + int.from_bytes(held, sys.byteorder)

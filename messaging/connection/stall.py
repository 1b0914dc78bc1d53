"""A peer that stopped reading: uvicorn would let it block a write for ever (PROTOCOL.md section 8)."""

import asyncio
import fcntl
import sys
import termios
from collections.abc import Callable

from messaging.domain import limits


class StallWatch:
    """Asks, while a transport has no room, whether it gets rid of enough. A slow line may take its time, but not for
    ever: who takes a kilobyte a second holds on to as much memory as who takes nothing.
    """

    def __init__(self, count_unsent: Callable[[], int], on_stall: Callable[[], None]) -> None:
        """`on_stall` is called when less than `limits.write_progress_bytes_min` went out in `limits.write_stall_s`."""
        self._count_unsent = count_unsent
        self._on_stall = on_stall
        self._unsent = 0
        self._timer: asyncio.TimerHandle | None = None

    def start(self, within_s: float | None = None) -> None:
        self.stop()
        self._unsent = self._count_unsent()
        wait_s = limits.write_stall_s if within_s is None else within_s
        self._timer = asyncio.get_running_loop().call_later(wait_s, self._check)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _check(self) -> None:
        self._timer = None
        if self._unsent - self._count_unsent() >= limits.write_progress_bytes_min:
            self.start()
        else:
            self._on_stall()


def count_unsent(transport: asyncio.Transport) -> int:
    """Bytes that the peer did not confirm yet: what waits here, and what the kernel holds (SIOCOUTQ, tcp(7))."""
    held = fcntl.ioctl(transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, bytes(4))
    return transport.get_write_buffer_size() + int.from_bytes(held, sys.byteorder)

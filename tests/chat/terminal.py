"""A person's terminal: a real pty with `pli chat` in it, read as text and typed into.

It begins where `pli` has loaded its modules (`tests.support.forking`), unless it is to come up as people start it: to
load them takes ten times as long as all that a conversation then does.
"""

import asyncio
import contextlib
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.support.forking import Forked

PLI: Final = Path(sys.executable).with_name("pli")
WAIT_S: Final = 60.0
_CONTROL: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """One process in one pty. `sees` waits for text that came since the last one that was waited for."""

    def __init__(self, arguments: tuple[str, ...], env: Mapping[str, str], folder: Path, *, anew: bool = False) -> None:
        """`anew`: the process is started as people start it."""
        self._anew = anew
        self._arguments = arguments
        self._env = env
        self._folder = folder
        self._output = ""
        self._seen = 0
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._start()
        asyncio.get_running_loop().add_reader(self._master, self._read)
        return self

    def _start(self) -> None:
        self._master, self._slave = pty.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        self.mode_before = termios.tcgetattr(self._slave)
        self._process = self._started() if self._anew else self._forked()

    def _started(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", str(PLI), *self._arguments],
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            env=dict(self._env),
            cwd=self._folder,
            start_new_session=True,
        )

    def _forked(self) -> Forked:
        with os.fdopen(self._slave, "wb", closefd=False) as screen:
            return Forked("messaging.cli", self._arguments, self._env, self._folder, screen, reads=screen)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.get_running_loop().remove_reader(self._master)
        self._process.kill()
        self._process.wait()
        os.close(self._master)
        os.close(self._slave)

    @property
    def output(self) -> str:
        """All that was printed, without cursor movements."""
        return _CONTROL.sub("", self._output)

    @property
    def mode(self) -> list[object]:
        """The terminal's mode now."""
        return list(termios.tcgetattr(self._slave))

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def enter(self, line: str) -> None:
        self.type(line + "\r")

    async def sees(self, text: str) -> str:
        """Waits for this text; returns what came up to and with it. Raises: AssertionError."""
        try:
            async with asyncio.timeout(WAIT_S):
                while (at := self.output.find(text, self._seen)) < 0:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"never saw {text!r} after\n{self.output[self._seen :]}") from None
        before, self._seen = self._seen, at + len(text)
        return self.output[before : self._seen]

    async def sees_all(self, *texts: str) -> None:
        """Waits for these texts, in any order."""
        start, ends = self._seen, []
        for text in texts:
            self._seen = start
            await self.sees(text)
            ends.append(self._seen)
        self._seen = max(ends)

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def ends(self) -> int:
        """Waits for the process to end; its exit code."""
        code = await asyncio.to_thread(self._process.wait, WAIT_S)
        await asyncio.sleep(0.1)
        return code

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            self._output += os.read(self._master, 65_536).decode(errors="replace")
        self._news.set()

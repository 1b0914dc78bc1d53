"""One Chromium for all tests of a process of pytest (an xdist worker too), and the program that drives it.

The first test that asks starts it: to start one costs more than many a test does in it. Each test has a connection
of its own to it, in its own event loop. It ends with the process of pytest, also where that was killed: what it reads
is then at its end.
"""

import asyncio
import atexit
import contextlib
import json
import subprocess
import threading
from typing import Final

from tests.support.chromium import chromium_path
from tests.support.orders import LINE_BYTES_MAX
from tests.support.web import NODE, NODE_ENVIRONMENT, WEB

END_S: Final = 30.0


class SharedBrowser:
    """Runs from the first connection on; where it ended, crashed or had to be given up, the next one starts it anew."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._starting = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Of the program that drives it; None, where it does not run."""
        return None if self._process is None else self._process.pid

    async def connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A new connection. Raises: AssertionError, where it does not start."""
        while True:
            port = await asyncio.to_thread(self._running)
            with contextlib.suppress(ConnectionError):
                reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=LINE_BYTES_MAX)
                if await reader.readline():
                    return reader, writer
                writer.close()
            self.end()  # it was about to

    def end(self) -> None:
        """Whatever it does."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()

    def _running(self) -> int:
        with self._starting:
            if self._process is not None and self._process.poll() is not None:
                self.end()
            if self._process is None:
                self._start()
            return self._port

    def _start(self) -> None:
        command = [str(NODE), "src/drive/browser.ts", chromium_path()]
        # A session of its own: Ctrl-C is for pytest, whose tests still close what they opened.
        self._process = subprocess.Popen(
            command,
            cwd=WEB,
            env=NODE_ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        assert said, "Chromium or its driver did not start"
        self._port = json.loads(said)["port"]


SHARED: Final = SharedBrowser()
atexit.register(SHARED.end)

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

from tests.support.chromium import chromium_path, has_shell
from tests.support.orders import LINE_BYTES_MAX
from tests.support.web import NODE, NODE_ENVIRONMENT, WEB

START_S: Final = 90.0
ANSWER_S: Final = 30.0


class SharedBrowser:
    """Runs from the first connection on; where it ended, crashed or had to be given up, the next one starts it anew.

    `answer_s`: so long it may take to greet whoever connects, and to end. `full`: as people have it.
    """

    def __init__(self, *, full: bool = False) -> None:
        self.answer_s = ANSWER_S
        self._full = full
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._changing = threading.Lock()

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
                if await self._greets(reader):
                    return reader, writer
                writer.close()
            await asyncio.to_thread(self.end)  # it was about to, or hangs

    def end(self) -> None:
        """Whatever it does."""
        with self._changing:
            self._end()

    async def _greets(self, reader: asyncio.StreamReader) -> bool:
        with contextlib.suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(self.answer_s):
                return bool(await reader.readline())
        return False

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        try:
            process.wait(self.answer_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()

    def _running(self) -> int:
        with self._changing:
            if self._process is not None and self._process.poll() is not None:
                self._end()
            if self._process is None:
                self._start()
            return self._port

    def _start(self) -> None:
        command = [str(NODE), "src/drive/browser.ts", chromium_path(full=self._full)]
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
        patience = threading.Timer(START_S, self._process.kill)
        patience.start()
        said = self._process.stdout.readline()
        patience.cancel()
        assert said, "Chromium or its driver did not start"
        self._port = json.loads(said)["port"]


SHARED: Final = SharedBrowser()
FULL: Final = SharedBrowser(full=True) if has_shell() else SHARED
"""For the few tests of what a browser does beside showing pages, and for what a person waits for."""
atexit.register(SHARED.end)
atexit.register(FULL.end)

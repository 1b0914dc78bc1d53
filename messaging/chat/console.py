"""The terminal: one line that is being typed at the bottom, everything else above it.

On a terminal, what arrives is printed above the line in the making, which is then drawn again. In a pipe, lines are
read and printed as they are. The terminal's mode is put back whatever happens.
"""

import asyncio
import codecs
import os
import sys
import termios
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Final, Self

from messaging.chat.entry import Entry, Key, Line, columns_of, tail

_READ_BYTES: Final = 4_096
_CLEAR: Final = "\r\x1b[K"
_WIDTH_DEFAULT: Final = 80


class Left(Exception):
    """The person left: Ctrl-D, Ctrl-C on an empty line, or the end of the pipe."""


class Console:
    """Use it as a context manager, within a running loop; one reader of lines."""

    def __init__(self, prompt: str) -> None:
        self._prompt = prompt
        self._asked = prompt
        self._entry = Entry()
        self._lines: deque[str] = deque()
        self._left = False
        self._news = asyncio.Event()
        self._is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._mode: list[int | list[bytes | int]] | None = None

    def __enter__(self) -> Self:
        if self._is_terminal:
            self._mode = _raw(sys.stdin.fileno())
            asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self._typed)
        else:
            loop = asyncio.get_running_loop()
            threading.Thread(target=self._read_pipe, args=(loop,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._mode is not None:
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, self._mode)
            _write(_CLEAR)

    def show(self, text: str) -> None:
        """Prints one line or several above what is being typed."""
        if self._is_terminal:
            _write(f"{_CLEAR}{text}\n")
            self._draw()
        else:
            _write(text + "\n")

    async def line(self) -> str:
        """The next line that the person enters. Raises: Left."""
        return await self._next()

    async def answer(self, question: str) -> str:
        """Asks in place of the prompt; a long question stands above it. Raises: Left."""
        if self._is_terminal and sum(map(columns_of, question)) > _width() // 2:
            self.show(question.rstrip())
            question = self._prompt
        with self._asking(question):
            return (await self._next()).strip()

    @contextmanager
    def _asking(self, question: str) -> Iterator[None]:
        self._asked = question
        if self._is_terminal:
            self._draw()
        else:
            _write(question + "\n")
        try:
            yield
        finally:
            self._asked = self._prompt
            self._draw()

    async def _next(self) -> str:
        while not self._lines:
            if self._left:
                raise Left
            self._news.clear()
            await self._news.wait()
        return self._lines.popleft()

    def leave(self) -> None:
        """As if the person had left."""
        self._left = True
        self._news.set()

    def _typed(self) -> None:
        try:
            data = os.read(sys.stdin.fileno(), _READ_BYTES)
        except OSError:
            data = b""
        if not data:
            self.leave()
            return
        for done in self._entry.feed(self._decoder.decode(data)):
            match done:
                case Line(text):
                    _write(f"{_CLEAR}{self._asked}{text}\n" if text else "")
                    self._lines.append(text)
                    self._news.set()
                case Key():
                    self.leave()
        self._draw()

    def _draw(self) -> None:
        """The question and the end of what is typed, on one row however long it is."""
        if not self._is_terminal:
            return
        room = _width() - sum(map(columns_of, self._asked)) - 1
        _write(f"{_CLEAR}{self._asked}{tail(self._entry.text, max(1, room))}")

    def _read_pipe(self, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread of its own: whatever standard input is, reading it may block."""
        for line in sys.stdin:
            loop.call_soon_threadsafe(self._piped, line.rstrip("\n"))
        loop.call_soon_threadsafe(self.leave)

    def _piped(self, line: str) -> None:
        self._lines.append(line)
        self._news.set()


def _raw(descriptor: int) -> list[int | list[bytes | int]]:
    """Characters at once, no echo, and Ctrl-C as a character; returns the mode as it was. Output stays as it is."""
    before = termios.tcgetattr(descriptor)
    mode = termios.tcgetattr(descriptor)
    mode[0] &= ~(termios.IXON | termios.ICRNL)
    mode[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG | termios.IEXTEN)
    mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
    termios.tcsetattr(descriptor, termios.TCSADRAIN, mode)
    return before


def _width() -> int:
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or _WIDTH_DEFAULT
    except OSError:
        return _WIDTH_DEFAULT


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()

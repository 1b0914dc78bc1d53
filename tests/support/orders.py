"""A program of Node.js in clients/web that takes orders: one JSON object a line, and one answer to each."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any, Final, TypeVar

from tests.support.web import NODE, NODE_ENVIRONMENT, WEB

LINE_BYTES_MAX: Final = 2**26


class Ordered:
    """Orders go in by number; an answer has `outcome`, or `failed`. Any other line is news."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer_s: float) -> None:
        self._reader = reader
        self._writer = writer
        self._answer_s = answer_s
        self._next = 1
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._reading = asyncio.create_task(self._read())

    async def order(self, do: str, **fields: Any) -> Any:
        """Raises: what `failure` makes of a failed order; AssertionError once the program ended; TimeoutError."""
        number, self._next = self._next, self._next + 1
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._writer.write(json.dumps({"id": number, "do": do, **fields}).encode() + b"\n")
        if self._reading.done():
            self._nothing_more()
        with contextlib.suppress(ConnectionError):  # what is waited for is told
            await self._writer.drain()
        async with asyncio.timeout(self._answer_s):
            return await answer

    def failure(self, answer: dict[str, Any]) -> Exception:
        return AssertionError(answer["failed"])

    def hear(self, news: dict[str, Any]) -> None:
        raise AssertionError(f"nobody asked for {news}")

    async def ended(self) -> None:
        """Says that nothing more comes, and waits until it is told the same. Raises: TimeoutError."""
        self._writer.write_eof()
        async with asyncio.timeout(self._answer_s):
            await self._reading
        self._writer.close()

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionError):
            async for line in self._reader:
                self._take(json.loads(line))
        self._nothing_more()

    def _nothing_more(self) -> None:
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(AssertionError("the program ended"))

    def _take(self, said: dict[str, Any]) -> None:
        if "id" not in said:
            self.hear(said)
            return
        future = self._waiting.pop(said["id"])
        if future.done():  # whoever asked gave up waiting
            return
        if "failed" in said:
            future.set_exception(self.failure(said))
        else:
            future.set_result(said["outcome"])


T = TypeVar("T", bound=Ordered)


@contextlib.asynccontextmanager
async def ordered(
    program: Callable[[asyncio.StreamReader, asyncio.StreamWriter], T], script: str, *arguments: str
) -> AsyncIterator[T]:
    """Runs a script of clients/web until the block ends."""
    process = await asyncio.create_subprocess_exec(
        str(NODE),
        script,
        *arguments,
        cwd=WEB,
        env=NODE_ENVIRONMENT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LINE_BYTES_MAX,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    running = program(process.stdout, process.stdin)
    try:
        yield running
    finally:
        await running.ended()
        await process.wait()

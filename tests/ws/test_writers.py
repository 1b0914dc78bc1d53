"""Two writers of one process: a thread always has the same one, in its order, and the end waits for both."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

from messaging.domain import limits
from messaging.e2ee.stamp import Stamper
from messaging.e2ee.suite import SigningKey
from messaging.fanout.hub import Hub
from messaging.moderation.audit import Auditor
from messaging.pipeline import Pipeline
from messaging.services.context import Context
from tests.ws.test_writer_queue import Socket


class Lanes:
    """A store that takes several writers at once, and no message: it says which writer came with what."""

    exclusive = False

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.inside = 0
        self.most = 0
        self.came: list[int] = []

    @contextlib.asynccontextmanager
    async def appending(self, lane: int = 0) -> AsyncIterator[None]:
        self.came.append(lane)
        self.inside += 1
        self.most = max(self.most, self.inside)
        await self.open.wait()
        self.inside -= 1
        yield


def pipeline_over(store: Any, *, alone: bool = True) -> Pipeline:
    key = SigningKey(bytes(32))
    context = Context(lambda: 0, bytes, Stamper(key), bytes(16), bytes(32), Auditor(bytes(16), key))
    return Pipeline(store, Hub(), context, alone=alone)


async def test_one_of_several_processes_has_one_writer() -> None:
    store = Lanes()
    pipeline = pipeline_over(store, alone=False)
    pipeline.start()
    for number in range(8):
        parts: Any = SimpleNamespace(thread=bytes([*bytes(15), number]))
        pipeline.send(Socket(), number, parts, b"payload")
    stopping = asyncio.create_task(pipeline.stop())
    await asyncio.sleep(0.05)
    assert (store.most, set(store.came)) == (1, {0})
    store.open.set()
    async with asyncio.timeout(5):
        await stopping


async def test_threads_are_shared_out_and_the_end_waits_for_all_writers() -> None:
    store = Lanes()
    pipeline = pipeline_over(store)
    pipeline.start()
    sockets = [Socket() for _ in range(8)]
    for number, socket in enumerate(sockets):
        parts: Any = SimpleNamespace(thread=bytes([*bytes(15), number]))
        pipeline.send(socket, number, parts, b"payload")
    assert pipeline.waiting == 8
    stopping = asyncio.create_task(pipeline.stop())
    await asyncio.sleep(0.05)
    assert store.most == limits.writers_per_process
    assert not stopping.done()
    store.open.set()
    async with asyncio.timeout(5):
        await stopping
    assert [socket.ends for socket in sockets] == [1] * 8
    assert set(store.came) == set(range(limits.writers_per_process))


async def test_a_thread_has_one_writer() -> None:
    store = Lanes()
    pipeline = pipeline_over(store)
    pipeline.start()
    socket, parts = Socket(), SimpleNamespace(thread=bytes(15) + b"\x07")
    thread: Any = parts
    for ref in range(6):
        pipeline.send(socket, ref, thread, b"payload")
        await asyncio.sleep(0.01)
    assert store.most == 1
    store.open.set()
    await pipeline.stop()
    assert socket.ends == 6
    assert len(set(store.came)) == 1

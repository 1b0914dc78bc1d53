"""SIGTERM with sockets open: all are told to come back, nothing that was acked is lost, and the process ends."""

import asyncio
import contextlib
import json
import time
from pathlib import Path
from typing import Any, Final

import pytest

from messaging.domain import limits
from messaging.wire import closing, codec
from messaging.wire.commands import Pull
from tests.support.processes import ServiceProcess
from tests.support.sockets import Socket
from tests.support.talk import Line, claimed_opening
from tests.support.world import World, newcomer

pytestmark = [pytest.mark.hostile, pytest.mark.slow]

BYSTANDERS: Final = 12
END_S: Final = 20.0
REF: Final = 1_000_000


async def opened(world: World) -> Line:
    command, line, _ = await claimed_opening(world, (world.project, world.holder), (world.town, world.mayor), REF)
    async with world.socket(world.holder) as socket:
        assert b'"t":"ack"' in await socket.ask(command)
    return line


async def send_on(socket: Socket, line: Line) -> None:
    """Message after message, without waiting for the acks, until the connection ends."""
    refs = iter(range(REF))
    with contextlib.suppress(Exception):
        while True:
            await socket.connection.send(codec.encode(line.send(next(refs))), text=True)
            await asyncio.sleep(0.002)


async def test_a_deploy_in_the_middle_of_it(sqlite_url: str, tmp_path: Path) -> None:
    async with ServiceProcess(sqlite_url, tmp_path / "service") as service, World.made(service) as world:
        line = await opened(world)
        async with contextlib.AsyncExitStack() as stack:
            people = [world.holder, world.mayor, *(newcomer() for _ in range(BYSTANDERS))]
            sockets = [await stack.enter_async_context(world.socket(person)) for person in people]
            streams = [await stack.enter_async_context(world.stream(person)) for person in (world.holder, newcomer())]
            sending = asyncio.create_task(send_on(sockets[0], line))
            await asyncio.sleep(0.3)

            began = time.monotonic()
            codes = asyncio.gather(*(wire.closed() for wire in (*sockets, *streams)))
            await service.terminate()
            assert time.monotonic() - began < END_S
            assert set(await codes) == {closing.GOING_AWAY}
            await sending
        for wire in (*sockets, *streams):
            assert {"t": "closing", "code": closing.GOING_AWAY, "reconnect_after_ms": None} in wire.heard
        acked = {struct["seq"] for struct in sockets[0].heard if struct["t"] == "ack"}
        assert acked, "the test sent nothing before the end"

        await service.start()
        stored = {event["seq"] for event in await log(world, line)}
        assert stored >= acked
        assert stored == set(range(1, len(stored) + 1))
        assert not service.tracebacks()


async def log(world: World, line: Line) -> list[dict[str, Any]]:
    """The whole thread, as its initiator pulls it."""
    events: list[dict[str, Any]] = []
    async with world.socket(world.holder) as socket:
        while True:
            answer = json.loads(await socket.ask(Pull(ref=REF, thread=line.thread, after=len(events))))
            events += answer["events"]
            if len(events) >= answer["head_seq"]:
                return events


async def test_idle_sockets_are_let_go_within_the_time_of_a_deploy(sqlite_url: str, tmp_path: Path) -> None:
    """Also those that never greeted, and one that does not answer the close."""
    async with ServiceProcess(sqlite_url, tmp_path / "service") as service:
        silent = [await asyncio.open_connection("127.0.0.1", service.port) for _ in range(3)]
        began = time.monotonic()
        await service.terminate()
        assert time.monotonic() - began < limits.drain_s + 5
        for _, writer in silent:
            writer.close()
        assert not service.tracebacks()

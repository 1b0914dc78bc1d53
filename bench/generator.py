"""The load generator, in a process of its own: sends frames that are ready, and notes when what came back.

`python -m bench.generator` reads a `Load` (MessagePack) from its standard input and writes a `Measured` to its standard
output. While it runs it decodes of an answer only what the accounting needs, and collects no garbage.
"""

import asyncio
import gc
import random
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from bench.accounting import Outcome, Unaccounted, account, percentile_ms, rate
from bench.dialects import DIALECTS
from bench.load import Client, Load, Measured
from bench.machine import cpu_seconds
from bench.record import Record
from messaging.domain import limits

STALLED_S: Final = 20.0
"""A run in which nothing comes back for this long has failed."""
SETTLE_S: Final = 0.2
"""What came twice may come late: waited for before the accounting."""
_FRAME_BYTES_MAX: Final = 2**20
Now = Callable[[], float]
"""Seconds of a clock."""


class Connection(WSListener):
    """One socket: sends the client's frames, keeps the record."""

    def __init__(self, client: Client, load: Load, now: Now) -> None:
        self.record = Record()
        self.ready = asyncio.Event()
        self.failure: str | None = None
        self._client = client
        self._now = now
        self._dialect = DIALECTS[client.dialect](client.hello)
        self._structs = load.structs_per_frame
        self._open_loop = load.rate is not None
        in_flight = limits.unacked_commands_max if self._open_loop else load.frames_in_flight * load.structs_per_frame
        self._window = in_flight - load.structs_per_frame
        # So many messages may be unanswered for another frame to leave.
        self._frames_due = 0
        self._frames_sent = 0
        self._transport: WSTransport | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._say(self._dialect.opening())
        if self._dialect.ready:
            self.ready.set()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is not WSMsgType.TEXT:
            if frame.msg_type is WSMsgType.CLOSE:
                self.failure = f"the socket was closed: {frame.get_close_code()}"
            return
        dialect = self._dialect
        answers = dialect.take(frame.get_payload_as_memoryview(), self._now(), self.record)
        if answers:
            self._say(answers)
        if dialect.failure is not None:
            self.failure = dialect.failure
        if frame.last_in_buffer:
            self._send_due()
        if dialect.ready and not self.ready.is_set():
            self.ready.set()

    def _say(self, frames: Sequence[bytes]) -> None:
        assert self._transport is not None
        for frame in frames:
            self._transport.send(WSMsgType.TEXT, frame)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.failure = self.failure or "the connection ended"

    def start(self) -> None:
        """Closed loop: all frames are due, as fast as answers come. Not before everybody is connected."""
        self._frames_due = len(self._client.frames)
        self._send_due()

    def due(self, at: float) -> None:
        """Open loop: one more frame is due. It leaves now unless too many wait for their answer; then it is late."""
        self.record.due.extend([at] * self._structs)
        self._frames_due += 1
        self._send_due()

    def _send_due(self) -> None:
        before = self._frames_sent
        while self._frames_sent < self._frames_due and self._unanswered() <= self._window:
            self._send()
        if self._frames_sent > before:
            self._say(self._dialect.asking())

    def _unanswered(self) -> int:
        return self._frames_sent * self._structs - len(self.record.acks)

    def _send(self) -> None:
        assert self._transport is not None
        if not self._open_loop:
            self.record.due.extend([self._now()] * self._structs)
        frame = self._client.frames[self._frames_sent]
        self._frames_sent += 1
        self._transport.send(WSMsgType.TEXT, frame)

    def disconnect(self) -> None:
        if self._transport is not None:
            self._transport.disconnect()


async def run(load: Load, now: Now) -> Measured:
    """Connects everybody, sends everything, waits for all of it, and accounts for it. Raises: Unaccounted."""
    connections = [await _connect(client, load, now) for client in load.clients]
    gc.collect()
    gc.disable()
    started, own, server = now(), time.process_time(), _server_s(load)
    if load.rate is None:
        for connection in connections:
            connection.start()
    else:
        await _send_on_schedule(connections, load, now)
    await _until_all_came(connections, load.messages)
    elapsed = now() - started
    own, server = time.process_time() - own, _server_s(load) - server
    gc.enable()
    await asyncio.sleep(SETTLE_S)
    for connection in connections:
        connection.disconnect()
    outcomes = account(load.clients, [connection.record for connection in connections])
    return _measured(outcomes, elapsed, own, server)


def _server_s(load: Load) -> float:
    """CPU of all processes under test so far, seconds."""
    return sum(map(cpu_seconds, load.server_pids))


async def _connect(client: Client, load: Load, now: Now) -> Connection:
    connection = Connection(client, load, now)
    protocol = DIALECTS[client.dialect].subprotocol
    headers = {} if protocol is None else {"Sec-WebSocket-Protocol": protocol}
    await ws_connect(lambda: connection, client.url, extra_headers=headers, max_frame_size=_FRAME_BYTES_MAX)
    async with asyncio.timeout(STALLED_S):
        await connection.ready.wait()
    return connection


async def _send_on_schedule(connections: Sequence[Connection], load: Load, now: Now) -> None:
    """Open loop: every frame at its time, the connections by turns. A late frame still counts from when it was due."""
    assert load.rate is not None
    arrivals = random.Random(load.seed)
    gap_s = load.structs_per_frame / load.rate
    due = now()
    for index in range(sum(len(client.frames) for client in load.clients)):
        due += arrivals.expovariate(1.0) * gap_s
        wait = due - now()
        if wait > 0:
            await asyncio.sleep(wait)
        connections[index % len(connections)].due(min(due, now()))


async def _until_all_came(connections: Sequence[Connection], messages: int) -> None:
    """Returns once as many acks and deliveries came as there are messages; a doubled one is found by the accounting."""
    before, stalled_at = -1, time.monotonic() + STALLED_S
    while True:
        acks = sum(len(connection.record.acks) for connection in connections)
        deliveries = sum(len(connection.record.deliveries) for connection in connections)
        failures = [connection.failure for connection in connections if connection.failure]
        if failures:
            raise Unaccounted(f"{len(failures)} connections failed; the first: {failures[0]}")
        if min(acks, deliveries) >= messages:
            return
        if acks + deliveries != before:
            before, stalled_at = acks + deliveries, time.monotonic() + STALLED_S
        elif time.monotonic() > stalled_at:
            raise Unaccounted(f"of {messages} messages {acks} were acknowledged and {deliveries} delivered")
        await asyncio.sleep(0.05)


def _measured(outcomes: Sequence[Outcome], elapsed: float, own_s: float, server_s: float) -> Measured:
    acks = [outcome.acked - outcome.due for outcome in outcomes]
    complete = [outcome.complete - outcome.due for outcome in outcomes]
    return Measured(
        messages=len(outcomes),
        per_second=rate(outcomes),
        ack_p50_ms=percentile_ms(acks, 0.5),
        ack_p99_ms=percentile_ms(acks, 0.99),
        complete_p50_ms=percentile_ms(complete, 0.5),
        complete_p99_ms=percentile_ms(complete, 0.99),
        server_us=server_s / len(outcomes) * 1e6,
        server_share=server_s / elapsed,
        generator_share=own_s / elapsed,
    )


def main(clock: Callable[[Load], Now] = lambda _: time.perf_counter) -> int:
    """`clock`: by which a load is timed."""
    load = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Load)
    try:
        measured = uvloop.run(run(load, clock(load)))
    except Unaccounted as error:
        print(error, file=sys.stderr)
        return 1
    sys.stdout.buffer.write(msgspec.msgpack.encode(measured))
    return 0


if __name__ == "__main__":
    sys.exit(main())

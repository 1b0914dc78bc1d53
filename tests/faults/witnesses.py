"""Witnesses: sockets that only listen, as a client does. A gap is pulled, a lost connection is dialled again.

A witness takes the events of a log one after the other. So at the end it either heard all of it, once, or it waits.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from messaging.wire import closing, codec
from messaging.wire.commands import Pull
from messaging.wire.events import AnyDown, Err, Event, Events, ThreadOpened, Welcome
from tests.faults.parties import Door, enter
from tests.support.server import Deployed

_PAUSE_S: Final = 0.05

Place = tuple[bytes, int]
"""(thread, seq)"""


class Heard(NamedTuple):
    """One event, as its witness got it."""

    proof: bytes
    at: float
    """s, monotonic."""


class Witness:
    """One listener of one account."""

    def __init__(self, doors: Sequence[Door], threads: Sequence[bytes]) -> None:
        self.heard: dict[Place, Heard] = {}
        self.broken: list[str] = []
        """Two events at one place, refusals, final close codes."""
        self.threads = threads
        """Those of its mailbox."""
        self._doors = doors
        self._have: defaultdict[bytes, int] = defaultdict(int)
        self._known: defaultdict[bytes, int] = defaultdict(int)
        self._pulled: dict[int, bytes] = {}
        self._next_ref = 1
        self._at_home = True
        self._leaves = False

    @property
    def home(self) -> Deployed:
        """The process that it is at, as long as that one runs."""
        return self._doors[0].service

    def has(self, place: Place) -> bool:
        thread, seq = place
        return self._have[thread] >= seq

    def is_at(self, heads: Mapping[bytes, int]) -> bool:
        """Whether it heard everything up to these."""
        return all(self.has((thread, heads[thread])) for thread in self.threads)

    def go_home(self) -> None:
        """Who is elsewhere connects anew, to the first door that lets it in, at the next event."""
        self._leaves = not self._at_home

    async def run(self) -> None:
        """Until cancelled, or until something was broken."""
        while not self.broken:
            entered = await enter(self._doors)
            if entered is None:
                await asyncio.sleep(_PAUSE_S)
                continue
            socket, self._at_home = entered
            self._leaves = False
            try:
                await self._listen(socket)
            except ConnectionClosed:
                # What a process that died held counts for a moment yet: clients wait that out, too.
                if closing.is_final(code := socket.close_code or 0) and code != closing.TOO_MANY_CONNECTIONS:
                    self.broken.append(f"closed with {socket.close_code}")
                await asyncio.sleep(_PAUSE_S)
            finally:
                await socket.close()

    async def _listen(self, socket: ClientConnection) -> None:
        self._pulled.clear()
        while not self.broken and not self._leaves:
            for struct in codec.decode_downs(await socket.recv()):
                await self._take(struct)
            for thread, seq in self._known.items():
                if seq > self._have[thread] and thread not in self._pulled.values():
                    await self._pull(socket, thread)

    async def _pull(self, socket: ClientConnection, thread: bytes) -> None:
        ref, self._next_ref = self._next_ref, self._next_ref + 1
        self._pulled[ref] = thread
        await socket.send(codec.encode(Pull(ref=ref, thread=thread, after=self._have[thread])), text=True)

    async def _take(self, struct: AnyDown) -> None:
        match struct:
            case Welcome(threads=states):
                for state in states:
                    self._learn(state.thread, state.seq)
            case ThreadOpened(state=state):
                self._learn(state.thread, state.seq)
            case Event(thread=thread, seq=seq, proof=proof):
                self._hear((thread, seq), proof)
            case Events(ref=ref, thread=thread, events=events, head_seq=head_seq):
                self._pulled.pop(ref)
                for event in events:
                    self._hear((thread, event.seq), event.proof)
                self._learn(thread, head_seq)
            case Err(ref=int(ref), problem=problem):
                self._pulled.pop(ref, None)
                if problem.code != "busy":
                    self.broken.append(f"refused: {problem.code} {problem.detail}")
                await asyncio.sleep((problem.retry_after_ms or 0) / 1_000)

    def _learn(self, thread: bytes, seq: int) -> None:
        self._known[thread] = max(self._known[thread], seq)

    def _hear(self, place: Place, proof: bytes) -> None:
        thread, seq = place
        self._learn(thread, seq)
        if seq == self._have[thread] + 1:
            self._have[thread] = seq
            self.heard[place] = Heard(proof, time.monotonic())
        elif self.has(place) and self.heard[place].proof != proof:
            self.broken.append(f"two events at seq {seq} of {thread.hex()}")

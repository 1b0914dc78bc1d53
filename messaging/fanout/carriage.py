"""Frames for streams that stand at another process: handed over to where their client says, within a time.

    process B                         process A
      Carried {frame}    -------->      its session takes it
                         <--------      Taken {refusal}

A client says it with what process A sealed for it (`places`): whoever has no stream makes no process ask another. An
answer that does not come is `not_found`: the client then knows no more than of a request that broke off, ends its
stream, and sends again what was not answered.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Final

from messaging.domain import limits
from messaging.domain.errors import Busy, Malformed, NotFound, PliError, TooLarge
from messaging.fanout.notes import Carried, Taken
from messaging.fanout.places import PlaceSeal
from messaging.fanout.rates import Tell
from messaging.ports import Place, TakeFrame

_REFUSALS: Final[dict[str, type[PliError]]] = {cls.code: cls for cls in (Busy, NotFound, Malformed, TooLarge)}


class LocalCarriage:
    """`messaging.ports.Carriage` of a process that is the only one."""

    here = Place(b"")

    def __init__(self) -> None:
        self._standing: dict[bytes, TakeFrame] = {}

    def stand(self, key: bytes, take: TakeFrame) -> None:
        self._standing[key] = take

    def end(self, key: bytes) -> None:
        self._standing.pop(key, None)

    def sealed_place(self, key: bytes) -> str:
        return ""

    def find(self, key: bytes, sealed: str) -> Place:
        if key not in self._standing:
            raise _unknown()
        return self.here

    async def hand_over(self, place: Place, key: bytes, frame: bytes) -> None:
        self._take(key, frame)

    def _take(self, key: bytes, frame: bytes) -> None:
        """Raises: NotFound, Busy."""
        take = self._standing.get(key)
        if take is None:
            raise _unknown()
        take(frame)


class SharedCarriage(LocalCarriage):
    """The same, of one of several processes."""

    def __init__(self, origin: bytes, seal: PlaceSeal, tell: Tell, is_deaf: Callable[[], bool]) -> None:
        super().__init__()
        self.here = Place(origin)
        self._seal = seal
        self._tell = tell
        self._is_deaf = is_deaf
        self._calls: dict[int, asyncio.Future[str]] = {}
        self._calls_to: Counter[Place] = Counter()
        self._next = 0

    def sealed_place(self, key: bytes) -> str:
        return self._seal.seal(key, self.here)

    def find(self, key: bytes, sealed: str) -> Place:
        if key in self._standing:
            return self.here
        place = self._seal.open(key, sealed)
        if place is None or place == self.here:
            raise _unknown()
        return place

    async def hand_over(self, place: Place, key: bytes, frame: bytes) -> None:
        if place == self.here:
            self._take(key, frame)
            return
        refusal = await self._call(place, key, frame)
        if refusal:
            raise _REFUSALS.get(refusal, NotFound)("the stream did not take it", retry_after_ms=_retry_ms(refusal))

    async def _call(self, place: Place, key: bytes, frame: bytes) -> str:
        """Raises: Busy."""
        self._next += 1
        number, answer = self._next, asyncio.get_running_loop().create_future()
        is_full = len(self._calls) >= limits.stream_calls_max
        if is_full or self._calls_to[place] >= limits.stream_calls_to_one_max:
            raise _busy()
        self._calls[number] = answer
        self._calls_to[place] += 1
        try:
            if self._is_deaf() or not self._tell(key, Carried(place, number, key, frame)):
                raise _busy()
            async with asyncio.timeout(limits.stream_elsewhere_s):
                return str(await answer)
        except TimeoutError:
            return NotFound.code
        finally:
            del self._calls[number]
            self._calls_to[place] -= 1
            if not self._calls_to[place]:
                del self._calls_to[place]

    # what is heard

    def hear_carried(self, origin: bytes, note: Carried) -> None:
        if note.to != self.here:
            return
        refusal = ""
        try:
            self._take(note.key, note.frame)
        except PliError as error:
            refusal = error.code
        self._tell(note.key, Taken(origin, note.call, refusal))

    def hear_taken(self, origin: bytes, note: Taken) -> None:
        answer = self._calls.get(note.call) if note.to == self.here else None
        if answer is not None and not answer.done():
            answer.set_result(note.refusal)


def _unknown() -> NotFound:
    return NotFound("unknown, or not yours")


def _busy() -> Busy:
    return Busy("the process of this stream cannot be asked now", retry_after_ms=limits.busy_retry_after_ms)


def _retry_ms(refusal: str) -> int | None:
    return limits.busy_retry_after_ms if refusal == Busy.code else None

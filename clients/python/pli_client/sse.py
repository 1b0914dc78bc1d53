"""Server-sent events as the service writes them (PROTOCOL.md section 2.1; WHATWG HTML section 9.2), without any I/O."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from messaging.domain.errors import Malformed

event_bytes_max: Final = 1_048_576


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """`name` is empty for a frame."""

    name: str
    data: bytes


class EventParser:
    """Takes the bytes of a stream in whatever pieces they come, and gives out whole events."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._name = b""
        self._data: list[bytes] = []
        self._size = 0

    def feed(self, chunk: bytes) -> Iterator[ServerEvent]:
        """Raises: Malformed, for an event larger than any of this protocol."""
        *lines, rest = (bytes(self._rest) + chunk).split(b"\n")
        self._rest = bytearray(rest)
        for line in lines:
            self._size += len(line)
            if line in (b"", b"\r"):
                yield from self._end()
            else:
                self._take(line.removesuffix(b"\r"))
            self._check()
        self._check()

    def _take(self, line: bytes) -> None:
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._data.append(value)
        elif field == b"event":
            self._name = value

    def _end(self) -> Iterator[ServerEvent]:
        if self._data:
            yield ServerEvent(self._name.decode("utf-8", "replace"), b"\n".join(self._data))
        self._name, self._data, self._size = b"", [], 0

    def _check(self) -> None:
        if self._size + len(self._rest) > event_bytes_max:
            raise Malformed("an event is larger than any of this protocol")

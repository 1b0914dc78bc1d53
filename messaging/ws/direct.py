"""The direct path: frames past ASGI's messages, which cost a queue, two tasks and a pause of reading for each frame.

An ASGI extension (`scope["extensions"]`), offered by `messaging.ws.transport`: routing, handshake, refusal and close go
through ASGI as ever; the frames of one read go to the session in one call. Where a server does not offer it, ASGI's
messages carry the frames.

The common frame, a whole text message, is taken apart here. Every other one (control frames, fragments, what RFC 6455
does not allow) goes to the codec of `websockets`, which keeps all that a connection remembers.
"""

from collections.abc import Callable
from typing import Final, Protocol

from messaging.connection.pump import Take

DIRECT: Final = "pli.direct"
"""The extension's name."""

WHOLE_TEXT: Final = 0x81
"""First byte of a frame: final, no reserved bits, text (RFC 6455 section 5.2)."""
OPCODE: Final = 0x0F
"""Bits of the first byte."""
MASKED: Final = 0x80
"""Bit of the second byte."""
_LENGTH_16: Final = 126
_LENGTH_64: Final = 127


class Wire(Protocol):
    """What the extension is."""

    def attach(self, take: Take, on_room: Callable[[], None]) -> None:
        """Hands over what came so far, then each frame as it comes, in order."""
        ...

    @property
    def has_room(self) -> bool: ...

    def put(self, frame: bytes) -> None:
        """One text message; where the connection has ended, nowhere."""
        ...


def bounds(data: bytes, at: int) -> tuple[int, int] | None:
    """Where the payload of the masked frame at `at` begins and ends, the end perhaps behind that of `data`; the four
    bytes before it are its mask. None: its head is not whole yet.
    """
    have = len(data) - at
    if have < 2:
        return None
    length = data[at + 1] & 0x7F
    if length < _LENGTH_16:
        return at + 6, at + 6 + length
    if length == _LENGTH_16:
        return None if have < 4 else (at + 8, at + 8 + (data[at + 2] << 8 | data[at + 3]))
    return None if have < 10 else (at + 14, at + 14 + int.from_bytes(data[at + 2 : at + 10], "big"))


def text_frame(payload: bytes) -> bytes:
    """A whole text message of a server."""
    size = len(payload)
    if size < _LENGTH_16:
        return bytes((WHOLE_TEXT, size)) + payload
    if size < 65_536:
        return bytes((WHOLE_TEXT, _LENGTH_16, size >> 8, size & 0xFF)) + payload
    return bytes((WHOLE_TEXT, _LENGTH_64)) + size.to_bytes(8, "big") + payload

"""Socket.IO protocol 5 over Engine.IO protocol 4 (https://socket.io/docs/v4/socket-io-protocol/), WebSocket only.

0{...}  <-  the server opens             40{...}  ->  the client connects, and says who it is
40{...} <-  connected                    42REF["send",{...}]  ->  one message; 43REF[]  <-  its ack
42["event",{...}]  <-  a message of the peer              2  <-  ping; 3  ->  pong
"""

from collections.abc import Sequence
from typing import ClassVar, Final

import msgspec

from bench.record import Record, Sent


class _Message(msgspec.Struct, gc=False):
    payload: str


_decode: Final = msgspec.json.Decoder(tuple[str, _Message]).decode
_PONG: Final = b"3"


def hello(number: int) -> bytes:
    """The CONNECT packet of client `number`."""
    return b'40{"number":%d}' % number


def frame(ref: int, payload: bytes) -> bytes:
    """An EVENT packet with one message, which asks for an ack; the payload is base64."""
    return b'42%d["send",{"payload":"%s"}]' % (ref, payload)


class SocketIo:
    subprotocol: ClassVar[str | None] = None

    def __init__(self, hello: bytes | None) -> None:
        self._hello = hello
        self.ready = False
        self.failure: str | None = None

    def opening(self) -> Sequence[bytes]:
        return ()

    def take(self, payload: memoryview, at: float, record: Record) -> Sequence[bytes]:
        packet = bytes(payload)
        kind = packet[:2]
        if kind == b"42":
            record.deliveries.append((_decode(packet[2:])[1].payload, at))
        elif kind == b"43":
            record.acks.append((int(packet[2 : packet.index(b"[")]), at))
        elif packet == b"2":
            return (_PONG,)
        elif kind == b"0{":
            assert self._hello is not None
            return (self._hello,)
        elif kind == b"40":
            self.ready = True
        else:
            self.failure = f"the relay said {packet[:200]!r}"
        return ()

    def asking(self) -> Sequence[bytes]:
        return ()

    @staticmethod
    def sent(frame: bytes) -> list[Sent]:
        start = frame.index(b"[")
        return [Sent(int(frame[2:start]), _decode(frame[start:])[1].payload)]

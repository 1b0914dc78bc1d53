"""PROTOCOL.md section 2, as far as messages go; the floor speaks the same, and hands frames on as they are."""

from collections.abc import Sequence
from typing import ClassVar, Final

import msgspec

from bench.record import Record, Sent


class _Ack(msgspec.Struct, tag_field="t", tag="ack", gc=False):
    ref: int


class _Event(msgspec.Struct, tag_field="t", tag="event", gc=False):
    payload: str


class _Forwarded(msgspec.Struct, tag_field="t", tag="send", gc=False):
    """A frame of the peer, as the floor hands it on."""

    payload: str


class _Behind(msgspec.Struct, tag_field="t", tag="thread", gc=False):
    """What another process committed, and this one perhaps did not hear of (section 6); mostly it is on its way."""


class _Welcome(msgspec.Struct, tag_field="t", tag="welcome", gc=False):
    more: bool


class _Err(msgspec.Struct, tag_field="t", tag="err"):
    problem: dict[str, object]


class _Closing(msgspec.Struct, tag_field="t", tag="closing"):
    code: int


class _Send(msgspec.Struct):
    ref: int
    payload: str


_Down = _Ack | _Event | _Forwarded | _Behind | _Welcome | _Err | _Closing
_decode: Final = msgspec.json.Decoder(_Down | list[_Down]).decode
_decode_sent: Final = msgspec.json.Decoder(_Send | list[_Send]).decode


class Pli:
    """Decodes of an answer only what the accounting needs."""

    subprotocol: ClassVar[str | None] = "pli.v1"

    def __init__(self, hello: bytes | None) -> None:
        self._hello = hello
        self.ready = hello is None
        self.failure: str | None = None

    def opening(self) -> Sequence[bytes]:
        return () if self._hello is None else (self._hello,)

    def take(self, payload: memoryview, at: float, record: Record) -> Sequence[bytes]:
        downs = _decode(payload)
        for down in downs if isinstance(downs, list) else (downs,):
            if type(down) is _Ack:
                record.acks.append((down.ref, at))
            elif type(down) is _Event or type(down) is _Forwarded:
                record.deliveries.append((down.payload, at))
            elif type(down) is _Welcome:
                self.ready = True
            elif type(down) is not _Behind:
                self.failure = f"the service said {down}"
        return ()

    def asking(self) -> Sequence[bytes]:
        return ()

    @staticmethod
    def sent(frame: bytes) -> list[Sent]:
        decoded = _decode_sent(frame)
        return [Sent(one.ref, one.payload) for one in (decoded if isinstance(decoded, list) else [decoded])]

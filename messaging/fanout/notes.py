"""What processes tell each other beside what their listeners hear: small, and harmless to lose."""

from typing import Any

import msgspec
from msgspec import Struct


class Spent(Struct, frozen=True, array_like=True, tag=0):
    """What accounts asked for at this process since it last said so."""

    counts: list[tuple[str, bytes, int]]
    """(rate, account, how many)"""


class Came(Struct, frozen=True, array_like=True, tag=1):
    """A socket stands at this process."""

    account: bytes
    number: int
    since: int
    device: bytes
    asks: bool
    """It is new: where others of the account stand, they answer with theirs."""


class Went(Struct, frozen=True, array_like=True, tag=2):
    account: bytes
    number: int


class Alive(Struct, frozen=True, array_like=True, tag=3):
    """This process goes on."""


class Carried(Struct, frozen=True, array_like=True, tag=4):
    """A frame for a stream of the process `to`."""

    to: bytes
    call: int
    key: bytes
    frame: bytes


class Taken(Struct, frozen=True, array_like=True, tag=5):
    """What became of it: empty, or the wire code of the refusal."""

    to: bytes
    call: int
    refusal: str


Note = Spent | Came | Went | Alive | Carried | Taken

_decoder = msgspec.msgpack.Decoder(Note)
_encoder = msgspec.msgpack.Encoder()


def encode(note: Note) -> msgspec.Raw:
    return msgspec.Raw(_encoder.encode(note))


def decode(raw: msgspec.Raw) -> Any:
    """None: of a newer version."""
    try:
        return _decoder.decode(raw)
    except msgspec.DecodeError:
        return None

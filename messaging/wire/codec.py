"""Bytes to structs and back, for the socket. Pure; raises the errors of `messaging.domain.errors`.

A frame holds one struct or an array of them. Unknown fields are ignored; an unknown command is an error of its own,
so that a newer client learns it at once. The nesting of JSON is bounded by the types themselves: no field of a command
is free-form, and msgspec refuses deeper input as it meets it.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from messaging.domain import limits
from messaging.domain.errors import Malformed, TooLarge, UnknownCommand
from messaging.wire.commands import AnyCommand
from messaging.wire.events import AnyDown, Down

_commands: Final = msgspec.json.Decoder(AnyCommand | list[AnyCommand])
_downs: Final = msgspec.json.Decoder(AnyDown | list[AnyDown])
_down: Final = msgspec.json.Decoder(AnyDown)
_raws: Final = msgspec.json.Decoder(msgspec.Raw | list[msgspec.Raw])
_encoder: Final = msgspec.json.Encoder()


class _Ref(msgspec.Struct):
    t: str = ""
    ref: int | None = None


_ref: Final = msgspec.json.Decoder(_Ref)


def decode_commands(frame: str | bytes) -> list[AnyCommand]:
    """Decodes one frame of a client.

    Raises: TooLarge, UnknownCommand, Malformed.
    """
    if len(frame) > limits.frame_bytes_max:
        raise TooLarge("a frame holds at most 65,536 bytes")
    try:
        decoded = _commands.decode(frame)
    except msgspec.ValidationError as error:
        if _names_tag(error):
            raise UnknownCommand("no such command") from error
        raise Malformed(str(error)) from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Malformed("not JSON of the expected shape") from error
    if not isinstance(decoded, list):
        return [decoded]
    if len(decoded) > limits.commands_per_frame_max:
        raise TooLarge("too many commands in one frame")
    return decoded


def read_ref(frame: str | bytes) -> int | None:
    """The `ref` of a frame that did not decode, if it can be read at all: so that its error reaches its sender."""
    try:
        return _ref.decode(frame).ref
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def decode_downs(frame: str | bytes) -> list[AnyDown]:
    """Decodes one frame of the service (clients). Events of an unknown type are left out.

    Raises: Malformed.
    """
    try:
        decoded = _downs.decode(frame)
    except msgspec.ValidationError as error:
        if not _names_tag(error):
            raise Malformed(str(error)) from error
        return _decode_known_downs(frame)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Malformed(str(error)) from error
    return decoded if isinstance(decoded, list) else [decoded]


def _decode_known_downs(frame: str | bytes) -> list[AnyDown]:
    items = _raws.decode(frame)
    known: list[AnyDown] = []
    for item in items if isinstance(items, list) else [items]:
        try:
            known.append(_down.decode(item))
        except msgspec.ValidationError as error:
            if not _names_tag(error):
                raise Malformed(str(error)) from error
    return known


def _names_tag(error: msgspec.ValidationError) -> bool:
    """Whether msgspec stumbled over the struct's tag; it tells so only in its text."""
    return "Invalid value" in str(error) and str(error).endswith(".t`")


encode = _encoder.encode


def join(parts: Iterable[bytes]) -> bytes:
    """One frame of several encoded structs: themselves if one, else a JSON array."""
    listed = list(parts)
    return listed[0] if len(listed) == 1 else b"[" + b",".join(listed) + b"]"


__all__ = ["Down", "decode_commands", "decode_downs", "encode", "join", "read_ref"]

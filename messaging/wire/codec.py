"""Bytes to structs and back, for the socket. Pure; raises the errors of `messaging.domain.errors`.

A frame holds one struct or an array of them. Unknown fields are ignored; an unknown command is an error of its own,
so that a newer client learns it at once. The nesting of JSON is bounded by the types themselves: no field of a command
is free-form, and msgspec refuses deeper input as it meets it.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from messaging.domain import limits
from messaging.domain.errors import Malformed, TooLarge, UnknownCommand
from messaging.wire.commands import AnyCommand
from messaging.wire.events import AnyDown, Down
from messaging.wire.types import Ref

_commands: Final = msgspec.json.Decoder(AnyCommand | list[AnyCommand])
_downs: Final = msgspec.json.Decoder(AnyDown | list[AnyDown])
_down: Final = msgspec.json.Decoder(AnyDown)
_raws: Final = msgspec.json.Decoder(list[msgspec.Raw])
_encoder: Final = msgspec.json.Encoder()
_BROKEN: Final = (msgspec.DecodeError, UnicodeError, RecursionError)
"""What msgspec raises for input of any kind that it cannot read."""


class _Ref(msgspec.Struct):
    ref: Ref | None = None


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
    except _BROKEN as error:
        raise Malformed("not JSON of the expected shape") from error
    if not isinstance(decoded, list):
        return [decoded]
    if len(decoded) > limits.commands_per_frame_max:
        raise TooLarge("too many commands in one frame")
    return decoded


def read_refs(frame: str | bytes) -> list[int]:
    """The refs of a frame that did not decode, as far as they can be read, so that its error reaches who waits.

    At most `commands_per_frame_max`: a refusal must not be much larger than what it refuses.
    """
    try:
        items = _items(frame)[: limits.commands_per_frame_max]
    except _BROKEN:
        return []
    return [ref for ref in map(_read_ref, items) if ref is not None]


def _read_ref(item: str | bytes | msgspec.Raw) -> int | None:
    try:
        return _ref.decode(item).ref
    except _BROKEN:
        return None


def _items(frame: str | bytes) -> Sequence[str | bytes | msgspec.Raw]:
    """The structs of a frame, each still encoded. Raises one of _BROKEN for an array that cannot be taken apart."""
    return _raws.decode(frame) if frame.lstrip()[:1] in ("[", b"[") else [frame]


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
    except _BROKEN as error:
        raise Malformed(str(error)) from error
    return decoded if isinstance(decoded, list) else [decoded]


def _decode_known_downs(frame: str | bytes) -> list[AnyDown]:
    known: list[AnyDown] = []
    try:
        for item in _items(frame):
            known.extend(_decode_known_down(item))
    except _BROKEN as error:
        raise Malformed(str(error)) from error
    return known


def _decode_known_down(item: str | bytes | msgspec.Raw) -> list[AnyDown]:
    """One struct, or none if its type is unknown."""
    try:
        return [_down.decode(item)]
    except msgspec.ValidationError as error:
        if _names_tag(error):
            return []
        raise


def _names_tag(error: msgspec.ValidationError) -> bool:
    """Whether msgspec stumbled over the struct's tag; it tells so only in its text."""
    return "Invalid value" in str(error) and str(error).endswith(".t`")


encode = _encoder.encode


def join(parts: Iterable[bytes]) -> bytes:
    """One frame of several encoded structs: themselves if one, else a JSON array."""
    listed = list(parts)
    return listed[0] if len(listed) == 1 else b"[" + b",".join(listed) + b"]"


__all__ = ["Down", "decode_commands", "decode_downs", "encode", "join", "read_refs"]

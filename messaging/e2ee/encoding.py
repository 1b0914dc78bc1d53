"""Frames, integers, text and padding: every byte that is hashed, signed or sealed is made here (SPEC.md section 1).

frame(label, f1, ...) = u32-be length || bytes, for the ASCII label and then for each field. Decoders take exactly
what encoders make: another label, a wrong width, a missing field or one byte too many raises BadEncoding.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from messaging.e2ee.errors import BadEncoding, BadPadding

ID_BYTES: Final = 16
KEY_BYTES: Final = 32
HASH_BYTES: Final = 32
PUBLIC_BYTES: Final = 32
KEM_PUBLIC_BYTES: Final = 1216
WRAP_BYTES: Final = 1168
SIGNATURE_BYTES: Final = 64
_LENGTH_BYTES: Final = 4
_MASKS: Final = {1: 2**8, 2: 2**16, 4: 2**32, 8: 2**64}


@lru_cache(maxsize=256)
def _label(label: str) -> bytes:
    raw = label.encode("ascii")
    return len(raw).to_bytes(_LENGTH_BYTES, "big") + raw


def frame(label: str, *fields: bytes) -> bytes:
    """Encodes a label and its fields (SPEC.md section 1.2). The label is one of this package's own constants."""
    parts = [_label(label)]
    for field in fields:
        parts.append(len(field).to_bytes(_LENGTH_BYTES, "big"))
        parts.append(field)
    return b"".join(parts)


def _read(data: bytes, at: int) -> tuple[bytes, int]:
    """Reads one length-prefixed run of bytes at an offset; returns it and the offset after it."""
    start = at + _LENGTH_BYTES
    end = start + int.from_bytes(data[at:start], "big")
    if start > len(data) or end > len(data):
        raise BadEncoding("the frame ends before its field does")
    return data[start:end], end


def _read_label(data: bytes, label: str) -> int:
    expected = _label(label)
    if not data.startswith(expected):
        raise BadEncoding(f"not a {label} frame")
    return len(expected)


def unframe_prefix(data: bytes, label: str, widths: Sequence[int | None]) -> tuple[tuple[bytes, ...], int]:
    """Decodes a frame at the start of `data`, for padded data; returns its fields and the length of the frame.

    `widths` has one entry a field: its exact width in bytes, or None for any. Raises BadEncoding.
    """
    at = _read_label(data, label)
    fields: list[bytes] = []
    for width in widths:
        field, at = _read(data, at)
        if width is not None and len(field) != width:
            raise BadEncoding(f"field {len(fields)} of {label} has {len(field)} bytes instead of {width}")
        fields.append(field)
    return tuple(fields), at


def unframe(data: bytes, label: str, widths: Sequence[int | None]) -> tuple[bytes, ...]:
    """Decodes a frame that is all of `data` (SPEC.md section 1.2). Raises BadEncoding."""
    fields, end = unframe_prefix(data, label, widths)
    if end != len(data):
        raise BadEncoding(f"{len(data) - end} bytes after the end of the {label} frame")
    return fields


def unframe_list(data: bytes, label: str) -> tuple[bytes, ...]:
    """Decodes a frame of any number of fields that is all of `data`. Raises BadEncoding."""
    at = _read_label(data, label)
    fields: list[bytes] = []
    while at < len(data):
        field, at = _read(data, at)
        fields.append(field)
    return tuple(fields)


def label_of(data: bytes) -> str:
    """Returns the label of a frame without decoding its fields. Raises BadEncoding unless it is ASCII."""
    raw, _ = _read(data, 0)
    try:
        return raw.decode("ascii")
    except UnicodeDecodeError as error:
        raise BadEncoding("the label is not ASCII") from error


def exactly(value: bytes, width: int, what: str) -> bytes:
    """Returns `value` when it has that width in bytes, else raises BadEncoding naming what it was for."""
    if len(value) != width:
        raise BadEncoding(f"{what} has {len(value)} bytes instead of {width}")
    return value


def _unsigned(value: int, width: int) -> bytes:
    if not 0 <= value < _MASKS[width]:
        raise BadEncoding(f"{value} does not fit {width} unsigned bytes")
    return value.to_bytes(width, "big")


def u8(value: int) -> bytes:
    return _unsigned(value, 1)


def u16(value: int) -> bytes:
    return _unsigned(value, 2)


def u32(value: int) -> bytes:
    return _unsigned(value, 4)


def u64(value: int) -> bytes:
    return _unsigned(value, 8)


def read_u8(data: bytes) -> int:
    return int.from_bytes(exactly(data, 1, "u8"), "big")


def read_u16(data: bytes) -> int:
    return int.from_bytes(exactly(data, 2, "u16"), "big")


def read_u32(data: bytes) -> int:
    return int.from_bytes(exactly(data, 4, "u32"), "big")


def read_u64(data: bytes) -> int:
    return int.from_bytes(exactly(data, 8, "u64"), "big")


def utf8(text: str) -> bytes:
    """Encodes text as it is, without normalising it. Raises BadEncoding for a lone surrogate."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadEncoding("the text holds a lone surrogate") from error


def read_utf8(data: bytes) -> str:
    """Decodes text; raises BadEncoding for anything that is not well-formed UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadEncoding("the text is not UTF-8") from error


def ascii_word(text: str) -> bytes:
    """Encodes a word of the protocol (a kind, a role, a method): 1 to 32 characters of a-z and `_`."""
    raw = text.encode("utf-8", "surrogatepass")
    return _checked_word(raw)


def read_ascii_word(data: bytes) -> str:
    """Decodes a word of the protocol. Raises BadEncoding."""
    return _checked_word(data).decode("ascii")


_WORD_CHARACTERS: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz_")
_WORD_BYTES_MAX: Final = 32


def _checked_word(raw: bytes) -> bytes:
    if not 1 <= len(raw) <= _WORD_BYTES_MAX or not _WORD_CHARACTERS.issuperset(raw):
        raise BadEncoding("not a word of the protocol")
    return raw


def padme(length: int) -> int:
    """The padded length of `length` bytes by PADMÉ: at most 12 % more, O(log log) bits told (SPEC.md section 1.4)."""
    if length < 2:
        return length
    exponent = length.bit_length() - 1
    kept = exponent.bit_length()
    mask = (1 << (exponent - kept)) - 1
    return (length + mask) & ~mask


def pad(data: bytes, size: int) -> bytes:
    """Appends zero bytes up to `size`. Raises BadPadding when there is no room."""
    if len(data) > size:
        raise BadPadding(f"{len(data)} bytes do not fit {size}")
    return data.ljust(size, b"\0")


def check_padding(padded: bytes, used: int, size: int) -> None:
    """Raises BadPadding unless `padded` has `size` bytes, and only zeros after its first `used`."""
    if len(padded) != size:
        raise BadPadding(f"padded to {len(padded)} bytes instead of {size}")
    if padded.count(0, used) != size - used:
        raise BadPadding("the padding is not all zero")


def pad_value(value: bytes, size: int) -> bytes:
    """u16 length || value, zero-padded to `size` bytes in all. Raises BadPadding when there is no room."""
    if len(value) > min(size - 2, 0xFFFF):
        raise BadPadding(f"a value of {len(value)} bytes does not fit {size - 2}")
    return pad(u16(len(value)) + value, size)


def unpad_value(padded: bytes, size: int) -> bytes:
    """Takes back what `pad_value` made. Raises BadPadding."""
    end = 2 + int.from_bytes(padded[:2], "big")
    check_padding(padded, min(end, len(padded)), size)
    if end > size:
        raise BadPadding("the value ends after its padding")
    return padded[2:end]

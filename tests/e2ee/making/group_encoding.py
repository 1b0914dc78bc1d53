"""Vectors of SPEC.md section 1: frames, words, text, padding."""

from messaging.e2ee.encoding import frame, pad_value
from tests.e2ee.making.group import Group, Text
from tests.e2ee.making.stream import fixed


def encoding() -> Group:
    group = Group("encoding", "Frames, words, text and padding", "1")
    _frames(group)
    _words(group)
    _padding(group)
    return group


def _frames(group: Group) -> None:
    label = Text("pli1/seat")
    whole = frame("pli1/seat", b"ab", b"", fixed("field"))
    widths = [2, 0, 32]
    group.accept("a label without fields", "frame", label=label, fields=[])
    group.accept("three fields, one empty", "frame", label=label, fields=[b"ab", b"", fixed("field")])
    group.accept("widths as they should be", "unframe", data=whole, label=label, widths=widths)
    group.accept("any width", "unframe", data=whole, label=label, widths=[None, None, None])
    group.accept("a list", "unframe_list", data=whole, label=label)
    bad = {
        "wrong label": (frame("pli1/seaT", b"ab", b"", fixed("field")), widths),
        "longer label": (frame("pli1/seats", b"ab", b"", fixed("field")), widths),
        "trailing byte": (whole + b"\0", widths),
        "trailing field": (whole + bytes(4), widths),
        "missing field": (frame("pli1/seat", b"ab", b""), widths),
        "cut in a field": (whole[:-1], widths),
        "cut in a length": (whole[:-33], widths),
        "empty": (b"", widths),
        "field too short": (frame("pli1/seat", b"a", b"", fixed("field")), widths),
        "field too long": (frame("pli1/seat", b"abc", b"", fixed("field")), widths),
        "31-byte key": (frame("pli1/seat", b"ab", b"", fixed("field", 31)), widths),
        "33-byte key": (frame("pli1/seat", b"ab", b"", fixed("field", 33)), widths),
        "length of 2^32 - 1": (frame("pli1/seat") + b"\xff\xff\xff\xff" + b"ab", [None]),
        "little-endian length": (frame("pli1/seat") + b"\2\0\0\0ab", [None]),
    }
    for name, (data, wanted) in bad.items():
        group.reject(name, "BadEncoding", "unframe", data=data, label=label, widths=wanted)
    group.reject("list cut in a length", "BadEncoding", "unframe_list", data=whole + b"\0\0", label=label)


def _words(group: Group) -> None:
    group.accept("word", "read_word", data=b"co_holder")
    group.accept("longest word", "read_word", data=b"a" * 32)
    for name, data in {
        "empty word": b"",
        "word too long": b"a" * 33,
        "capital": b"Text",
        "digit": b"text1",
        "hyphen": b"co-holder",
        "NUL": b"text\0",
        "accent": "employé".encode(),
    }.items():
        group.reject(name, "BadEncoding", "read_word", data=data)
    group.accept("text is not normalised", "read_text", data="e\u0301 é \U0001f3e1".encode())
    for name, data in {
        "lone surrogate": b"\xed\xa0\x80",
        "overlong form": b"\xc0\xaf",
        "cut sequence": b"caf\xc3",
        "beyond Unicode": b"\xf4\x90\x80\x80",
    }.items():
        group.reject(f"text: {name}", "BadEncoding", "read_text", data=data)


def _padding(group: Group) -> None:
    for length in (0, 1, 2, 3, 8, 9, 100, 511, 512, 513, 1000, 1024, 1025, 4095, 6144, 65535, 65536, 1_000_001):
        group.accept(f"padme({length})", "padme", length=length)
    padded = pad_value(b"Lannion", 256)
    group.accept("padded value", "unpad_value", padded=padded, size=256)
    group.accept("empty value", "unpad_value", padded=bytes(256), size=256)
    group.accept("longest value", "unpad_value", padded=pad_value(b"x" * 254, 256), size=256)
    for name, data in {
        "non-zero padding": padded[:-1] + b"\1",
        "non-zero padding right after the value": padded[:9] + b" " + padded[10:],
        "padded too short": padded[:-1],
        "padded too long": padded + b"\0",
        "length beyond the end": b"\0\xff" + padded[2:],
        "length of 65535": b"\xff\xff" + padded[2:],
        "nothing": b"",
    }.items():
        group.reject(name, "BadPadding", "unpad_value", padded=data, size=256)

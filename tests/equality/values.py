"""Everything in what an observer saw that could be the same as something that another one saw.

JSON is walked without knowing any struct, so that a field nobody expected counts too. A string counts as text, and as
the bytes that it stands for in base64 or hex; bytes are taken apart into the fields of nested frames, as often as it
goes. Long runs of bytes count by all their windows of 8 bytes, so that equal parts of unequal fields are found. Numbers
count when they are too large to be a counter: times do. Lines of HTTP headers count whole, as text.
"""

import base64
import contextlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from messaging.e2ee.encoding import label_of
from messaging.e2ee.errors import BadEncoding
from tests.equality.tap import Seen

WINDOW = 8
"""Bytes that are equal by chance once in 2^64: shorter ones tell nothing."""
COUNTERS_BELOW = 2**32

Value = bytes | str | int
Values = Mapping[Value, set[str]]
"""Each value with the places where it stood: channel, then names of fields and labels of frames."""


class Collected(defaultdict[Value, set[str]]):
    """The values of one observer."""

    def __init__(self, seen: Iterable[Seen] = ()) -> None:
        super().__init__(set)
        for record in seen:
            self._take_record(record)

    def take(self, value: object, place: str) -> None:
        """Takes a value of any kind that JSON has, or bytes."""
        if isinstance(value, dict):
            for name, each in value.items():
                self.take(each, f"{place}.{name}")
        elif isinstance(value, list):
            for each in value:
                self.take(each, place)
        elif isinstance(value, str):
            self._take_text(value, place)
        elif isinstance(value, bytes):
            self._take_bytes(value, place)
        elif isinstance(value, int) and value >= COUNTERS_BELOW:
            self[value].add(place)

    def _take_record(self, record: Seen) -> None:
        head, separator, body = record.data.partition(b"\r\n\r\n")
        if not separator:
            head, body = b"", record.data
        for line in head.decode("latin-1").splitlines():
            self[line.partition(": ")[2] or line].add(f"{record.channel} header")
        try:
            self.take(json.loads(body), record.channel)
        except ValueError:
            self._take_bytes(body, record.channel)

    def _take_text(self, text: str, place: str) -> None:
        if len(text) >= WINDOW:
            self[text].add(place)
        for decoded in _decoded(text):
            self._take_bytes(decoded, place)

    def _take_bytes(self, data: bytes, place: str) -> None:
        fields = _fields(data)
        if fields is not None:
            label, *rest = fields
            for index, field in enumerate(rest):
                self._take_bytes(field, f"{place}/{label.decode()}[{index}]")
            return
        for start in range(len(data) - WINDOW + 1):
            self[data[start : start + WINDOW]].add(place)


def _decoded(text: str) -> Iterator[bytes]:
    """The bytes that a text may stand for."""
    with contextlib.suppress(ValueError):
        yield base64.b64decode(text, validate=True)
    with contextlib.suppress(ValueError):
        yield bytes.fromhex(text)


def _fields(data: bytes) -> list[bytes] | None:
    """The label and the fields of a frame that is all of `data`; None for anything else."""
    try:
        if not label_of(data).startswith("pli1/"):
            return None
    except BadEncoding:
        return None
    fields: list[bytes] = []
    at = 0
    while at < len(data):
        end = at + 4 + int.from_bytes(data[at : at + 4], "big")
        if end > len(data):
            return None
        fields.append(data[at + 4 : end])
        at = end
    return fields


def in_common(one: Values, other: Values) -> dict[Value, set[str]]:
    """The values that both have, with all the places."""
    return {value: one[value] | other[value] for value in one.keys() & other.keys()}


def windows(data: bytes) -> set[Value]:
    """What `data` counts as."""
    return {data[start : start + WINDOW] for start in range(len(data) - WINDOW + 1)}


def text_of(data: bytes) -> str:
    """How JSON holds bytes."""
    return base64.b64encode(data).decode()

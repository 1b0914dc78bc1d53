"""A relation's records go into parts of at most 64, and what is full is never written again."""

import pytest

from messaging.reporting.records import RECORD
from messaging.store.parts import PART_BYTES_MAX, parts

SUBJECT = b"s" * 16
RECORDS = bytes(range(256)) * (RECORD.size * 200 // 256 + 1)


def records(first: int, last: int) -> bytes:
    """The records from the first to before the last, each different from its neighbours."""
    return RECORDS[first * RECORD.size : last * RECORD.size]


@pytest.mark.parametrize("sizes", [[1], [64], [65], [1, 1, 62, 1], [64, 64, 1], [63, 130], [200], [3, 61, 64, 5]])
def test_what_was_added_is_held_once_and_in_order(sizes: list[int]) -> None:
    held: dict[int, bytes] = {}
    count = 0
    for size in sizes:
        last = {SUBJECT: (max(held), held[max(held)])} if held else {}
        full = {part for part, piece in held.items() if len(piece) == PART_BYTES_MAX}
        written = parts(last, {SUBJECT: records(count, count + size)})
        assert not full & {part for _, part, _ in written}
        held |= {part: piece for _, part, piece in written}
        count += size

    assert list(held) == list(range(len(held)))
    assert b"".join(held.values()) == records(0, count)
    assert all(0 < len(piece) <= PART_BYTES_MAX for piece in held.values())


def test_relations_do_not_mix() -> None:
    other = b"o" * 16
    last = {SUBJECT: (3, records(0, 2))}

    written = parts(last, {SUBJECT: records(2, 3), other: records(5, 6)})

    assert written == [(SUBJECT, 3, records(0, 3)), (other, 0, records(5, 6))]

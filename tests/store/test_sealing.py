"""Sealed columns: bound to their place and to the ring."""

import itertools
from collections.abc import Callable

import pytest

from messaging.store import KeyRing
from messaging.store.errors import BadKeyRing
from messaging.store.sealing import Column, Sealer

OLD = KeyRing({1: b"a" * 32}, 1, b"i" * 32)
BOTH = KeyRing({1: b"a" * 32, 2: b"b" * 32}, 2, b"i" * 32)
SHARE = Column.ESCROW_SHARE


def _entropy() -> Callable[[int], bytes]:
    counter = itertools.count(1)
    return lambda size: next(counter).to_bytes(size, "big")


def test_a_sealed_value_opens_in_its_place_and_looks_different_each_time() -> None:
    sealer = Sealer(OLD, _entropy())

    first, second = (sealer.seal(SHARE, b"row", b"share") for _ in range(2))

    assert first != second
    assert first[0] == 1
    assert b"share" not in first
    assert sealer.open(SHARE, b"row", first) == sealer.open(SHARE, b"row", second) == b"share"


@pytest.mark.parametrize(
    ("column", "row"),
    [(SHARE, b"other row"), (Column.PARTY_PRESENTATION, b"row"), (Column.MAILBOX_PRESENTATION, b"row")],
)
def test_a_value_moved_elsewhere_does_not_open(column: Column, row: bytes) -> None:
    sealer = Sealer(OLD, _entropy())

    with pytest.raises(BadKeyRing, match="does not open"):
        sealer.open(column, row, sealer.seal(SHARE, b"row", b"share"))


@pytest.mark.parametrize("change", [lambda s: s[:-1], lambda s: s[:-1] + b"\x00", lambda s: s[:5], lambda s: s[:1]])
def test_a_changed_value_does_not_open(change: Callable[[bytes], bytes]) -> None:
    sealer = Sealer(OLD, _entropy())

    with pytest.raises(BadKeyRing, match="does not open"):
        sealer.open(SHARE, b"row", change(sealer.seal(SHARE, b"row", b"share")))


def test_a_new_current_key_seals_and_the_old_one_still_opens() -> None:
    before, after = Sealer(OLD, _entropy()), Sealer(BOTH, _entropy())
    old = before.seal(SHARE, b"row", b"share")

    new = after.seal(SHARE, b"row", b"share")

    assert (old[0], new[0]) == (1, 2)
    assert after.open(SHARE, b"row", old) == after.open(SHARE, b"row", new) == b"share"
    for unknown in (new, b"", b"\x09" + new[1:]):
        with pytest.raises(BadKeyRing, match="the key ring lacks"):
            before.open(SHARE, b"row", unknown)


def test_indexed_references_depend_on_kind_parts_and_key() -> None:
    sealer, other = Sealer(OLD, _entropy()), Sealer(KeyRing({1: b"a" * 32}, 1, b"j" * 32), _entropy())

    digests = [
        sealer.index("account", "issuer", "subject"),
        sealer.index("account", "issuersubject"),
        sealer.index("account", "issuers", "ubject"),
        sealer.index("mailbox", "issuer", "subject"),
        other.index("account", "issuer", "subject"),
    ]

    assert len(set(digests)) == 5
    assert digests[0] == Sealer(BOTH, _entropy()).index("account", "issuer", "subject")
    assert all(len(digest) == 32 for digest in digests)

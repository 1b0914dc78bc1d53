"""Trees and stamps against a naive RFC 6962, written here from the RFC's own recursive definition."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.e2ee import merkle, stamp
from messaging.e2ee.encoding import frame
from messaging.e2ee.errors import BadStamp
from messaging.e2ee.suite import SigningKey
from tests.e2ee.making.stream import fixed

KEY = SigningKey(fixed("stamp key"))
TREE_SIZE = range(
    len(frame("pli1/proof", bytes(8), bytes(4))) + 4, len(frame("pli1/proof", bytes(8), bytes(4), bytes(4)))
)
"""Where the tree size stands in a proof."""


def _split(count: int) -> int:
    """The largest power of two below the count."""
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def naive_root(data: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, over leaf data."""
    if len(data) == 1:
        return hashlib.sha256(b"\0" + data[0]).digest()
    at = _split(len(data))
    return hashlib.sha256(b"\1" + naive_root(data[:at]) + naive_root(data[at:])).digest()


def naive_path(index: int, data: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962 section 2.1.1."""
    if len(data) == 1:
        return []
    at = _split(len(data))
    if index < at:
        return [*naive_path(index, data[:at]), naive_root(data[at:])]
    return [*naive_path(index - at, data[at:]), naive_root(data[:at])]


LEAF_DATA = st.integers(1, 70).map(lambda count: [b"leaf %d" % number for number in range(count)])


@settings(max_examples=60)
@given(LEAF_DATA)
def test_roots_and_paths_are_those_of_the_rfc(data: list[bytes]) -> None:
    leaves = [hashlib.sha256(b"\0" + each).digest() for each in data]
    root = naive_root(data)
    assert stamp.merkle_root(leaves) == root
    for index, path in enumerate(stamp.merkle_paths(leaves)):
        assert path == b"".join(naive_path(index, data))
        assert merkle.root_from_path(leaves[index], index, len(leaves), path) == root


@settings(max_examples=60)
@given(LEAF_DATA, st.data())
def test_a_path_leads_from_its_own_leaf_only(data: list[bytes], draw: st.DataObject) -> None:
    leaves = [hashlib.sha256(b"\0" + each).digest() for each in data]
    root, index = stamp.merkle_root(leaves), draw.draw(st.integers(0, len(leaves) - 1))
    other = draw.draw(st.integers(0, len(leaves) - 1))
    path = stamp.merkle_paths(leaves)[index]
    if other != index:
        try:
            found = merkle.root_from_path(leaves[other], other, len(leaves), path)
        except merkle.BadPath:
            found = b""
        assert found != root
    for wrong in (path + bytes(32), path[:-1] if path else b"\0"):
        with pytest.raises(merkle.BadPath):
            merkle.root_from_path(leaves[index], index, len(leaves), wrong)


def test_an_empty_commit_is_refused() -> None:
    with pytest.raises(BadStamp):
        stamp.Stamper(KEY).stamp([])


def test_a_leaf_is_hashed_as_the_specification_says() -> None:
    thread, head = fixed("thread", 16), fixed("head")
    plain = frame("pli1/leaf", thread, (7).to_bytes(8, "big"), head)
    assert stamp.leaf_hash(thread, 7, head) == hashlib.sha256(b"\0" + plain).digest()


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 20), st.data())
def test_each_event_of_a_commit_verifies_and_no_other(count: int, draw: st.DataObject) -> None:
    leaves = [(fixed(f"thread {number}", 16), number + 1, fixed(f"head {number}")) for number in range(count)]
    proofs = stamp.Stamper(KEY).stamp(leaves)
    at = draw.draw(st.integers(0, count - 1))
    thread, seq, head = leaves[at]
    stamp.verify_proof(proofs[at], KEY.public, thread, seq, head)
    changed = bytearray(proofs[at])
    changed[draw.draw(st.integers(0, len(changed) - 1).filter(lambda place: place not in TREE_SIZE))] ^= 1 << draw.draw(
        st.integers(0, 7)
    )
    with pytest.raises(BadStamp):
        stamp.verify_proof(bytes(changed), KEY.public, thread, seq, head)


def test_another_tree_size_proves_the_same_or_nothing() -> None:
    """The size is not signed: leaf 0 of 3 has the path of leaf 0 of 4. What is proven, the head, is the same."""
    leaves = [(fixed(f"thread {number}", 16), number + 1, fixed(f"head {number}")) for number in range(3)]
    proof = stamp.Stamper(KEY).stamp(leaves)[0]
    for size, accepted in ((2, False), (3, True), (4, True), (5, False)):
        resized = proof[: TREE_SIZE.start] + size.to_bytes(4, "big") + proof[TREE_SIZE.stop :]
        if accepted:
            stamp.verify_proof(resized, KEY.public, *leaves[0])
        else:
            with pytest.raises(BadStamp):
                stamp.verify_proof(resized, KEY.public, *leaves[0])
        with pytest.raises(BadStamp):
            stamp.verify_proof(resized, KEY.public, *leaves[1])

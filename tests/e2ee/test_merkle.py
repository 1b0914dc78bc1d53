"""A tree that grows leaf by leaf against the plain one of all its leaves, and what a proof of either does not prove."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.e2ee import merkle
from messaging.e2ee.merkle import BadPath, Node
from messaging.e2ee.suite import sha256

LEAVES = [merkle.leaf_hash(b"leaf %d" % number) for number in range(130)]


def grown() -> dict[Node, bytes]:
    nodes: dict[Node, bytes] = {}
    for at, leaf in enumerate(LEAVES):
        assert all(node in nodes for node in merkle.subtrees((0, at)))
        nodes.update(merkle.grown(leaf, at, nodes.__getitem__))
    return nodes


NODES = grown()
SIZES = st.integers(1, len(LEAVES))


def joined(ranges: list[merkle.Range]) -> bytes:
    return b"".join(merkle.join(each, NODES.__getitem__) for each in ranges)


def root(size: int) -> bytes:
    return merkle.join((0, size), NODES.__getitem__)


def refused(check: Callable[[], object]) -> bool:
    try:
        check()
    except BadPath:
        return True
    return False


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 63, 64, 65, 130])
def test_a_grown_tree_is_the_plain_one(size: int) -> None:
    plain = merkle.levels(LEAVES[:size])
    assert root(size) == plain[-1][0]
    for index in range(size):
        assert joined(merkle.inclusion(index, size)) == merkle.paths(plain)[index]


def test_an_empty_tree_has_the_root_of_nothing() -> None:
    assert root(0) == sha256(b"")
    merkle.check_consistency(0, root(0), 0, root(0), b"")


@given(SIZES, SIZES)
def test_each_size_begins_with_each_before(one: int, other: int) -> None:
    size, later = sorted((one, other))
    merkle.check_consistency(size, root(size), later, root(later), joined(merkle.consistency(size, later)))


@given(SIZES, SIZES, st.data())
def test_a_proof_proves_nothing_else(one: int, other: int, draw: st.DataObject) -> None:
    size, later = sorted((one, other))
    proof = joined(merkle.consistency(size, later))
    at = draw.draw(st.integers(0, 63))
    flip = bytes(32)[: at // 2] + b"\1" + bytes(31)[at // 2 :]
    other_root = bytes(a ^ b for a, b in zip(root(size), flip[:32], strict=True))
    assert refused(lambda: merkle.check_consistency(size, other_root, later, root(later), proof))
    assert refused(lambda: merkle.check_consistency(size, root(size), later, other_root, proof))
    assert refused(lambda: merkle.check_consistency(size, root(size), later, root(later), proof + bytes(32)))
    if proof:
        assert refused(lambda: merkle.check_consistency(size, root(size), later, root(later), proof[:-32]))
        assert refused(lambda: merkle.check_consistency(size, root(size), later, root(later), proof[:-1]))
    if size < later:
        assert refused(lambda: merkle.check_consistency(later, root(later), size, root(size), proof))

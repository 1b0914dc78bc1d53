"""RFC 6962 trees: the stamps of a commit (SPEC.md section 8), and the moderators' audit log (section 10.6).

Leaf hash H(0x00 || data), node H(0x01 || left || right); paths are 32-byte hashes from the bottom up, concatenated. A
tree that only grows is kept as its complete subtrees: node (level, i) covers the leaves from i * 2^level on, and what a
proof needs is joined from a few of them (RFC 9162 sections 2.1.3 and 2.1.4).
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

from messaging.e2ee.encoding import HASH_BYTES

EMPTY_ROOT: Final = sha256(b"").digest()
_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"

Node = tuple[int, int]
"""(level, index) of a complete subtree."""
Range = tuple[int, int]
"""Leaves from the first to before the second, a subtree of some tree: complete, or at its right edge."""


class BadPath(ValueError):
    """A path of another length than its place in the tree has, or that does not lead where it should."""


def leaf_hash(data: bytes) -> bytes:
    return sha256(_LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(_NODE + left + right).digest()


def levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """All levels of a tree of at least one leaf hash, leaves first. A node without a sibling moves up as it is."""
    found = [list(leaves)]
    while len(found[-1]) > 1:
        below = found[-1]
        above = [sha256(_NODE + below[i] + below[i + 1]).digest() for i in range(0, len(below) - 1, 2)]
        if len(below) % 2:
            above.append(below[-1])
        found.append(above)
    return found


def paths(tree: Sequence[Sequence[bytes]]) -> list[bytes]:
    """The audit path of each leaf, given all levels: from the root down, a node's is its sibling, then its parent's."""
    found = [b""]
    for level in reversed(tree[:-1]):
        size = len(level)
        found = [level[i ^ 1] + found[i >> 1] if i ^ 1 < size else found[i >> 1] for i in range(size)]
    return found


def root_from_path(leaf: bytes, index: int, size: int, siblings: bytes) -> bytes:
    """Walks an audit path up to the root (RFC 9162 section 2.1.3.2). Raises BadPath for a path of another length."""
    if not 0 <= index < size:
        raise BadPath("the leaf is not in its tree")
    root, last, at = leaf, size - 1, 0
    while last:
        if index & 1 or index != last:
            sibling = siblings[at : at + HASH_BYTES]
            if len(sibling) != HASH_BYTES:
                raise BadPath("the path is too short")
            at += HASH_BYTES
            root = node_hash(sibling, root) if index & 1 else node_hash(root, sibling)
        index, last = index >> 1, last >> 1
    if at != len(siblings):
        raise BadPath("the path is too long")
    return root


def check_consistency(size: int, root: bytes, later_size: int, later_root: bytes, proof: bytes) -> None:
    """Checks that the later tree begins with the earlier one (RFC 9162 section 2.1.4.2). Raises BadPath."""
    if not 0 <= size <= later_size:
        raise BadPath("the later tree is smaller than the earlier one")
    if size in (0, later_size):
        if proof:
            raise BadPath("the proof is too long")
        if root != (EMPTY_ROOT if size == 0 else later_root):
            raise BadPath("the two trees are not the same")
        return
    found = [proof[at : at + HASH_BYTES] for at in range(0, len(proof), HASH_BYTES)]
    if any(len(each) != HASH_BYTES for each in found):
        raise BadPath("the proof is cut")
    if size & (size - 1) == 0:
        found.insert(0, root)
    earlier, later = _walk(size - 1, later_size - 1, found)
    if earlier != root or later != later_root:
        raise BadPath("the later tree does not begin with the earlier one")


def _walk(index: int, last: int, found: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Both roots that a consistency proof leads to, the earlier tree ending at the leaf `index`."""
    while index & 1:
        index, last = index >> 1, last >> 1
    if not found:
        raise BadPath("the proof is too short")
    earlier = later = found[0]
    for each in found[1:]:
        if last == 0:
            raise BadPath("the proof is too long")
        if index & 1 or index == last:
            earlier, later = node_hash(each, earlier), node_hash(each, later)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            later = node_hash(later, each)
        index, last = index >> 1, last >> 1
    if last:
        raise BadPath("the proof is too short")
    return earlier, later


def grown(leaf: bytes, index: int, sibling: Callable[[Node], bytes]) -> list[tuple[Node, bytes]]:
    """The nodes that come with the leaf of that index, the leaf first: each that it completes.

    `sibling` gives a complete subtree to the left of it.
    """
    made = [((0, index), leaf)]
    level, hashed = 0, leaf
    while index & 1:
        hashed = node_hash(sibling((level, index - 1)), hashed)
        level, index = level + 1, index >> 1
        made.append(((level, index), hashed))
    return made


def inclusion(index: int, size: int) -> list[Range]:
    """The subtrees whose roots are the audit path of a leaf, from the bottom up."""
    return _inclusion(index, 0, size)[::-1]


def _inclusion(index: int, start: int, end: int) -> list[Range]:
    """From the top down."""
    found: list[Range] = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    return found


def consistency(size: int, later_size: int) -> list[Range]:
    """The subtrees whose roots prove that the later tree begins with the earlier (RFC 9162 section 2.1.4.1)."""
    if size in (0, later_size):
        return []
    found: list[Range] = []
    start, end, whole = 0, later_size, True
    while size != end:
        middle = start + _split(end - start)
        if size <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start, whole = middle, False
    return ([] if whole else [(start, end)]) + found[::-1]


def subtrees(part: Range) -> list[Node]:
    """The complete subtrees that make up a range, from left to right."""
    start, end = part
    found: list[Node] = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def join(part: Range, node: Callable[[Node], bytes]) -> bytes:
    """The root over a range of leaves, from its complete subtrees; of none the root of an empty tree."""
    hashes = [node(each) for each in subtrees(part)]
    if not hashes:
        return EMPTY_ROOT
    root = hashes.pop()
    while hashes:
        root = node_hash(hashes.pop(), root)
    return root


def _split(size: int) -> int:
    """The largest power of two below `size`, of at least 2."""
    return 1 << ((size - 1).bit_length() - 1)

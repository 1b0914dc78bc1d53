"""The moderators' audit log: what a leaf says, and how one is proven to be in it (SPEC.md section 10.6).

    leaf = frame("pli1/audit-leaf", u64 time, kind, actor, second, case, about, detail)

The log is an RFC 6962 tree over the leaves, which only grows; its signed tree heads are C2SP checkpoints
(`messaging.e2ee.tree_head`). A leaf names seats, cases and reports by their ids; no content, no word of a participant.
"""

from typing import Final, NamedTuple

from messaging.e2ee import merkle
from messaging.e2ee.encoding import ID_BYTES, ascii_word, exactly, frame, read_ascii_word, read_u64, u64, unframe
from messaging.e2ee.errors import BadAudit, BadEncoding
from messaging.e2ee.tree_head import TreeHead

ABOUT_BYTES_MAX: Final = 32
DETAIL_BYTES_MAX: Final = 256
HIDING_BYTES: Final = 16
"""What is random at the end of `about` in a leaf with a case."""

_WIDTHS: Final = (8, None, None, None, None, None, None)


class AuditLeaf(NamedTuple):
    """One act."""

    time: int
    """ms since 1970, UTC, by the service's clock."""
    kind: str
    """A word of the protocol: `opened`, `released`, `read`, `decided`, `unmasked`, `exported`, `key_changed`, ..."""
    actor: bytes = b""
    """The seat of the moderator who acts, 16 bytes; empty for the service or its operator."""
    second: bytes = b""
    """The seat of the second moderator, where an act needs two; else empty."""
    case: bytes = b""
    """16 bytes, or empty for what concerns no case."""
    about: bytes = b""
    """What the act is about: the id of a report, an answer or a party, or the hash of a key; at most 32 bytes.
    With a case, the last 16 are random."""
    detail: bytes = b""
    """By kind, at most 256 bytes: a word, or the hash of a decision's reasons."""


def encode_leaf(leaf: AuditLeaf) -> bytes:
    """Encodes a leaf. Raises BadEncoding."""
    for name in ("actor", "second", "case"):
        _id_or_empty(getattr(leaf, name), name)
    if len(leaf.about) > ABOUT_BYTES_MAX or len(leaf.detail) > DETAIL_BYTES_MAX:
        raise BadEncoding(f"a leaf has at most {ABOUT_BYTES_MAX} bytes of about and {DETAIL_BYTES_MAX} of detail")
    return frame("pli1/audit-leaf", u64(leaf.time), ascii_word(leaf.kind), *leaf[2:])


def parse_leaf(data: bytes) -> AuditLeaf:
    """Decodes a leaf. Raises BadEncoding."""
    time, kind, *rest = unframe(data, "pli1/audit-leaf", _WIDTHS)
    leaf = AuditLeaf(read_u64(time), read_ascii_word(kind), *rest)
    encode_leaf(leaf)
    return leaf


def is_about(leaf: AuditLeaf, subject: bytes) -> bool:
    """Whether a leaf with a case is about that id."""
    return leaf.about[:-HIDING_BYTES] == subject


def verify_inclusion(data: bytes, index: int, path: bytes, head: TreeHead) -> AuditLeaf:
    """Checks that a leaf stands at that index of the log that a verified tree head signs, and returns what it says.

    Raises BadAudit, BadEncoding.
    """
    try:
        root = merkle.root_from_path(merkle.leaf_hash(data), index, head.size, path)
    except merkle.BadPath as error:
        raise BadAudit(f"the leaf is not proven: {error}") from error
    if root != head.root:
        raise BadAudit("the leaf is not in the log that was signed")
    return parse_leaf(data)


def verify_consistency(earlier: TreeHead, later: TreeHead, proof: bytes) -> None:
    """Checks that the later of two verified tree heads holds all leaves of the earlier. Raises BadAudit."""
    if earlier.origin != later.origin:
        raise BadAudit("the two tree heads are of different logs")
    try:
        merkle.check_consistency(earlier.size, earlier.root, later.size, later.root, proof)
    except merkle.BadPath as error:
        raise BadAudit(f"the log was rewritten: {error}") from error


def _id_or_empty(value: bytes, what: str) -> None:
    if value:
        exactly(value, ID_BYTES, what)

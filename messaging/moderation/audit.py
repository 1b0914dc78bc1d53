"""Writing the audit log: an act and its leaf are one transaction, signed before it commits (SPEC.md section 10.6)."""

from typing import Final, NamedTuple

from messaging.e2ee import merkle
from messaging.e2ee.audit import AuditLeaf, encode_leaf
from messaging.e2ee.suite import SigningKey
from messaging.e2ee.tree_head import TreeHead, origin_of, sign_head
from messaging.ports import Transaction


class Recorded(NamedTuple):
    """A leaf with its proof: what a console checks before it shows what the act released."""

    position: int
    leaf: bytes
    path: bytes
    """The leaf's audit path at the checkpoint's size."""
    checkpoint: str
    """A signed note."""


class Auditor:
    """Signs the log's checkpoints, in the service's name."""

    def __init__(self, service: bytes, key: SigningKey) -> None:
        self._key = key
        self.public: Final = key.public
        self.origin: Final = origin_of(service)

    def sign(self, size: int, root: bytes) -> str:
        return sign_head(TreeHead(self.origin, size, root), self._key)


async def record(tx: Transaction, auditor: Auditor, leaf: AuditLeaf) -> Recorded:
    """Appends a leaf and the checkpoint over it, in the caller's transaction. Raises: BadEncoding."""
    data = encode_leaf(leaf)
    position, path = await tx.audit.append(data)
    size = position + 1
    note = auditor.sign(size, merkle.root_from_path(merkle.leaf_hash(data), position, size, path))
    await tx.audit.put_checkpoint(size, note)
    return Recorded(position, data, path, note)


async def proven(tx: Transaction, position: int) -> Recorded | None:
    """A leaf with its proof under the newest checkpoint; None where there is none. Raises: NotFound."""
    newest = await tx.audit.checkpoint()
    found = await tx.audit.leaves(position, 1)
    if newest is None or not found or found[0][0] != position:
        return None
    size, note = newest
    return Recorded(position, found[0][1], await tx.audit.path(position, size), note)

"""Vectors of SPEC.md section 10.6: leaves of the audit log, its proofs, and its checkpoints in C2SP form."""

from base64 import b64encode
from typing import Any

from messaging.e2ee import merkle
from messaging.e2ee.audit import AuditLeaf, encode_leaf
from messaging.e2ee.encoding import frame, u64
from messaging.e2ee.merkle import Range
from messaging.e2ee.suite import SigningKey, sha256
from messaging.e2ee.tree_head import TreeHead, origin_of, sign_head
from tests.e2ee.making.group import Group, Text
from tests.e2ee.making.stream import fixed, flipped
from tests.e2ee.making.world import SERVICE, START_MS

KEY = SigningKey(fixed("audit key"))
ORIGIN = origin_of(SERVICE)
LEAVES = [
    encode_leaf(AuditLeaf(START_MS + n, "released", fixed(f"moderator {n}", 16), b"", fixed(f"case {n}", 16)))
    for n in range(7)
]


class _Tree:
    """A log that grew leaf by leaf."""

    def __init__(self) -> None:
        self._nodes: dict[merkle.Node, bytes] = {}
        for at, leaf in enumerate(LEAVES):
            self._nodes.update(merkle.grown(merkle.leaf_hash(leaf), at, self._nodes.__getitem__))

    def root(self, size: int) -> bytes:
        return self._join((0, size))

    def path(self, index: int, size: int) -> bytes:
        return b"".join(map(self._join, merkle.inclusion(index, size)))

    def proof(self, size: int, later_size: int) -> bytes:
        return b"".join(map(self._join, merkle.consistency(size, later_size)))

    def _join(self, part: Range) -> bytes:
        return merkle.join(part, self._nodes.__getitem__)


def audits() -> Group:
    group = Group("audit", "The moderators' audit log: leaves, proofs, checkpoints", "10.6")
    tree = _Tree()
    _leaves(group)
    _inclusions(group, tree)
    _consistencies(group, tree)
    _heads(group, tree)
    return group


def _leaves(group: Group) -> None:
    moderator, second, case = fixed("moderator", 16), fixed("second", 16), fixed("case", 16)
    full = AuditLeaf(START_MS, "unmasked", moderator, second, case, fixed("about"), b"d" * 256)
    group.accept("a leaf", "parse_audit_leaf", leaf=encode_leaf(full))
    group.accept("a leaf of the service's", "parse_audit_leaf", leaf=encode_leaf(AuditLeaf(START_MS, "key_changed")))
    label, *fields = ("pli1/audit-leaf", u64(START_MS), b"opened", moderator, b"", case, b"", b"")

    def made(at: int, value: bytes) -> bytes:
        return frame(label, *(value if n == at else field for n, field in enumerate(fields)))

    for name, leaf in {
        "a time of 4 bytes": made(0, bytes(4)),
        "a kind in capitals": made(1, b"OPENED"),
        "an empty kind": made(1, b""),
        "an actor of 15 bytes": made(2, bytes(15)),
        "a second of 17 bytes": made(3, bytes(17)),
        "a case of 32 bytes": made(4, bytes(32)),
        "33 bytes of about": made(5, bytes(33)),
        "257 bytes of detail": made(6, bytes(257)),
        "a field missing": frame(label, *fields[:-1]),
        "a trailing byte": frame(label, *fields) + b"\0",
        "another label": frame("pli1/audit", *fields),
    }.items():
        group.reject(name, "BadEncoding", "parse_audit_leaf", leaf=leaf)


def _inclusions(group: Group, tree: _Tree) -> None:
    for index, size in ((0, 1), (0, 7), (3, 4), (4, 5), (6, 7)):
        group.accept(f"included: {index} of {size}", "verify_inclusion", **_inclusion(tree, index, size))
    good = _inclusion(tree, 4, 7)
    group.reject_each("BadAudit", "verify_inclusion", good, {
        "included: another leaf": {"leaf": LEAVES[3]},
        "included: another index": {"index": 5},
        "included: an index beyond the end": {"index": 7},
        "included: another size": {"size": 6},
        "included: an empty log": {"index": 0, "size": 0, "path": b""},
        "included: path cut": {"path": good["path"][:-32]},
        "included: path too long": {"path": good["path"] + bytes(32)},
        "included: path altered": {"path": flipped(good["path"])},
        "included: another root": {"root": tree.root(6)},
        "included: leaf altered": {"leaf": flipped(LEAVES[4])},
    })  # fmt: skip
    odd = frame("pli1/audit", b"")
    group.reject("included: no leaf of this log", "BadEncoding", "verify_inclusion", **{
        "leaf": odd, "index": 0, "path": b"", "size": 1, "root": merkle.leaf_hash(odd),
    })  # fmt: skip


def _inclusion(tree: _Tree, index: int, size: int) -> dict[str, Any]:
    return {
        "leaf": LEAVES[index], "index": index, "path": tree.path(index, size), "size": size, "root": tree.root(size),
    }  # fmt: skip


def _consistencies(group: Group, tree: _Tree) -> None:
    for size in range(8):
        group.accept(f"consistent: {size} and 7", "verify_consistency", **_consistency(tree, size, 7))
    group.accept("consistent: 3 and 5", "verify_consistency", **_consistency(tree, 3, 5))
    good, power, same = (_consistency(tree, *sizes) for sizes in ((3, 7), (4, 7), (7, 7)))
    rewritten = {"root": sha256(b"another history")}
    group.reject_each("BadAudit", "verify_consistency", good, {
        "rewritten since": rewritten,
        "rewritten: another later root": {"later_root": tree.root(6)},
        "rewritten: proof altered": {"proof": flipped(good["proof"])},
        "rewritten: proof cut": {"proof": good["proof"][:-32]},
        "rewritten: proof cut in a hash": {"proof": good["proof"][:-1]},
        "rewritten: proof too long": {"proof": good["proof"] + bytes(32)},
        "rewritten: no proof": {"proof": b""},
        "cut since: the later is smaller": {"size": 7, "later_size": 3},
        "another size": {"size": 2},
    })  # fmt: skip
    group.reject_each("BadAudit", "verify_consistency", power, {
        "a power of two, rewritten": rewritten, "a power of two, no proof": {"proof": b""},
    })  # fmt: skip
    group.reject_each("BadAudit", "verify_consistency", same, {
        "the same size, rewritten": rewritten, "the same size, with a proof": {"proof": bytes(32)},
    })  # fmt: skip
    group.reject_each("BadAudit", "verify_consistency", _consistency(tree, 0, 7), {
        "an empty log, of another root": rewritten, "an empty log, with a proof": {"proof": bytes(32)},
    })  # fmt: skip


def _consistency(tree: _Tree, size: int, later: int) -> dict[str, Any]:
    return {
        "size": size, "root": tree.root(size), "later_size": later, "later_root": tree.root(later),
        "proof": tree.proof(size, later),
    }  # fmt: skip


def _heads(group: Group, tree: _Tree) -> None:
    group.accept("the key in C2SP's form", "audit_key", service=SERVICE, public=KEY.public)
    note = sign_head(TreeHead(ORIGIN, 7, tree.root(7)), KEY)
    given: dict[str, Any] = {"note": Text(note), "origin": Text(ORIGIN), "public": KEY.public}
    group.accept("a checkpoint", "open_tree_head", **given)
    empty = sign_head(TreeHead(ORIGIN, 0, merkle.EMPTY_ROOT), KEY)
    group.accept("of an empty log", "open_tree_head", **given | {"note": Text(empty)})
    text, _, signature = note.partition("\n\n")
    witness = f"— witness.example.org {b64encode(bytes(4) + bytes(72)).decode()}\n"
    group.accept("with a witness's signature", "open_tree_head", **given | {"note": Text(note + witness)})
    group.accept("a witness first", "open_tree_head", **given | {"note": Text(f"{text}\n\n{witness}{signature}")})
    other = sign_head(TreeHead(ORIGIN, 7, tree.root(7)), SigningKey(fixed("another audit key")))
    foreign = sign_head(TreeHead("pli-audit/elsewhere", 7, tree.root(7)), KEY)
    group.reject_each("BadSignature", "open_tree_head", given, {
        "signed by another key": {"note": Text(other)},
        "another size under the signature": {"note": Text(note.replace("\n7\n", "\n8\n"))},
        "another root under the signature": {"note": Text(note.replace(_root(tree, 7), _root(tree, 6)))},
        "under another pinned key": {"public": SigningKey(fixed("another audit key")).public},
        "the key's id under another name": {"note": Text(note.replace(f"— {ORIGIN}", "— elsewhere"))},
    })  # fmt: skip
    group.reject("of another log", "BadAudit", "open_tree_head", **given | {"note": Text(foreign)})
    root = _root(tree, 7)
    for name, bad in {
        "empty": "",
        "no signature": text + "\n",
        "no empty line": note.replace("\n\n", "\n"),
        "no line end at the end": note[:-1],
        "a size with a sign": note.replace("\n7\n", "\n+7\n"),
        "a size with a leading zero": note.replace("\n7\n", "\n07\n"),
        "a size of sixteen digits": note.replace("\n7\n", f"\n{10**15}\n"),
        "a size in other digits": note.replace("\n7\n", "\n７\n"),
        "a fourth line": note.replace("\n\n", "\nextension\n\n"),
        "a line missing": note.replace(f"\n{root}\n", "\n"),
        "a root of 31 bytes": note.replace(root, b64encode(bytes(31)).decode()),
        "a root without padding": note.replace(root, root[:-1]),
        "a root with a bit in its padding": note.replace(root, root[:-2] + chr(ord(root[-2]) + 1) + "="),
        "a root in URL form": note.replace(root, "_" + root[1:]),
        "a hyphen for the dash": note.replace("—", "-"),
        "a signature of 3 bytes": f"{text}\n\n— {ORIGIN} AAAA\n",
        "a signature that is not base64": f"{text}\n\n— {ORIGIN} ????\n",
        "a signature line without a name": f"{text}\n\n— {signature.split(' ')[2]}",
        "seventeen signatures": note + witness * 16,
        "a tab": note.replace("\n7\n", "\n7\t\n"),
        "longer than 4,096 characters": note.replace("\n\n", "\n" + "x" * 4096 + "\n\n"),
    }.items():
        group.reject(f"checkpoint: {name}", "BadAudit", "open_tree_head", **given | {"note": Text(bad)})


def _root(tree: _Tree, size: int) -> str:
    return b64encode(tree.root(size)).decode()

"""Everything that somebody who writes to the database can do to the audit log, and what the examination says of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from messaging.e2ee import merkle
from messaging.e2ee.audit import AuditLeaf, encode_leaf, parse_leaf
from messaging.e2ee.suite import SigningKey
from messaging.e2ee.tree_head import TreeHead, sign_head
from messaging.moderation.audit import Auditor, record
from messaging.moderation.audit_examination import Examination, Finding, examine
from messaging.store.address import Kind, parse
from messaging.store.engine import create_engine
from tests.contracts.store.world import World

KEY = SigningKey(b"\7" * 32)
AUDITOR = Auditor(bytes(16), KEY)
STRANGER = Auditor(bytes(16), SigningKey(b"\x08" * 32))
SIZE = 13
KEPT = 9
"""The size of the checkpoint that somebody kept elsewhere."""
LEAVES = [
    AuditLeaf(1_000 + n, "released", actor=bytes([n]) * 16, case=bytes([n + 100]) * 16, about=bytes([n]) * 16)
    for n in range(SIZE)
]


@dataclass
class Books:
    """The three tables in memory, as an attacker rewrites them."""

    leaves: dict[int, bytes]
    nodes: dict[tuple[int, int], bytes]
    notes: dict[int, str]

    def rehash(self) -> None:
        """Makes the subtrees those of the leaves."""
        self.nodes.clear()
        for at, leaf in sorted(self.leaves.items()):
            self.nodes.update(merkle.grown(merkle.leaf_hash(leaf), at, self.nodes.__getitem__))

    def sign(self, auditor: Auditor) -> None:
        """Makes the checkpoints those of the subtrees."""
        self.rehash()
        self.notes.clear()
        for size in range(1, len(self.leaves) + 1):
            self.notes[size] = auditor.sign(size, merkle.join((0, size), self.nodes.__getitem__))

    def change(self, at: int, **fields: Any) -> None:
        self.leaves[at] = encode_leaf(parse_leaf(self.leaves[at])._replace(**fields))

    def renumber(self, leaves: list[bytes]) -> None:
        self.leaves = dict(enumerate(leaves))

    def cut(self, size: int) -> None:
        """As if nothing after that size had happened."""
        self.leaves = {at: leaf for at, leaf in self.leaves.items() if at < size}
        self.notes = {at: note for at, note in self.notes.items() if at <= size}
        self.rehash()


def _without(at: int) -> Callable[[Books], None]:
    def tamper(books: Books) -> None:
        books.renumber([leaf for each, leaf in sorted(books.leaves.items()) if each != at])
        books.rehash()

    return tamper


def _insert(books: Books) -> None:
    leaves = [leaf for _, leaf in sorted(books.leaves.items())]
    books.renumber([*leaves[:4], encode_leaf(LEAVES[4]._replace(kind="read")), *leaves[4:]])
    books.rehash()


def _swap(books: Books) -> None:
    books.leaves[3], books.leaves[8] = books.leaves[8], books.leaves[3]
    books.rehash()


def _append(books: Books) -> None:
    books.leaves[SIZE] = encode_leaf(LEAVES[0]._replace(kind="decided"))
    books.rehash()


def _each(*steps: Callable[[Books], Any]) -> Callable[[Books], None]:
    def tamper(books: Books) -> None:
        for step in steps:
            step(books)

    return tamper


def _changed(at: int, **fields: Any) -> Callable[[Books], None]:
    return _each(lambda books: books.change(at, **fields), Books.rehash)


def _note(size: int, note: str) -> Callable[[Books], None]:
    return lambda books: books.notes.update({size: note})


def _gone(table: str, key: Any) -> Callable[[Books], None]:
    return lambda books: getattr(books, table).pop(key)


def _moved(books: Books) -> None:
    """An entry leaves a gap, under a number of its own."""
    books.leaves[40] = books.leaves.pop(6)


TAMPERINGS: dict[str, tuple[Callable[[Books], None], str, int]] = {
    "an entry’s time": (_changed(5, time=9), "entry", 5),
    "an entry’s kind": (_changed(5, kind="read"), "entry", 5),
    "an entry’s actor": (_changed(0, actor=b"?" * 16), "entry", 0),
    "an entry’s actor, erased": (_changed(7, actor=b""), "entry", 7),
    "an entry’s case": (_changed(12, case=bytes(16)), "entry", 12),
    "what an entry is about": (_changed(3, about=b""), "entry", 3),
    "an entry’s detail": (_changed(3, detail=b"harmless"), "entry", 3),
    "a second moderator made up": (_changed(3, second=bytes(16)), "entry", 3),
    "an entry, its stored hash left": (lambda books: books.change(5, time=9), "entry", 5),
    "an entry that is none": (lambda books: books.leaves.update({5: b"nothing"}), "entry", 5),
    "a byte behind an entry": (lambda books: books.leaves.update({5: books.leaves[5] + b"\0"}), "entry", 5),
    "the first entry deleted": (_gone("leaves", 0), "entry", 0),
    "an entry deleted": (_gone("leaves", 6), "entry", 6),
    "an entry deleted, the rest renumbered": (_without(6), "entry", 6),
    "the last entry deleted": (_gone("leaves", SIZE - 1), "history", SIZE - 1),
    "an entry moved behind the end": (_moved, "entry", 6),
    "two entries swapped": (_swap, "entry", 3),
    "an entry inserted": (_insert, "entry", 4),
    "an entry appended, unsigned": (_append, "checkpoint", SIZE + 1),
    "an entry below the first one": (lambda books: books.leaves.update({-1: books.leaves[0]}), "entry", 0),
    "a stored hash": (lambda books: books.nodes.update({(0, 4): bytes(32)}), "entry", 4),
    "an inner subtree": (lambda books: books.nodes.update({(2, 1): bytes(32)}), "subtree", 4),
    "a subtree deleted": (_gone("nodes", (3, 0)), "subtree", 0),
    "a subtree too many": (lambda books: books.nodes.update({(1, 6): bytes(32)}), "subtree", 12),
    "a level too many": (lambda books: books.nodes.update({(5, 0): bytes(32)}), "subtree", 5),
    "a level below the leaves": (lambda books: books.nodes.update({(-1, 0): bytes(32)}), "subtree", -1),
    "a checkpoint’s root": (_note(6, AUDITOR.sign(6, bytes(32))), "entry", 5),
    "a checkpoint by another key": (_note(6, STRANGER.sign(6, bytes(32))), "checkpoint", 6),
    "a checkpoint for another size": (lambda books: books.notes.update({6: books.notes[5]}), "checkpoint", 6),
    "a checkpoint of another log": (_note(6, sign_head(TreeHead("pli-audit/x", 6, bytes(32)), KEY)), "checkpoint", 6),
    "a checkpoint that is none": (_note(6, "nothing"), "checkpoint", 6),
    "a checkpoint’s size, its signature left": (
        lambda books: books.notes.update({6: books.notes[6].replace("\n6\n", "\n7\n")}), "checkpoint", 6,
    ),
    "a checkpoint deleted": (_gone("notes", 6), "checkpoint", 6),
    "the last checkpoint deleted": (_gone("notes", SIZE), "checkpoint", SIZE),
    "a checkpoint beyond the end": (_note(SIZE + 1, AUDITOR.sign(SIZE + 1, bytes(32))), "history", SIZE),
    "all entries deleted": (lambda books: books.leaves.clear(), "history", 0),
    "all signed again by another key": (_each(lambda books: books.change(5, time=9), lambda b: b.sign(STRANGER)),
                                        "checkpoint", 1),
}  # fmt: skip
WITH_THE_KEY: dict[str, tuple[Callable[[Books], None], str, int]] = {
    "all cut after an entry": (lambda books: books.cut(6), "history", 6),
    "an entry rewritten, and all signed again": (
        _each(lambda books: books.change(5, time=9), lambda books: books.sign(AUDITOR)), "history", KEPT,
    ),
    "an entry left out, and all signed again": (
        _each(_without(2), lambda books: books.sign(AUDITOR)), "history", KEPT,
    ),
    "two entries swapped, and all signed again": (_each(_swap, lambda books: books.sign(AUDITOR)), "history", KEPT),
    "everything deleted": (lambda books: books.cut(0), "history", 0),
}  # fmt: skip
"""What only an earlier checkpoint tells."""


async def _write(connection: AsyncConnection, books: Books, kind: Kind) -> None:
    """As somebody who owns the database: no trigger stops them."""
    await connection.execute(text("BEGIN"))
    for table in ("audit_leaves", "audit_nodes", "audit_checkpoints"):
        if kind is Kind.SQLITE:
            for act in ("update", "delete"):
                await connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{act}"))
        else:
            await connection.execute(text("SET session_replication_role = replica"))
        await connection.execute(text(f"DELETE FROM {table}"))
    for statement, rows in (
        ("INSERT INTO audit_leaves VALUES (:a, :b)", [{"a": at, "b": leaf} for at, leaf in books.leaves.items()]),
        (
            "INSERT INTO audit_nodes VALUES (:a, :b, :c)",
            [{"a": level, "b": at, "c": hashed} for (level, at), hashed in books.nodes.items()],
        ),
        ("INSERT INTO audit_checkpoints VALUES (:a, :b)", [{"a": size, "b": n} for size, n in books.notes.items()]),
    ):
        if rows:
            await connection.execute(text(statement), rows)
    if kind is Kind.POSTGRESQL:
        await connection.execute(text("SET session_replication_role = DEFAULT"))
    await connection.execute(text("COMMIT"))


def _honest() -> Books:
    books = Books({at: encode_leaf(leaf) for at, leaf in enumerate(LEAVES)}, {}, {})
    books.sign(AUDITOR)
    return books


async def _examined(world: World, *earlier: str) -> Examination:
    return await world.read(lambda tx: examine(tx.audit, origin=AUDITOR.origin, public=AUDITOR.public, earlier=earlier))


def _checks() -> Iterator[tuple[str, Callable[[Books], None], tuple[str, ...], str, int]]:
    kept = _honest().notes[KEPT]
    for name, (tamper, what, at) in TAMPERINGS.items():
        yield name, tamper, (), what, at
    for name, (tamper, what, at) in WITH_THE_KEY.items():
        yield name, tamper, (kept,), what, at


async def test_every_tampering_is_found_where_it_was_done(world: World, migrated_url: str) -> None:
    await world.commit_each(LEAVES, lambda tx, leaf: record(tx, AUDITOR, leaf))
    kept = _honest().notes[KEPT]
    assert await _examined(world, kept, _honest().notes[SIZE]) == Examination(SIZE, ())

    address = parse(migrated_url)
    engine = create_engine(address)
    try:
        for name, tamper, earlier, what, at in _checks():
            books = _honest()
            tamper(books)
            async with engine.connect() as connection:
                await _write(connection, books, address.kind)
            found = (await _examined(world, *earlier)).findings
            assert (what, at) in [(each.what, each.at) for each in found], f"{name}: {found}"
            if earlier:
                assert (await _examined(world)).findings == (), f"{name}: an earlier checkpoint is what it takes"
        async with engine.connect() as connection:
            await _write(connection, _honest(), address.kind)
        assert (await _examined(world, kept)).findings == ()
    finally:
        await engine.dispose()
    assert len(TAMPERINGS) + len(WITH_THE_KEY) > 40


@pytest.mark.parametrize(
    "forged",
    [STRANGER.sign(KEPT, bytes(32)), _honest().notes[KEPT].replace(f"\n{KEPT}\n", "\n8\n"), "nothing", ""],
    ids=["by another key", "its size changed", "no checkpoint", "empty"],
)
async def test_an_earlier_checkpoint_that_was_changed_proves_nothing_and_says_so(world: World, forged: str) -> None:
    await world.commit(lambda tx: record(tx, AUDITOR, LEAVES[0]))
    (found,) = (await _examined(world, forged)).findings
    assert isinstance(found, Finding)
    assert (found.what, found.says.startswith("the earlier checkpoint proves nothing")) == ("history", True)

"""Examining the audit log: what in its tables is not what was signed, and where (SPEC.md section 10.6).

Three books are held against each other: the leaves, the subtrees over them, and the signed checkpoints, one for each
size. Who can write to the database and has not the key cannot make them agree. Who has the key too can: that only an
earlier checkpoint finds, kept where the service cannot write.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final, NamedTuple, TypeVar

from messaging.e2ee import merkle
from messaging.e2ee.audit import parse_leaf
from messaging.e2ee.errors import E2EEError
from messaging.e2ee.tree_head import open_head
from messaging.ports import AuditLog

_PAGE: Final = 1_000
FINDINGS_MAX: Final = 50

V = TypeVar("V")


class Finding(NamedTuple):
    """One thing that is not as it was signed."""

    what: str
    """`entry`, `subtree`, `checkpoint` or `history`."""
    at: int
    """Which entry (its index), or the checkpoint's size."""
    says: str


class Examination(NamedTuple):
    size: int
    """How many entries follow each other from the first one on."""
    findings: tuple[Finding, ...]
    """At most `FINDINGS_MAX`; none: everything agrees."""


async def examine(log: AuditLog, *, origin: str, public: bytes, earlier: Sequence[str] = ()) -> Examination:
    """Reads the whole log. `public` is the pinned key of its checkpoints, `earlier` are checkpoints kept elsewhere."""
    examiner = _Examiner(log, origin, public)
    await examiner.read_leaves()
    await examiner.compare_subtrees()
    await examiner.compare_checkpoints()
    for note in earlier:
        examiner.compare_earlier(note)
    return Examination(examiner.size, tuple(examiner.findings[:FINDINGS_MAX]))


class _Examiner:
    """What is known so far."""

    def __init__(self, log: AuditLog, origin: str, public: bytes) -> None:
        self._log = log
        self._origin = origin
        self._public = public
        self._levels: list[list[bytes]] = [[]]
        """The complete subtrees, as the leaves give them."""
        self._changed: set[int] = set()
        """Entries that are not what their stored hashes say."""
        self.findings: list[Finding] = []

    @property
    def size(self) -> int:
        return len(self._levels[0])

    async def read_leaves(self) -> None:
        expected = 0
        async for position, leaf in _paged(lambda after: self._log.leaves(after + 1, _PAGE), -(2**62)):
            if position != expected:
                self._find("entry", expected, f"missing: entry {position} follows {expected - 1}")
                expected = position
            elif len(self._levels[0]) == position:
                self._levels[0].append(merkle.leaf_hash(leaf))
            self._check_form(position, leaf)
            expected += 1
        while len(self._levels[-1]) > 1:
            below = self._levels[-1]
            self._levels.append([merkle.node_hash(*below[at : at + 2]) for at in range(0, len(below) - 1, 2)])

    async def compare_subtrees(self) -> None:
        for level in range(len(self._levels) if self.size else 0):
            await self._compare_level(level, self._levels[level])
        for level in await self._log.levels():
            if not 0 <= level < len(self._levels):
                self._find("subtree", level, f"level {level} has subtrees, and no such level exists")

    async def compare_checkpoints(self) -> None:
        expected, agrees = 1, True
        async for size, note in _paged(lambda after: self._log.checkpoints(after, _PAGE), -(2**62)):
            if size != expected:
                self._find("checkpoint", expected, f"missing: the one of size {size} follows {expected - 1}")
            expected = size + 1
            agrees = self._compare_checkpoint(size, note, agrees)
        for size in range(expected, self.size + 1):
            self._find("checkpoint", size, "missing: nobody signed the log at this size")

    def compare_earlier(self, note: str) -> None:
        try:
            head = open_head(note, self._origin, self._public)
        except E2EEError as error:
            self._find("history", 0, f"the earlier checkpoint proves nothing: {error}")
            return
        if head.size > self.size:
            self._find("history", self.size, f"the log had {head.size} entries, and has {self.size}: it was cut")
        elif self._root(head.size) != head.root:
            self._find("history", head.size, f"the first {head.size} entries are not those that were signed then")

    async def _compare_level(self, level: int, known: list[bytes]) -> None:
        stored = {at: hashed async for at, hashed in _paged(lambda after: self._log.nodes(level, after + 1, _PAGE), -1)}
        for at, hashed in enumerate(known):
            if stored.pop(at, None) == hashed:
                continue
            if level == 0:
                self._changed.add(at)
                self._find("entry", at, "changed: it is not what its stored hash says")
            elif not any(each >> level == at for each in self._changed):
                self._find("subtree", at << level, f"the subtree of level {level} is not that of its entries")
        for at in sorted(stored):
            self._find("subtree", at << level, f"a subtree of level {level} stands where no entries are")

    def _compare_checkpoint(self, size: int, note: str, agrees: bool) -> bool:
        """Whether all so far agree: after the first that does not, no later one can."""
        try:
            head = open_head(note, self._origin, self._public)
        except E2EEError as error:
            self._find("checkpoint", size, f"not signed by the service: {error}")
            return agrees
        if head.size != size:
            self._find("checkpoint", size, f"stands for another size: it signs {head.size}")
        elif size > self.size:
            self._find("history", self.size, f"size {size} was signed, and the log has {self.size} entries: it was cut")
        elif agrees and head.root != self._root(size):
            self._find("entry", size - 1, f"among the first {size} entries one is not what was signed")
            return False
        return agrees

    def _check_form(self, position: int, leaf: bytes) -> None:
        try:
            parse_leaf(leaf)
        except E2EEError as error:
            self._find("entry", position, f"no entry of this log: {error}")

    def _root(self, size: int) -> bytes:
        return merkle.join((0, size), lambda node: self._levels[node[0]][node[1]])

    def _find(self, what: str, at: int, says: str) -> None:
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(Finding(what, at, says))


async def _paged(page: Callable[[int], Awaitable[list[tuple[int, V]]]], start: int) -> AsyncIterator[tuple[int, V]]:
    """All rows, page by page, each page after the last row's number."""
    after = start
    while rows := await page(after):
        for row in rows:
            yield row
        after = rows[-1][0]

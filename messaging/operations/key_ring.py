"""`pli keys`: which column keys there are, one more of them, and the rotation to a new one while the service runs.

The order of the steps and why it is safe: `messaging.store.resealing`. What this module adds is the ring itself: where
it is a file, it is rewritten here; where it is in the environment, the operator is told what to write there.
"""

import asyncio
import fcntl
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from msgspec import Struct

from messaging.operations.operation import Nothing, Operation, OperationFailed, Workplace
from messaging.store import KeyRing
from messaging.store.keyring import KEY_ID_MAX
from messaging.store.resealing import Resealing
from messaging.store.sealing import Column

_ROUNDS_MAX: Final = 10
"""Rounds over a column before it is said that somebody holds its rows."""
_BETWEEN_PAGES_S: Final = 0.002
_BETWEEN_ROUNDS_S: Final = 0.5


class KeyUse(Struct):
    """One column key, and how many values of each sealed column are under it."""

    key: int
    state: str
    """`in use`, `next` (for the next rotation), `old` (to be dropped), `lost` (values name it, the ring lacks it)."""
    values: dict[str, int]
    """By `table.column`; columns without any are left out."""


class KeyUses(Struct):
    keys: list[KeyUse]


class Added(Struct):
    key: int
    ring: str
    """What PLI_KEY_RING must be; empty where the ring is a file, which was rewritten."""


class Rotated(Struct):
    key: int
    """In use now."""
    resealed: int
    dropped: list[int]
    """Keys that the ring held and that nothing is sealed under any more."""
    ring: str
    """What PLI_KEY_RING may be now, without them; empty where the ring is a file, which was rewritten."""


def following(key_id: int) -> int:
    """The id of the key after this one: 1 to 255, and 1 again."""
    return key_id % KEY_ID_MAX + 1


async def _list(at: Workplace, _: Nothing) -> KeyUses:
    resealing = at.store.resealing()
    in_use = await resealing.key_in_use()
    values: dict[int, dict[str, int]] = {key_id: {} for key_id in at.store.ring.keys}
    for column in Column:
        for key_id, count in (await resealing.count(column)).items():
            values.setdefault(key_id, {})[".".join(column.value)] = count
    ring = at.store.ring
    return KeyUses([KeyUse(key_id, _state(key_id, in_use, ring), values[key_id]) for key_id in sorted(values)])


def _state(key_id: int, in_use: int, ring: KeyRing) -> str:
    if key_id not in ring.keys:
        return "lost"
    if key_id == in_use:
        return "in use"
    return "next" if key_id == following(in_use) else "old"


async def _add(at: Workplace, _: Nothing) -> Added:
    in_use = await at.store.resealing().key_in_use()
    with _Ring.locked(at) as ring:
        key_id = following(in_use)
        if key_id not in ring.now.keys:
            ring.write(ring.now.with_key(key_id, at.entropy))
        return Added(key_id, ring.text())


async def _rotate(at: Workplace, _: Nothing) -> Rotated:
    resealing = at.store.resealing()
    in_use = await resealing.key_in_use()
    with _Ring.locked(at) as ring:
        old = set(ring.now.keys) - {in_use, following(in_use)}
        if old:
            at.say(f"A rotation to key {in_use} was begun and not ended: going on with it.")
        else:
            in_use = await _switch(at, ring, resealing, in_use)
            old = set(ring.now.keys) - {in_use, following(in_use)}
        resealed = await _reseal_all(at, resealing, in_use)
        left = ring.now.only(set(ring.now.keys) - old, in_use)
        if left != ring.now:
            ring.write(left)
        return Rotated(in_use, resealed, sorted(old), ring.text())


async def _switch(at: Workplace, ring: "_Ring", resealing: Resealing, in_use: int) -> int:
    """Puts the next key in use, making it if nobody prepared it. Raises: OperationFailed, BadKeyRing."""
    key_id = following(in_use)
    if key_id not in ring.now.keys:
        if ring.path is None:
            raise OperationFailed(
                "The key ring is in the environment (PLI_KEY_RING) and has no next key. Run `pli keys add`, write what "
                "it prints into PLI_KEY_RING of every process, restart them, and run this again."
            )
        ring.write(ring.now.with_key(key_id, at.entropy))
    await resealing.use(key_id, instead_of=in_use)
    at.say(f"Key {key_id} is in use; what is sealed under others is sealed again.")
    return key_id


async def _reseal_all(at: Workplace, resealing: Resealing, key_id: int) -> int:
    """How many values were sealed again. Raises: OperationFailed, when some are left under other keys."""
    total = 0
    for column in Column:
        resealed = await _reseal(resealing, column, key_id)
        if resealed:
            at.say(f"{'.'.join(column.value)}: {resealed} sealed again")
        total += resealed
    return total


async def _reseal(resealing: Resealing, column: Column, key_id: int) -> int:
    resealed = 0
    for _ in range(_ROUNDS_MAX):
        unreadable, after = 0, None
        while True:
            page = await resealing.page(column, key_id, after)
            resealed, unreadable, after = resealed + page.resealed, unreadable + page.unreadable, page.last
            if after is None:
                break
            await asyncio.sleep(_BETWEEN_PAGES_S)
        left = Counter(await resealing.count(column))
        del left[key_id]
        if not left:
            return resealed
        if unreadable:
            raise OperationFailed(_unreadable(column, unreadable))
        await asyncio.sleep(_BETWEEN_ROUNDS_S)
    raise OperationFailed(
        f"{sum(left.values())} values of {'.'.join(column.value)} are held by others and stay under their old keys, "
        "which are kept. Run it again later."
    )


def _unreadable(column: Column, count: int) -> str:
    return (
        f"{count} values of {'.'.join(column.value)} do not open under any key of the ring: they were changed in the "
        "database, or their key is lost. All others were sealed again; no key was dropped. Restore the ring that they "
        "were sealed under, and run it again."
    )


@dataclass(slots=True)
class _Ring:
    """The ring as this command changes it, alone."""

    at: Workplace
    now: KeyRing
    path: Path | None
    """None: it is in the environment, and only shown."""

    @classmethod
    @contextmanager
    def locked(cls, at: Workplace) -> Iterator["_Ring"]:
        """Of two commands on one host one goes first; of two hosts one is refused by the database.

        Raises: OperationFailed, BadKeyRing.
        """
        file = at.store.ring_file
        if file is None:
            yield cls(at, at.store.ring, None)
            return
        with _alone(file.path):
            ring = KeyRing.from_file(file.path)
            at.store.adopt_ring(ring)
            yield cls(at, ring, file.path)

    def write(self, ring: KeyRing) -> None:
        """First on the disk, then in this process."""
        if self.path is not None:
            ring.replace_file(self.path)
            self.at.store.adopt_ring(ring)
        self.now = ring

    def text(self) -> str:
        return "" if self.path is not None else self.now.to_json().decode()


@contextmanager
def _alone(ring: Path) -> Iterator[None]:
    """Holds a lock beside the ring. Raises: OperationFailed."""
    lock = ring.with_name(ring.name + ".lock")
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise OperationFailed(f"{lock} cannot be written: {error.strerror}. Check the folder and its owner.") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise OperationFailed("Another command changes the key ring. Wait until it has ended.") from None
    try:
        yield
    finally:
        os.close(descriptor)


LIST: Final = Operation("keys.list", Nothing, KeyUses, _list)
ADD: Final = Operation("keys.add", Nothing, Added, _add)
ROTATE: Final = Operation("keys.rotate", Nothing, Rotated, _rotate)

OPERATIONS: Final = (LIST, ADD, ROTATE)

"""The audit log on both stores: acts and their leaves commit together, and each is proven."""

import asyncio
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from messaging.domain.errors import NotFound
from messaging.e2ee.audit import AuditLeaf, verify_consistency, verify_inclusion
from messaging.e2ee.suite import SigningKey
from messaging.e2ee.tree_head import TreeHead, open_head
from messaging.moderation.audit import Auditor, Recorded, proven, record
from messaging.ports import Transaction
from messaging.store.address import parse
from messaging.store.engine import create_engine
from tests.contracts.store.world import World

AUDITOR = Auditor(bytes(16), SigningKey(b"\7" * 32))


def head_of(recorded: Recorded) -> TreeHead:
    return open_head(recorded.checkpoint, AUDITOR.origin, AUDITOR.public)


async def append(tx: Transaction, number: int) -> Recorded:
    return await record(tx, AUDITOR, AuditLeaf(1_000 + number, "opened", case=number.to_bytes(16, "big")))


async def consistency(size: int, later_size: int, tx: Transaction) -> bytes:
    return await tx.audit.consistency(size, later_size)


async def path(position: int, size: int, tx: Transaction) -> bytes:
    return await tx.audit.path(position, size)


async def put_certificate(g: int, not_after: int, certificate: bytes, tx: Transaction) -> bool:
    return await tx.moderation_keys.put(g, not_after, certificate, 1)


async def test_each_act_is_proven_and_each_log_begins_with_the_one_before(world: World) -> None:
    made = await world.commit_each(range(20), append)

    for number, recorded in enumerate(made):
        head = head_of(recorded)
        assert (recorded.position, head.size) == (number, number + 1)
        leaf = verify_inclusion(recorded.leaf, recorded.position, recorded.path, head)
        assert leaf.case == number.to_bytes(16, "big")
        for later in made[number:]:
            proof = await world.read(partial(consistency, head.size, later.position + 1))
            verify_consistency(head, head_of(later), proof)
        now = await world.read(partial(proven, position=number))
        assert now is not None
        assert verify_inclusion(now.leaf, number, now.path, head_of(now)) == leaf
        assert head_of(now).size == 20
    assert await world.read(lambda tx: proven(tx, 20)) is None


async def test_an_act_that_does_not_commit_leaves_no_leaf(world: World) -> None:
    async def fail(tx: Transaction) -> None:
        await append(tx, 1)
        raise RuntimeError("the release failed")

    await world.commit(lambda tx: append(tx, 0))
    with pytest.raises(RuntimeError, match="the release failed"):
        await world.commit(fail)

    assert [at for at, _ in await world.read(lambda tx: tx.audit.leaves(0, 10))] == [0]
    assert await world.read(lambda tx: tx.audit.checkpoint()) is not None
    assert (await world.commit(lambda tx: append(tx, 1))).position == 1


@pytest.mark.slow
async def test_who_appends_at_once_appends_one_after_the_other(world: World) -> None:
    async def act(tx: Transaction, number: int) -> Recorded:
        await tx.audit.checkpoint()
        await asyncio.sleep(0.001)
        first = await append(tx, number)
        await append(tx, number + 100)
        return first

    made = await world.race(range(12), act)

    assert sorted(each.position for each in made if isinstance(each, Recorded)) == list(range(0, 24, 2))
    leaves = await world.read(lambda tx: tx.audit.leaves(0, 100))
    assert [at for at, _ in leaves] == list(range(24))
    for each in made:
        assert isinstance(each, Recorded)
        verify_inclusion(each.leaf, each.position, each.path, head_of(each))


async def test_an_empty_log_has_nothing_to_prove(world: World) -> None:
    assert await world.read(lambda tx: tx.audit.checkpoint()) is None
    assert await world.read(lambda tx: proven(tx, 0)) is None
    for size, later in ((1, 1), (0, 1), (1, 0), (-1, 0)):
        with pytest.raises(NotFound):
            await world.read(partial(path, size - 1, later))
    with pytest.raises(NotFound):
        await world.read(lambda tx: tx.audit.consistency(1, 2))


@pytest.mark.parametrize("table", ["audit_leaves", "audit_nodes", "audit_checkpoints"])
async def test_the_log_only_grows(world: World, migrated_url: str, table: str) -> None:
    await world.commit(lambda tx: append(tx, 0))
    engine = create_engine(parse(migrated_url))
    try:
        for act in (f"DELETE FROM {table}", f"UPDATE {table} SET {'note' if 'check' in table else 'position'} = '1'"):
            with pytest.raises(DBAPIError, match="only grows"):
                async with engine.connect() as connection:
                    await connection.execute(text(act))
    finally:
        await engine.dispose()


async def test_certificates_of_moderation_keys(world: World) -> None:
    assert await world.read(lambda tx: tx.moderation_keys.newest()) is None
    for g, not_after, certificate in ((0, 50, b"a"), (1, 90, b"b"), (1, 80, b"c"), (0, 99, b"d")):
        assert await world.commit(partial(put_certificate, g, not_after, certificate))
    assert not await world.commit(lambda tx: tx.moderation_keys.put(1, 90, b"e", 2))

    assert await world.read(lambda tx: tx.moderation_keys.newest()) == b"b"
    assert await world.read(lambda tx: tx.moderation_keys.all()) == [b"a", b"d", b"c", b"b"]

"""Contract of Targets: registration, prekeys, claims."""

import asyncio
from collections.abc import Awaitable

import pytest

from messaging.domain.errors import Conflict, NotFound
from messaging.domain.ids import MailboxId, TargetId
from messaging.ports import ClaimRow, TargetRow
from messaging.wire.rest import Dimensions
from tests.contracts.store.world import World, of_mailbox, of_target


async def test_a_target_is_registered_once_and_updated_under_its_reference(world: World) -> None:
    mailbox = await world.mailbox()
    new, dimensions = TargetId(world.raw()), Dimensions(profession_group="santé")

    first = await world.commit(lambda tx: tx.targets.put("listing:1", new, mailbox, None))
    again = await world.commit(lambda tx: tx.targets.put("listing:1", TargetId(world.raw()), mailbox, dimensions))

    assert first == again == new
    assert await world.read(lambda tx: tx.targets.get(new)) == TargetRow(new, mailbox, dimensions)
    assert await world.read(lambda tx: tx.targets.get(TargetId(world.raw()))) is None


async def test_a_reference_stays_with_its_mailbox(world: World) -> None:
    mailbox, other = await world.mailbox(), await world.mailbox()
    target = await world.commit(lambda tx: tx.targets.put("listing:1", TargetId(world.raw()), mailbox, None))

    with pytest.raises(Conflict):
        await world.commit(lambda tx: tx.targets.put("listing:1", TargetId(world.raw()), other, None))

    assert await world.read(lambda tx: tx.targets.get(target)) == TargetRow(target, mailbox, None)


async def test_a_mailbox_and_a_target_may_have_the_same_reference(world: World) -> None:
    mailbox = await world.mailbox("insee:22999")

    target = await world.commit(lambda tx: tx.targets.put("insee:22999", TargetId(world.raw()), mailbox, None))

    assert await world.read(lambda tx: tx.targets.get(target)) is not None


async def test_owned_targets_are_listed_with_what_is_left_and_the_next_index(world: World) -> None:
    mailbox, claimant = await world.mailbox(), await world.mailbox()
    empty, stocked = await world.target(mailbox), await world.target(mailbox, prekeys=5)
    await world.target(claimant, prekeys=2)
    await _claim(world, claimant, stocked)

    owned = await world.read(lambda tx: tx.targets.owned(of_mailbox(mailbox)))

    assert owned == sorted([(empty, 0, 0), (stocked, 4, 5)])
    assert await world.read(lambda tx: tx.targets.available(stocked)) == 4
    assert await world.read(lambda tx: tx.targets.owned(of_mailbox(MailboxId(world.raw())))) == []


async def test_an_index_is_never_used_again_not_even_after_its_claim(world: World) -> None:
    mailbox, claimant = await world.mailbox(), await world.mailbox()
    target = await world.target(mailbox, prekeys=2)
    await _claim(world, claimant, target)
    grant = of_target(mailbox, target)

    for batch in ([0], [2, 1], [3, 3]):
        prekeys = [world.prekey(index) for index in batch]
        async with world.store.transaction() as tx:
            with pytest.raises(Conflict):
                await tx.targets.publish(grant, prekeys)

    assert await world.read(lambda tx: tx.targets.owned(of_mailbox(mailbox))) == [(target, 1, 2)]


async def test_new_prekeys_take_the_place_of_all_that_nobody_claimed(world: World) -> None:
    mailbox, claimant = await world.mailbox(), await world.mailbox()
    named, unnamed = await world.target(mailbox, prekeys=3), await world.target(mailbox, prekeys=3)
    foreign = await world.target(claimant, prekeys=2)
    claimed = await _claim(world, claimant, named)
    assert claimed is not None
    fresh = [world.prekey(index) for index in (7, 8)]

    await world.commit(lambda tx: tx.targets.replace(of_mailbox(mailbox), {named: fresh}))

    owned = await world.read(lambda tx: tx.targets.owned(of_mailbox(mailbox)))
    assert {target: available for target, available, _ in owned} == {named: 2, unnamed: 0}
    assert await world.read(lambda tx: tx.targets.available(foreign)) == 2
    kept = await world.commit(lambda tx: tx.targets.lock_claim(of_mailbox(claimant), claimed.claim))
    assert kept == claimed
    got = await _claim(world, claimant, named)
    assert got is not None
    assert (got.index, got.pk_sign) == (7, fresh[0].pk_sign)


async def test_nobody_replaces_the_prekeys_of_somebody_else(world: World) -> None:
    mailbox, other = await world.mailbox(), await world.mailbox()
    own, foreign = await world.target(mailbox, prekeys=2), await world.target(other, prekeys=2)

    with pytest.raises(NotFound):
        await world.commit(lambda tx: tx.targets.replace(of_mailbox(mailbox), {foreign: [world.prekey(9)]}))

    assert await world.read(lambda tx: tx.targets.available(own)) == 2
    assert await world.read(lambda tx: tx.targets.available(foreign)) == 2


async def test_of_concurrent_publications_of_one_index_one_is_taken(world: World) -> None:
    mailbox = await world.mailbox()
    target = await world.target(mailbox)
    batches = [[world.prekey(0), world.prekey(1)] for _ in range(6)]

    got = await world.race(batches, lambda tx, batch: tx.targets.publish(of_target(mailbox, target), batch))

    assert [type(g) for g in got].count(Conflict) == 5
    claim = await _claim(world, await world.mailbox(), target)
    assert claim is not None
    assert claim.pk_kem == batches[got.index(None)][0].pk_kem


async def test_a_claim_gets_the_lowest_free_prekey_as_it_was_published(world: World) -> None:
    mailbox, claimant = await world.mailbox(), await world.mailbox()
    target = await world.target(mailbox)
    prekeys = [world.prekey(index) for index in (7, 3, 5)]
    await world.commit(lambda tx: tx.targets.publish(of_target(mailbox, target), prekeys))

    claims = [await _claim(world, claimant, target, now) for now in (10, 20, 30, 40)]

    assert [c and c.index for c in claims] == [3, 5, 7, None]
    first, lowest = claims[0], prekeys[1]
    assert first is not None
    keys = (lowest.pk_sign, lowest.pk_kem, lowest.own)
    assert first == ClaimRow(first.claim, target, claimant, 3, *keys, claimed_at=10, opened=False)


async def test_each_prekey_is_handed_out_once_under_twenty_claimers(world: World) -> None:
    mailbox = await world.mailbox()
    target = await world.target(mailbox, prekeys=50)
    claimants = [await world.mailbox() for _ in range(20)]

    got = await asyncio.gather(*(_claim(world, claimants[n % 20], target) for n in range(60)))

    indices = [claim.index for claim in got if claim is not None]
    assert len(indices) == len(set(indices)) == 50 - await world.read(lambda tx: tx.targets.available(target))
    # Who passed over a prekey that another was claiming may have found none: a later try gets what is left.
    while (late := await _claim(world, claimants[0], target)) is not None:
        indices.append(late.index)
    assert sorted(indices) == list(range(50))


async def test_a_claim_that_is_rolled_back_frees_its_prekey(world: World) -> None:
    claimant = await world.mailbox()
    target = await world.target(await world.mailbox(), prekeys=1)

    with pytest.raises(ZeroDivisionError):
        async with world.store.transaction() as tx:
            assert await tx.targets.claim(of_mailbox(claimant), target, world.raw(), 1) is not None
            raise ZeroDivisionError

    assert await _claim(world, claimant, target) is not None


async def test_claims_are_counted_by_claimant_target_and_time(world: World) -> None:
    one, two = await world.mailbox(), await world.mailbox()
    targets = [await world.target(await world.mailbox(), prekeys=3) for _ in range(2)]
    for claimant, target, now in ((one, 0, 10), (one, 1, 20), (one, 0, 30), (two, 0, 30)):
        await _claim(world, claimant, targets[target], now)

    counts = await world.commit_each((0, 20, 21, 31), lambda tx, since: tx.targets.claims_since(one, since))

    first, second = targets
    assert counts == [{first: 2, second: 1}, {first: 1, second: 1}, {first: 1}, {}]


async def test_only_its_claimant_finds_and_closes_a_claim_once(world: World) -> None:
    claimant, other = await world.mailbox(), await world.mailbox()
    target = await world.target(await world.mailbox(), prekeys=1)
    made = await _claim(world, claimant, target)
    assert made is not None
    claim, thread = made.claim, world.thread_id()

    assert await world.commit(lambda tx: tx.targets.lock_claim(of_mailbox(other), claim)) is None
    assert await world.commit(lambda tx: tx.targets.lock_claim(of_mailbox(claimant), world.raw())) is None
    assert await world.commit(lambda tx: tx.targets.lock_claim(of_mailbox(claimant), claim)) == made

    with pytest.raises(Conflict):
        await world.commit(lambda tx: tx.targets.close_claim(of_mailbox(other), claim, thread))
    await world.commit(lambda tx: tx.targets.close_claim(of_mailbox(claimant), claim, thread))
    with pytest.raises(Conflict):
        await world.commit(lambda tx: tx.targets.close_claim(of_mailbox(claimant), claim, thread))

    closed = await world.commit(lambda tx: tx.targets.lock_claim(of_mailbox(claimant), claim))
    assert closed is not None
    assert closed.opened


async def _claim(world: World, claimant: MailboxId, target: TargetId, now: int = 1) -> ClaimRow | None:
    claim = world.raw()
    return await world.commit(lambda tx: tx.targets.claim(of_mailbox(claimant), target, claim, now))


async def test_that_a_target_is_wanted_is_noted_once_a_while(world: World) -> None:
    target = await world.target(await world.mailbox())

    def noted(now: int, not_since: int, about: TargetId = target) -> Awaitable[int | None]:
        return world.commit(lambda tx: tx.targets.note_wanted(about, now, not_since))

    assert await noted(1_000, 900) == 0
    assert await noted(1_500, 999) is None
    assert await noted(2_000, 1_000) == 1
    assert await noted(2_000, 1_000, TargetId(world.raw())) is None


async def test_of_concurrent_notes_one_gets_the_number(world: World) -> None:
    target = await world.target(await world.mailbox())

    got = await world.race(range(6), lambda tx, _: tx.targets.note_wanted(target, 1_000, 0))

    assert sorted(got, key=str) == [0, *[None] * 5]

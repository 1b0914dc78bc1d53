"""Contract of Accounts, Tickets and Vaults."""

import asyncio
import hashlib

from messaging.domain.ids import AccountId, MailboxId
from messaging.domain.vocabulary import MailboxKind, Role
from messaging.ports import SeatClaim, Ticket
from messaging.wire.rest import VaultBody, VaultWrap
from tests.contracts.store.world import World, of_account

ISSUER = "https://platform.example"


async def test_an_account_is_made_once_and_found_again(world: World) -> None:
    first = await world.commit(lambda tx: tx.accounts.ensure(ISSUER, "mado", AccountId(world.raw())))
    again = await world.commit(lambda tx: tx.accounts.ensure(ISSUER, "mado", AccountId(world.raw())))
    other_issuer = await world.commit(lambda tx: tx.accounts.ensure("https://other", "mado", AccountId(world.raw())))

    assert first == again != other_issuer
    assert await world.read(lambda tx: tx.accounts.find(ISSUER, "mado")) == first
    assert await world.read(lambda tx: tx.accounts.find(ISSUER, "nobody")) is None


async def test_concurrent_first_uses_agree_on_one_account(world: World) -> None:
    ids = [AccountId(world.raw()) for _ in range(20)]

    got = await world.race(ids, lambda tx, new: tx.accounts.ensure(ISSUER, "mado", new))

    assert len(set(got)) == 1
    assert got[0] in ids


async def test_a_revocation_stands_ends_tickets_and_never_goes_back(world: World) -> None:
    account, other = await world.account(), await world.account()
    assert await world.read(lambda tx: tx.accounts.revoked_at(account)) == 0
    await world.commit(lambda tx: tx.tickets.put(b"1" * 32, _ticket(account), 9_000))
    await world.commit(lambda tx: tx.tickets.put(b"2" * 32, _ticket(other), 9_000))

    await world.commit(lambda tx: tx.accounts.revoke(account, 500))
    await world.commit(lambda tx: tx.accounts.revoke(account, 400))

    assert await world.read(lambda tx: tx.accounts.revoked_at(account)) == 500
    assert await world.read(lambda tx: tx.accounts.revoked_at(other)) == 0
    assert await world.commit(lambda tx: tx.tickets.take(b"1" * 32, 1)) is None
    assert await world.commit(lambda tx: tx.tickets.take(b"2" * 32, 1)) == _ticket(other)


async def test_a_ticket_issued_while_a_revocation_waits_is_void_too(world: World) -> None:
    account = await world.account()
    looked, revoking = asyncio.Event(), asyncio.Event()

    async def issue() -> None:
        async with world.store.transaction() as tx:
            assert await tx.accounts.revoked_at(account) == 0
            looked.set()
            await revoking.wait()
            await asyncio.sleep(0.05)
            await tx.tickets.put(b"1" * 32, _ticket(account), 9_000)

    async def revoke() -> None:
        await looked.wait()
        revoking.set()
        await world.commit(lambda tx: tx.accounts.revoke(account, 500))

    await asyncio.gather(issue(), revoke())

    assert await world.commit(lambda tx: tx.tickets.take(b"1" * 32, 1)) is None


async def test_a_ticket_comes_back_whole_and_once(world: World) -> None:
    account = await world.account()
    claim = SeatClaim(MailboxId(world.raw()), MailboxKind.PROJECT, Role.HOLDER, True)
    ticket = Ticket(account, 77_000, (claim,))
    digest = hashlib.sha256(b"secret").digest()
    await world.commit(lambda tx: tx.tickets.put(digest, ticket, 60_000))

    assert await world.commit(lambda tx: tx.tickets.take(digest, 59_999)) == ticket
    assert await world.commit(lambda tx: tx.tickets.take(digest, 59_999)) is None
    assert await world.commit(lambda tx: tx.tickets.take(b"unknown".ljust(32), 1)) is None


async def test_of_two_who_use_one_ticket_one_gets_it(world: World) -> None:
    account = await world.account()
    for n in range(10):
        digest = bytes([n]) * 32
        await world.commit_each([digest], lambda tx, d: tx.tickets.put(d, _ticket(account), 60_000))

        got = await world.race([digest] * 4, lambda tx, d: tx.tickets.take(d, 1))

        assert [t for t in got if t is not None] == [_ticket(account)]


async def test_an_expired_ticket_is_worth_nothing_and_is_cleared_away(world: World) -> None:
    account = await world.account()
    await world.commit(lambda tx: tx.tickets.put(b"1" * 32, _ticket(account), 100))
    await world.commit(lambda tx: tx.tickets.put(b"2" * 32, _ticket(account), 100))
    await world.commit(lambda tx: tx.tickets.put(b"3" * 32, _ticket(account), 101))

    assert await world.commit(lambda tx: tx.tickets.take(b"1" * 32, 100)) is None

    # The clock goes back: what was cleared away stays away.
    assert await world.commit(lambda tx: tx.tickets.take(b"2" * 32, 1)) is None
    assert await world.commit(lambda tx: tx.tickets.take(b"3" * 32, 1)) is not None


async def test_a_vault_moves_one_version_at_a_time(world: World) -> None:
    mine, other = of_account(await world.account()), of_account(await world.account())

    assert await world.read(lambda tx: tx.vaults.get(mine)) is None
    assert not await world.commit(lambda tx: tx.vaults.put(mine, _vault(2)))
    assert await world.commit(lambda tx: tx.vaults.put(mine, _vault(1)))
    assert not await world.commit(lambda tx: tx.vaults.put(mine, _vault(1)))
    assert not await world.commit(lambda tx: tx.vaults.put(mine, _vault(3)))
    assert await world.commit(lambda tx: tx.vaults.put(mine, _vault(2)))

    assert await world.read(lambda tx: tx.vaults.get(mine)) == _vault(2)
    assert await world.read(lambda tx: tx.vaults.get(other)) is None


async def test_of_devices_that_write_the_same_version_one_wins(world: World) -> None:
    grant = of_account(await world.account())
    for version in (1, 2, 3):
        bodies = [_vault(version, world.raw(40)) for _ in range(8)]

        won = await world.race(bodies, lambda tx, body: tx.vaults.put(grant, body))

        assert won.count(True) == 1
        assert await world.read(lambda tx: tx.vaults.get(grant)) == bodies[won.index(True)]


def _ticket(account: AccountId) -> Ticket:
    return Ticket(account, 77_000, ())


def _vault(version: int, blob: bytes = b"sealed") -> VaultBody:
    return VaultBody(
        version, blob * version, [VaultWrap("device", b"i" * 16, b"wrapped"), VaultWrap("recovery", b"j" * 16, b"")]
    )

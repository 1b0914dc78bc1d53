"""Contract of PlatformKeys, Answers, Erasing and Retiring, and of what Accounts, Mailboxes and Seats do for them."""

import pytest

from messaging.domain import limits
from messaging.domain.authorization import Grant, Operation
from messaging.domain.errors import TooMany
from messaging.domain.ids import AccountId, KeyId, MailboxId
from messaging.domain.retention import Category
from messaging.domain.scope import EVERY_SCOPE, Scope
from messaging.domain.seat import SeatState
from messaging.domain.vocabulary import MailboxKind
from messaging.ports import KeptAnswer, PlatformKeyRow
from messaging.wire.types import Presentation
from tests.contracts.store.world import DIMENSIONS, World, of_account, of_mailbox

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
CALLER, KEY, REQUEST = b"c" * 32, b"k" * 32, b"r" * 32


def key_row(world: World, at: int, scopes: frozenset[Scope] = EVERY_SCOPE) -> PlatformKeyRow:
    return PlatformKeyRow(KeyId(world.raw()), world.raw(32), f"key {at}", scopes, at, None)


async def test_keys_come_back_as_they_were_put_and_end_once(world: World) -> None:
    rows = [key_row(world, 2, frozenset({Scope.EXPORT})), key_row(world, 1)]
    await world.commit_each(rows, lambda tx, row: tx.platform_keys.put(row))
    assert await world.read(lambda tx: tx.platform_keys.all()) == rows[::-1]
    assert await world.read(lambda tx: tx.platform_keys.get(rows[0].key)) == rows[0]
    assert await world.read(lambda tx: tx.platform_keys.get(KeyId(world.raw()))) is None
    ended = await world.commit_each([7, 8], lambda tx, at: tx.platform_keys.revoke(rows[0].key, at))
    assert ended == [True, False]
    got = await world.read(lambda tx: tx.platform_keys.get(rows[0].key))
    assert got is not None
    assert got.revoked_at == 7


async def test_an_answer_is_kept_for_a_day(world: World) -> None:
    assert await world.commit(lambda tx: tx.answers.begin(CALLER, KEY, REQUEST, 1)) is None
    await world.commit(lambda tx: tx.answers.finish(CALLER, KEY, 200, b"body"))
    for now in (2, limits.idempotency_h * HOUR_MS):
        got = await world.commit(lambda tx, now=now: tx.answers.begin(CALLER, KEY, REQUEST, now))  # type: ignore[misc]
        assert got == KeptAnswer(REQUEST, 200, b"body")
    assert await world.commit(lambda tx: tx.answers.begin(CALLER, KEY, REQUEST, DAY_MS + 1)) is None


async def test_what_began_in_a_transaction_of_its_own_is_not_finished(world: World) -> None:
    assert await world.commit(lambda tx: tx.answers.begin(CALLER, KEY, REQUEST, 1)) is None
    begun = await world.commit(lambda tx: tx.answers.begin(CALLER, KEY, REQUEST, 2))
    assert begun == KeptAnswer(REQUEST, 0, b"")
    assert begun is not None
    assert not begun.finished
    await world.commit(lambda tx: tx.answers.finish(CALLER, KEY, 204, b""))
    assert await world.commit(lambda tx: tx.answers.begin(CALLER, KEY, REQUEST, 3)) == KeptAnswer(REQUEST, 204, b"")


async def test_of_many_at_once_one_begins(world: World) -> None:
    async def work(tx: object, body: bytes) -> KeptAnswer | None:
        kept: KeptAnswer | None = await tx.answers.begin(CALLER, KEY, REQUEST, 1)  # type: ignore[attr-defined]
        if kept is None:
            await tx.answers.finish(CALLER, KEY, 200, body)  # type: ignore[attr-defined]
        return kept

    bodies = [b"%d" % number for number in range(8)]
    got = await world.race(bodies, work)
    winner = bodies[got.index(None)]
    assert [each for each in got if each is not None] == [KeptAnswer(REQUEST, 200, winner)] * 7


async def test_a_caller_has_so_much_room(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "idempotency_answers_max", 1)
    keys = [world.raw(32) for _ in range(2)]
    assert await world.commit(lambda tx: tx.answers.begin(CALLER, keys[0], REQUEST, 1)) is None
    with pytest.raises(TooMany):
        await world.commit(lambda tx: tx.answers.begin(CALLER, keys[1], REQUEST, 1))
    assert await world.commit(lambda tx: tx.answers.begin(b"d" * 32, keys[1], REQUEST, 1)) is None


async def test_parties_are_counted_up_to_a_bound_and_by_kind(world: World) -> None:
    shown, other = Presentation("Commune", "Bretagne"), Presentation("Commune", "Finistère")

    async def put(kind: MailboxKind, *alternatives: Presentation) -> bytes:
        new = world.raw()
        first, *coarser = alternatives
        return await world.commit(
            lambda tx: tx.mailboxes.put(new.hex(), MailboxId(new), kind, first, DIMENSIONS, coarser=coarser)
        )

    own = await put(MailboxKind.TERRITORY, other, shown, other)
    for _ in range(3):
        await put(MailboxKind.TERRITORY, shown, shown)
    await put(MailboxKind.PROJECT, shown)
    for most, expected in ((2, 2), (4, 4), (9, 4)):
        got = await world.read(lambda tx, most=most: tx.mailboxes.alternatives([own], most))  # type: ignore[misc]
        assert got == {own: [(other, 1), (shown, expected)]}


async def test_a_departed_seat_is_listed_and_acts_no_more(world: World) -> None:
    mailbox = await world.mailbox()
    leaver, stays = await world.seat(mailbox), await world.seat(mailbox)
    grant = of_mailbox(mailbox)
    await world.commit(lambda tx: tx.seats.depart(grant, leaver.seat, SeatState.DEPARTED, 9))
    assert await world.read(lambda tx: tx.seats.active([leaver.seat, stays.seat])) == {stays.seat}
    assert await world.read(lambda tx: tx.seats.count(mailbox)) == (1, 0)
    left = await world.read(lambda tx: tx.seats.departed(grant))
    assert [(seat.seat, seat.left_at) for seat in left] == [(leaver.seat, 9)]
    states = {row.seat: (row.state, row.left_at) for row in await world.read(lambda tx: tx.seats.listed(grant))}
    assert states == {leaver.seat: ("departed", 9), stays.seat: ("active", None)}


async def test_a_forgotten_account_leaves_its_tombs_only(world: World) -> None:
    mailbox, emptied = await world.mailbox(), await world.mailbox()
    account = await world.account()
    held = [await world.seat(mailbox, account), await world.seat(emptied, account)]
    tombs = {row.seat: AccountId(world.raw()) for row in held}
    grant = Grant(Operation.PLATFORM_ERASURE, account=account)
    gone = await world.commit(lambda tx: tx.erasing.forget_account(grant, tombs, 5))
    assert gone["accounts"] == 1
    assert await world.read(lambda tx: tx.seats.of_account(account)) == []
    for seat, tomb in tombs.items():
        rows = await world.read(lambda tx, tomb=tomb: tx.seats.of_account(tomb))  # type: ignore[misc]
        assert [row.seat for row in rows] == [seat]
    assert await world.read(lambda tx: tx.vaults.get(of_account(account))) is None


async def test_erased_people_are_known_for_a_day(world: World) -> None:
    await world.commit(lambda tx: tx.accounts.refuse_until_now("issuer", "one", 10))
    await world.commit(lambda tx: tx.accounts.refuse_until_now("issuer", "one", 20))
    assert await world.read(lambda tx: tx.accounts.erased_at("issuer", "one")) == 20
    assert await world.read(lambda tx: tx.accounts.erased_at("issuer", "two")) == 0
    await world.commit(lambda tx: tx.accounts.refuse_until_now("issuer", "two", DAY_MS + 20))
    assert await world.read(lambda tx: tx.accounts.erased_at("issuer", "one")) == 0


async def test_a_batch_of_what_is_old_goes_and_no_more(world: World) -> None:
    for at in (1, 2, 3, 40):
        await world.commit(lambda tx, at=at: tx.accounts.refuse_until_now("issuer", f"{at}", at))  # type: ignore[misc]
    category = Category.ERASED_PEOPLE
    assert await world.read(lambda tx: tx.retiring.count(category, 40)) == 3
    assert [await world.commit(lambda tx: tx.retiring.delete(category, 40, 2)) for _ in range(3)] == [2, 1, 0]
    assert await world.read(lambda tx: tx.retiring.count(category, 100)) == 1


async def test_only_dormant_threads_are_found_page_by_page(world: World) -> None:
    old = sorted([(await world.thread(at=at)).thread for at in (1, 2, 3)])
    await world.thread(at=50)
    first = await world.read(lambda tx: tx.retiring.dormant(50, None, 2))
    assert first == old[:2]
    assert await world.read(lambda tx: tx.retiring.dormant(50, first[-1], 2)) == old[2:]
    maker = Grant(Operation.THREAD_ROTATE, thread=first[0], party=1)
    await world.commit(lambda tx: tx.threads.put_rotation(maker, 1, 3, world.raw(64)))
    gone = await world.commit(lambda tx: tx.retiring.forget_threads(first))
    assert (gone["threads"], gone["parties"], gone["rotations"], gone["events"]) == (2, 4, 1, 0)

"""Contract of Consents: cards, escrow, the register."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from messaging.domain.authorization import Grant, Operation
from messaging.domain.consent import CardState
from messaging.domain.errors import Conflict, NotFound
from messaging.domain.ids import MailboxId, SeatId
from messaging.ports import EscrowRow, OwnCardRow
from messaging.store.address import parse
from messaging.store.engine import create_engine
from tests.contracts.store.world import World, of_card, of_mailbox


async def test_each_side_lists_its_own_cards_and_the_rules_see_all(world: World) -> None:
    row, other = await world.thread(), await world.thread()
    mine, spouse, peer = world.card(0), world.card(0), world.card(1)
    for card in (mine, spouse, peer):
        await world.consent(row.thread, card)

    cards = await world.read(lambda tx: tx.consents.cards(row.thread))
    own = await world.read(lambda tx: tx.consents.own_cards(of_card(row.thread, mine)))

    assert sorted(cards, key=lambda c: c.card) == sorted([mine, spouse, peer], key=lambda c: c.card)
    assert own == [OwnCardRow(card, 0b101, 5_000, None, None) for card in sorted([mine, spouse], key=lambda c: c.card)]
    assert await world.read(lambda tx: tx.consents.cards(other.thread)) == []
    assert await world.read(lambda tx: tx.consents.own_cards(of_card(other.thread, mine))) == []


async def test_a_seat_gets_back_what_it_signed_and_its_colleagues_do_not(world: World) -> None:
    row, other = await world.thread(), await world.thread()
    mine, spouse = world.card(0), world.card(0)
    for card in (mine, spouse):
        await world.consent(row.thread, card)
    given = world.register_row(row.thread, mine)
    lines = [
        given,
        world.register_row(row.thread, spouse),
        world.register_row(row.thread, mine, "withdraw"),
        world.register_row(other.thread, mine),
    ]
    await world.commit_each(lines, lambda tx, line: tx.consents.record(line))

    own = {each.card: each for each in await world.read(lambda tx: tx.consents.own_cards(of_card(row.thread, mine)))}

    assert (own[mine].statement, own[mine].signature) == (given.statement, given.signature)
    assert (own[spouse].statement, own[spouse].signature) == (None, None)


async def test_the_register_is_read_in_the_order_in_which_it_was_written(world: World) -> None:
    row, other, card = await world.thread(), await world.thread(), world.card(0)
    lines = [world.register_row(row.thread, card, action) for action in ("give", "withdraw", "give")]
    await world.commit_each(lines, lambda tx, line: tx.consents.record(line))

    read = await world.read(lambda tx: tx.consents.register(row.thread))
    assert read == [replace(line, n=n) for n, line in enumerate(lines, start=1)]
    assert await world.read(lambda tx: tx.consents.register(other.thread)) == []


async def test_a_card_belongs_to_the_side_and_seat_of_the_grant(world: World) -> None:
    row, mine = await world.thread(), world.card(0)
    forged = replace(mine, party=1, seat=world.card(1).seat)
    held = EscrowRow(mine.card, 1, b"payload", world.raw(32))

    await world.commit(lambda tx: tx.consents.put(of_card(row.thread, mine), forged, 1, 1, held))

    assert await world.read(lambda tx: tx.consents.cards(row.thread)) == [mine]
    taken = await world.commit(lambda tx: tx.consents.take_escrow(row.thread, [mine.card]))
    assert taken == [replace(held, party=0)]


async def test_a_card_id_is_used_once(world: World) -> None:
    row, card = await world.thread(), world.card(0)
    held = await world.consent(row.thread, card)

    async with world.store.transaction() as tx:
        with pytest.raises(Conflict):
            other = replace(held, s_server=world.raw(32))
            await tx.consents.put(of_card(row.thread, card), card, 1, 1, other)

    assert await world.commit(lambda tx: tx.consents.take_escrow(row.thread, [card.card])) == [held]


async def test_the_state_of_named_cards_changes(world: World) -> None:
    row, other = await world.thread(), await world.thread()
    cards = [world.card(party) for party in (0, 1, 1)]
    for card in cards:
        await world.consent(row.thread, card)
    await world.consent(other.thread, cards[0])

    named = [card.card for card in cards[:2]]
    await world.commit(lambda tx: tx.consents.set_state(row.thread, named, CardState.RELEASED))

    states = {card.card: card.state for card in await world.read(lambda tx: tx.consents.cards(row.thread))}
    assert [states[card.card] for card in cards] == [CardState.RELEASED, CardState.RELEASED, CardState.WAITING]
    assert [card.state for card in await world.read(lambda tx: tx.consents.cards(other.thread))] == [CardState.WAITING]


async def test_the_waiting_cards_of_a_seat_are_found_in_the_threads_of_its_mailbox(world: World) -> None:
    mine, other = MailboxId(world.raw()), MailboxId(world.raw())
    rows = sorted([await world.thread((mine, other)), await world.thread((other, mine))], key=lambda row: row.thread)
    elsewhere = await world.thread((other, MailboxId(world.raw())))
    seat = SeatId(world.raw())
    waiting = [world.card(0, seat), world.card(1, seat)]
    given = [*zip(rows, waiting, strict=True), (rows[0], world.card(0)), (elsewhere, world.card(0, seat))]
    released = world.card(0, seat)
    for row, card in [*given, (rows[0], released)]:
        await world.consent(row.thread, card)
    await world.commit(lambda tx: tx.consents.set_state(rows[0].thread, [released.card], CardState.RELEASED))

    found = await world.read(lambda tx: tx.consents.waiting_of(Grant(Operation.SEAT_REMOVE, mailbox=mine), seat))

    assert found == [(row.thread, card) for row, card in zip(rows, waiting, strict=True)]


async def test_escrow_is_taken_once_by_party_and_card(world: World) -> None:
    row = await world.thread()
    cards = [world.card(party) for party in (1, 0, 1, 0)]
    held = [await world.consent(row.thread, card) for card in cards]

    asked = [card.card for card in cards[:3]]
    taken = await world.commit(lambda tx: tx.consents.take_escrow(row.thread, asked))

    assert taken == sorted(held[:3], key=lambda e: (e.party, e.card))
    assert await world.commit(lambda tx: tx.consents.take_escrow(row.thread, asked)) == []
    assert await world.commit(lambda tx: tx.consents.take_escrow(row.thread, [cards[3].card])) == [held[3]]


async def test_of_two_that_take_one_escrow_one_gets_it(world: World) -> None:
    row, card = await world.thread(), world.card(0)
    held = await world.consent(row.thread, card)

    got = await world.race([card.card] * 4, lambda tx, c: tx.consents.take_escrow(row.thread, [c]))

    assert sorted(map(str, got)) == sorted(map(str, [[held], [], [], []]))


async def test_the_register_numbers_its_lines_in_each_thread(world: World) -> None:
    row, other, card = await world.thread(), await world.thread(), world.card(0)
    give, withdraw = world.register_row(row.thread, card), world.register_row(row.thread, card, "withdraw")
    elsewhere = world.register_row(other.thread, card)

    await world.commit_each([give, withdraw, elsewhere], lambda tx, line: tx.consents.record(line))

    grant = of_card(row.thread, card)
    assert await world.read(lambda tx: tx.consents.statement(grant, card.card)) == replace(give, n=1)
    stored = await world.read(lambda tx: tx.consents.statement(of_card(other.thread, card), card.card))
    assert stored == replace(elsewhere, n=1)


async def test_only_the_seat_that_gave_a_consent_finds_its_statement(world: World) -> None:
    row, card, colleague = await world.thread(), world.card(0), world.card(0)
    await world.commit(lambda tx: tx.consents.record(world.register_row(row.thread, card)))

    assert await world.read(lambda tx: tx.consents.statement(of_card(row.thread, colleague), card.card)) is None
    assert await world.read(lambda tx: tx.consents.statement(of_card(row.thread, card), colleague.card)) is None
    with pytest.raises(NotFound):
        await world.read(lambda tx: tx.consents.statement(of_mailbox(row.mailboxes[0]), card.card))


async def test_concurrent_lines_under_the_lock_of_their_thread_get_their_own_numbers(world: World) -> None:
    row, card = await world.thread(), world.card(0)

    async def line() -> None:
        async with world.store.transaction() as tx:
            await tx.threads.lock([row.thread])
            await asyncio.sleep(0.002)
            await tx.consents.record(world.register_row(row.thread, card, "withdraw"))

    await asyncio.gather(*(line() for _ in range(8)))


@pytest.mark.parametrize(
    "act", ["UPDATE consent_register SET at = 0", "DELETE FROM consent_register", "TRUNCATE consent_register"]
)
async def test_the_register_only_grows(world: World, migrated_url: str, act: str) -> None:
    address = parse(migrated_url)
    if "TRUNCATE" in act and address.kind == "sqlite":
        act = "DELETE FROM consent_register WHERE n = 1"
    row, card = await world.thread(), world.card(0)
    given = world.register_row(row.thread, card)
    await world.commit(lambda tx: tx.consents.record(given))
    engine = create_engine(address)

    with pytest.raises(DBAPIError, match="only grows"):
        async with engine.connect() as connection:
            await connection.execute(text(act))
    await engine.dispose()

    grant = of_card(row.thread, card)
    assert await world.read(lambda tx: tx.consents.statement(grant, card.card)) == replace(given, n=1)

"""Consent to show one's card: the escrow, and the exchange that happens at once or not at all (SPEC.md section 9).

The thread's row is locked before the cards are read, so that of two consents at the same moment the second one sees
the first. Nothing is published to the peer until release: its `last_at`, its seqs and its answers stay what they were.
"""

from dataclasses import replace

from msgspec import structs

from messaging.domain import consent as rules
from messaging.domain import limits
from messaging.domain.authorization import Actor, Grant, Operation, authorize
from messaging.domain.consent import Card, CardAction, CardState
from messaging.domain.errors import Conflict, NotFound, Unverifiable
from messaging.domain.ids import CardId, ThreadId
from messaging.domain.vocabulary import SERVICE, EventKind
from messaging.e2ee import consent as statements
from messaging.e2ee.consent import Consent
from messaging.e2ee.errors import E2EEError
from messaging.e2ee.message import parse_payload
from messaging.e2ee.release import ReleasedCard, make_released
from messaging.ports import EscrowRow, OutboxRow, RegisterRow, SeatRow, ThreadRow, Transaction
from messaging.relations import facts
from messaging.services import admission, presenting, sync
from messaging.services.context import Context
from messaging.services.messages import NewEvent, append_events
from messaging.services.outcome import Outcome, Publication
from messaging.wire.commands import ConsentGive, Consents, ConsentWithdraw
from messaging.wire.events import CardsChanged, CardsList, Ok, OwnCard

_CLOCK_TOLERANCE_MS = 86_400_000
"""A phone's clock may be wrong by a day; the register keeps both its time and the service's."""


async def give(tx: Transaction, actor: Actor, command: ConsentGive, context: Context) -> Outcome[Ok]:
    """Puts one card in escrow and releases what may be released.

    Raises: NotFound, Unverifiable, Malformed, RotationNeeded, ResetPending, StaleEpoch, Frozen, Conflict. A retry of
    the same statement is Ok.
    """
    row, grant, seat = await _locked(tx, actor, Operation.CONSENT_GIVE, ThreadId(command.thread))
    now = context.clock()
    statement = _verified(command, row, grant, seat)
    card = CardId(statement.card)
    existing = await tx.consents.cards(row.thread)
    before = await tx.consents.statement(grant, card)
    if before is not None:
        return Outcome(Ok(ref=command.ref), await _replayed(tx, row, before, command, existing, now))
    if abs(statement.time - now) > _CLOCK_TOLERANCE_MS:
        raise Conflict("the time of the consent is more than a day away; check the clock of this device")
    parts = parse_payload(command.payload)
    admission.check(row, parts.party, parts.record_hash, now)
    rules.check_give(existing, statement.party, seat.seat, limits.cards_waiting_per_side_max)
    given = Card(card, statement.party, seat.seat, rules.advance(CardState.ABSENT, CardAction.GIVE))
    escrow = EscrowRow(card, statement.party, command.payload, command.s_server)
    await tx.consents.put(grant, given, statement.bits, now, escrow)
    await _register(tx, row, given, "give", command.statement, command.signature, now)
    fact = facts.consent_given(row.subject, row.relation_n, now, statement.party)
    row = structs.replace(row, relation_n=row.relation_n + 1)
    publications = await _release(tx, row, [*existing, given], fact, now, context)
    own = Publication((row.mailboxes[statement.party],), CardsChanged(thread=row.thread))
    return Outcome(Ok(ref=command.ref), [*publications, own])


async def withdraw(tx: Transaction, actor: Actor, command: ConsentWithdraw, context: Context) -> Outcome[Ok]:
    """Withdraws one's own card: before release its escrow is destroyed; after, what was seen stays seen.

    Raises: NotFound, Unverifiable, Conflict.
    """
    row, grant, seat = await _locked(tx, actor, Operation.CONSENT_WITHDRAW, ThreadId(command.thread))
    given = await tx.consents.statement(grant, CardId(command.card))
    if given is None:
        raise NotFound("unknown, or not yours")
    now = context.clock()
    try:
        statements.verify_withdrawal(command.statement, command.signature, seat.sign_pk, given.statement)
    except E2EEError as error:
        raise Unverifiable(str(error)) from error
    card = next(c for c in await tx.consents.cards(row.thread) if c.card == command.card)
    if card.state in (CardState.WITHDRAWN, CardState.RETRACTED):
        return Outcome(Ok(ref=command.ref))
    after = replace(card, state=rules.advance(card.state, CardAction.WITHDRAW))
    await tx.consents.set_state(row.thread, [card.card], after.state)
    await tx.consents.take_escrow(row.thread, [card.card])
    await _register(tx, row, after, "withdraw", command.statement, command.signature, now)
    await tx.outbox.append([facts.consent_withdrawn(row.subject, row.relation_n, now, card.party)])
    await tx.threads.update([structs.replace(row, relation_n=row.relation_n + 1)])
    own = Publication((row.mailboxes[card.party],), CardsChanged(thread=row.thread))
    return Outcome(Ok(ref=command.ref), [own])


async def list_own(tx: Transaction, actor: Actor, command: Consents) -> CardsList:
    """The cards of the reader's own side; what was signed goes back to the seat that signed it, on any device of that
    person. Raises: NotFound.
    """
    parties = await tx.threads.parties(ThreadId(command.thread))
    grant = await sync.seated(tx, authorize(actor, Operation.CONSENTS_LIST, parties))
    listed = [
        OwnCard(
            own.card.card, own.card.seat, own.bits, own.card.state.value, own.given_at, own.statement, own.signature
        )
        for own in await tx.consents.own_cards(grant)
    ]
    return CardsList(ref=command.ref, thread=command.thread, cards=listed)


async def _locked(
    tx: Transaction, actor: Actor, operation: Operation, thread: ThreadId
) -> tuple[ThreadRow, Grant, SeatRow]:
    """Authorizes, then locks the thread and holds the seat against removal, in the order that every writer does."""
    grant = authorize(actor, operation, await tx.threads.parties(thread))
    row = (await tx.threads.lock([thread])).get(thread)
    if row is None or grant.seat is None or not await tx.seats.active([grant.seat]):
        raise NotFound("unknown, or not yours")
    seat = await tx.seats.get(grant.seat)
    if seat is None:
        raise NotFound("unknown, or not yours")
    return row, grant, seat


def _verified(command: ConsentGive, row: ThreadRow, grant: Grant, seat: SeatRow) -> Consent:
    """The statement names this thread, this side, this payload and this share, and the seat's own key signed it."""
    try:
        consent = statements.verify_consent(
            command.statement,
            command.signature,
            seat.sign_pk,
            thread=row.thread,
            record_0=row.first_record_hash,
            party=grant.party if grant.party is not None else SERVICE,
            payload=command.payload,
            s_server=command.s_server,
        )
    except E2EEError as error:
        raise Unverifiable(str(error)) from error
    return consent


async def _replayed(
    tx: Transaction, row: ThreadRow, before: RegisterRow, command: ConsentGive, existing: list[Card], now: int
) -> list[Publication]:
    """A consent that is given again: the news again, as its first commit may have died before anybody heard of it.

    To one's own side only while the card waits: that somebody consents, once or twice, is nothing that a peer hears.
    Raises: Conflict, for other bytes, and for one that was withdrawn meanwhile.
    """
    card = next(each for each in existing if each.card == before.card)
    if before.statement != command.statement:
        raise Conflict("this card id was used for another consent")
    if card.state in (CardState.WITHDRAWN, CardState.RETRACTED):
        raise Conflict("this consent was withdrawn; a new one is a new card")
    if card.state is CardState.RELEASED:
        return await sync.announce(tx, row, now)
    return [Publication((row.mailboxes[card.party],), CardsChanged(thread=row.thread))]


async def _register(
    tx: Transaction, row: ThreadRow, card: Card, action: str, statement: bytes, signature: bytes, now: int
) -> None:
    line = RegisterRow(row.thread, 0, card.card, card.party, card.seat, action, statement, signature, now)
    await tx.consents.record(line)


async def _release(
    tx: Transaction, row: ThreadRow, existing: list[Card], fact: OutboxRow, now: int, context: Context
) -> list[Publication]:
    """Releases every waiting card once both sides consented: shares leave escrow and become one thread event."""
    ready = rules.releasable(existing)
    if not ready:
        await tx.outbox.append([fact])
        await tx.threads.update([row])
        return []
    escrow = {line.card: line for line in await tx.consents.take_escrow(row.thread, ready)}
    lines = [escrow[card] for card in ready]
    payload = make_released(ReleasedCard(x.party, x.card, x.payload, x.s_server) for x in lines)
    await tx.consents.set_state(row.thread, ready, CardState.RELEASED)
    facts_told = [fact]
    if not row.revealed:
        facts_told.append(facts.identities_revealed(row.subject, row.relation_n, now))
        row = structs.replace(row, revealed=True, relation_n=row.relation_n + 1)
    _, written = await append_events(
        tx,
        row,
        [NewEvent(EventKind.RELEASED, SERVICE, payload)],
        now,
        context.stamper,
        extra=facts_told,
    )
    whole = presenting.event(written[0])
    if row.third is None:
        return [Publication(row.mailboxes, whole, to_sender=True)]
    withheld = presenting.event(written[0], withheld=True)
    return [
        Publication(row.mailboxes, whole, to_sender=True, aside=True),
        Publication((row.third,), withheld, to_sender=True, aside=True),
    ]

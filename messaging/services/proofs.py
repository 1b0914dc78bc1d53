"""The proof of one person's consent, gathered from the service's own books: for an operator, never for an answer."""

from collections.abc import Sequence

from messaging.domain import consent as rules
from messaging.domain.authorization import Grant, Operation
from messaging.domain.consent import CardAction, CardState, RegisterLine
from messaging.domain.errors import NotFound
from messaging.domain.ids import CardId, SeatId, ThreadId
from messaging.e2ee import roster_record
from messaging.e2ee.consent_proof import ConsentProof, SignedStatement
from messaging.ports import RegisterRow, Transaction


async def consent_proofs(tx: Transaction, thread: ThreadId) -> dict[CardId, ConsentProof]:
    """The proof for every card of a thread, in the order in which they were given. Raises: NotFound."""
    register = await tx.consents.register(thread)
    given = {line.card: line for line in register if line.action == CardAction.GIVE}
    if not given:
        raise NotFound("no consent was given in this thread")
    states = {card.card: card.state for card in rules.replay(register_lines(register)).values()}
    return {card: await _proof(tx, line, register, states[card]) for card, line in given.items()}


async def consent_proof(tx: Transaction, thread: ThreadId, card: CardId) -> ConsentProof:
    """The proof for one card. Raises: NotFound."""
    try:
        return (await consent_proofs(tx, thread))[card]
    except KeyError:
        raise NotFound("no consent to this card was given in this thread") from None


def register_lines(register: Sequence[RegisterRow]) -> list[RegisterLine]:
    """The register as the rules replay it: what it holds of cards, and not of third parties."""
    actions = {action.value for action in CardAction}
    lines = [line for line in register if line.action in actions]
    return [RegisterLine(line.card, line.party, line.seat, CardAction(line.action)) for line in lines]


async def check_register(tx: Transaction, thread: ThreadId) -> bool:
    """Whether a thread's register replays to the cards as they stand. Raises: Conflict, where it cannot be replayed."""
    replayed = rules.replay(register_lines(await tx.consents.register(thread)))
    return replayed == {card.card: card for card in await tx.consents.cards(thread)}


async def _proof(
    tx: Transaction, given: RegisterRow, register: Sequence[RegisterRow], state: CardState
) -> ConsentProof:
    seat = await tx.seats.get(given.seat)
    if seat is None:
        raise NotFound("the seat that gave this consent is not known any more")
    of_mailbox = Grant(Operation.ROSTER_READ, mailbox=seat.mailbox)
    rosters = [await tx.rosters.records(of_mailbox), *await tx.resets.ended_rosters(of_mailbox)]
    records, seated = _seated_by(rosters, given.seat)
    ended = {line.action: line for line in register if line.card == given.card}
    withdrawal, removal = ended.get(CardAction.WITHDRAW), ended.get(CardAction.REMOVE)
    return ConsentProof(
        mailbox=seat.mailbox,
        seat=given.seat,
        records=records[: seated + 1],
        given=_signed(given),
        withdrawn=None if withdrawal is None else _signed(withdrawal),
        removed=() if removal is None else records[seated + 1 : records.index(removal.statement) + 1],
        state=state.value,
    )


def _signed(line: RegisterRow) -> SignedStatement:
    return SignedStatement(line.statement, line.signature, line.at)


def _seated_by(rosters: Sequence[Sequence[bytes]], seat: SeatId) -> tuple[Sequence[bytes], int]:
    """The roster that seats this seat, and the place of the record that does. Raises: NotFound."""
    for records in rosters:
        for place, signed in enumerate(records):
            record, _ = roster_record.parse_signed(signed)
            if record.seat == seat and record.kind in (roster_record.CREATE, roster_record.ADMIT):
                return records, place
    raise NotFound("the roster does not know the seat that gave this consent")
